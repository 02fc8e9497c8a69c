"""The first tables: the ward, what is recorded there, and what happened.

Written out in full, so that it stays what it was when the mapped classes go on changing.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _make_cots()
    _make_cameras()
    _make_infants()
    _make_stays()
    _make_models()
    _make_recordings()
    _make_segments()
    _make_chunks()
    _make_minute_rollups()
    _make_events()
    _make_videos()
    _make_heartbeats()


def _make_cots() -> None:
    op.create_table(
        "cots",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("rectangle", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("keep_video", sa.Boolean(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("removed_us", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cots")),
    )
    op.create_index(
        "uq_cots_name",
        "cots",
        ["name"],
        unique=True,
        sqlite_where=sa.text("removed_us IS NULL"),
        postgresql_where=sa.text("removed_us IS NULL"),
    )


def _make_cameras() -> None:
    op.create_table(
        "cameras",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cot_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("url", sa.String(length=2000), nullable=False),
        sa.Column("username", sa.String(length=200), nullable=True),
        sa.Column("password_env", sa.String(length=200), nullable=True),
        sa.Column("expected_fps", sa.Double(), nullable=True),
        sa.Column("transport", sa.String(length=8), nullable=False),
        sa.Column("loop", sa.Boolean(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("removed_us", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["cot_id"], ["cots.id"], name=op.f("fk_cameras_cot_id_cots")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cameras")),
    )
    op.create_index(op.f("ix_cameras_cot_id"), "cameras", ["cot_id"], unique=False)


def _make_infants() -> None:
    op.create_table(
        "infants",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pseudonym", sa.String(length=80), nullable=False),
        sa.Column("gestational_age_days", sa.Integer(), nullable=True),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_infants")),
        sa.UniqueConstraint("pseudonym", name=op.f("uq_infants_pseudonym")),
    )


def _make_stays() -> None:
    op.create_table(
        "stays",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("infant_id", sa.Integer(), nullable=False),
        sa.Column("cot_id", sa.Integer(), nullable=False),
        sa.Column("from_us", sa.BigInteger(), nullable=False),
        sa.Column("to_us", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("to_us IS NULL OR to_us >= from_us", name=op.f("ck_stays_span")),
        sa.ForeignKeyConstraint(["cot_id"], ["cots.id"], name=op.f("fk_stays_cot_id_cots")),
        sa.ForeignKeyConstraint(
            ["infant_id"], ["infants.id"], name=op.f("fk_stays_infant_id_infants")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stays")),
    )
    op.create_index(op.f("ix_stays_cot_id"), "stays", ["cot_id"], unique=False)
    op.create_index(op.f("ix_stays_infant_id"), "stays", ["infant_id"], unique=False)


def _make_models() -> None:
    op.create_table(
        "models",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("skeleton", sa.String(length=80), nullable=False),
        sa.Column("manifest", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("first_used_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_models")),
        sa.UniqueConstraint("sha256", name=op.f("uq_models_sha256")),
    )


def _make_recordings() -> None:
    op.create_table(
        "recordings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cot_id", sa.Integer(), nullable=True),
        sa.Column("camera_id", sa.Integer(), nullable=True),
        sa.Column("infant_id", sa.Integer(), nullable=True),
        sa.Column("source", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("started_us", sa.BigInteger(), nullable=False),
        sa.Column("ended_us", sa.BigInteger(), nullable=True),
        sa.Column("clean_end", sa.Boolean(), nullable=True),
        sa.Column("clock_suspect", sa.Boolean(), nullable=False),
        sa.Column("monitor_instance", sa.String(length=64), nullable=True),
        sa.CheckConstraint(
            "source = 'file' OR cot_id IS NOT NULL", name=op.f("ck_recordings_live_has_cot")
        ),
        sa.CheckConstraint("source IN ('live', 'file')", name=op.f("ck_recordings_source")),
        sa.ForeignKeyConstraint(
            ["camera_id"], ["cameras.id"], name=op.f("fk_recordings_camera_id_cameras")
        ),
        sa.ForeignKeyConstraint(["cot_id"], ["cots.id"], name=op.f("fk_recordings_cot_id_cots")),
        sa.ForeignKeyConstraint(
            ["infant_id"], ["infants.id"], name=op.f("fk_recordings_infant_id_infants")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recordings")),
    )
    op.create_index(
        "ix_recordings_cot_id_started_us", "recordings", ["cot_id", "started_us"], unique=False
    )
    op.create_index(op.f("ix_recordings_infant_id"), "recordings", ["infant_id"], unique=False)


def _make_segments() -> None:
    op.create_table(
        "segments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("recording_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("started_us", sa.BigInteger(), nullable=False),
        sa.Column("ended_us", sa.BigInteger(), nullable=True),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("fps", sa.Double(), nullable=True),
        sa.Column("rectangle", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["recording_id"], ["recordings.id"], name=op.f("fk_segments_recording_id_recordings")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segments")),
        sa.UniqueConstraint("recording_id", "number", name=op.f("uq_segments_recording_id_number")),
    )


def _make_chunks() -> None:
    op.create_table(
        "chunks",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("segment_id", sa.Integer(), nullable=False),
        sa.Column("model_id", sa.Integer(), nullable=False),
        sa.Column("start_us", sa.BigInteger(), nullable=False),
        sa.Column("end_us", sa.BigInteger(), nullable=False),
        sa.Column("n_frames", sa.Integer(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("n_frames > 0 AND end_us >= start_us", name=op.f("ck_chunks_span")),
        sa.ForeignKeyConstraint(
            ["model_id"], ["models.id"], name=op.f("fk_chunks_model_id_models")
        ),
        sa.ForeignKeyConstraint(
            ["segment_id"], ["segments.id"], name=op.f("fk_chunks_segment_id_segments")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chunks")),
        sa.UniqueConstraint(
            "segment_id",
            "start_us",
            "model_id",
            name=op.f("uq_chunks_segment_id_start_us_model_id"),
        ),
    )
    op.create_index("ix_chunks_segment_id_n_frames", "chunks", ["segment_id", "n_frames"])


def _make_minute_rollups() -> None:
    op.create_table(
        "minute_rollups",
        sa.Column("recording_id", sa.Integer(), nullable=False),
        sa.Column("minute_us", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("frames_expected", sa.Integer(), nullable=False),
        sa.Column("frames_seen", sa.Integer(), nullable=False),
        sa.Column("frames_assessable", sa.Integer(), nullable=False),
        sa.Column("coverage", sa.Float(), nullable=True),
        sa.Column("quantity_of_motion_mean", sa.Float(), nullable=True),
        sa.Column("quantity_of_motion_sd", sa.Float(), nullable=True),
        sa.Column("quantity_of_motion_max", sa.Float(), nullable=True),
        sa.Column("limbs", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("reasons", sa.JSON(none_as_null=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["recording_id"],
            ["recordings.id"],
            name=op.f("fk_minute_rollups_recording_id_recordings"),
        ),
        sa.PrimaryKeyConstraint("recording_id", "minute_us", name=op.f("pk_minute_rollups")),
        sqlite_with_rowid=False,
    )


def _make_events() -> None:
    op.create_table(
        "events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cot_id", sa.Integer(), nullable=True),
        sa.Column("recording_id", sa.Integer(), nullable=True),
        sa.Column("time_us", sa.BigInteger(), nullable=False),
        sa.Column("end_us", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("severity", sa.String(length=10), nullable=False),
        sa.Column("message", sa.String(length=1000), nullable=False),
        sa.Column("detail", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(["cot_id"], ["cots.id"], name=op.f("fk_events_cot_id_cots")),
        sa.ForeignKeyConstraint(
            ["recording_id"], ["recordings.id"], name=op.f("fk_events_recording_id_recordings")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
    )
    op.create_index("ix_events_cot_id_time_us", "events", ["cot_id", "time_us"], unique=False)
    op.create_index(op.f("ix_events_recording_id"), "events", ["recording_id"], unique=False)
    op.create_index(op.f("ix_events_time_us"), "events", ["time_us"], unique=False)


def _make_videos() -> None:
    op.create_table(
        "videos",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("recording_id", sa.Integer(), nullable=False),
        sa.Column("segment_id", sa.Integer(), nullable=False),
        sa.Column("path", sa.String(length=500), nullable=False),
        sa.Column("start_us", sa.BigInteger(), nullable=False),
        sa.Column("end_us", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("codec", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["recording_id"], ["recordings.id"], name=op.f("fk_videos_recording_id_recordings")
        ),
        sa.ForeignKeyConstraint(
            ["segment_id"], ["segments.id"], name=op.f("fk_videos_segment_id_segments")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_videos")),
        sa.UniqueConstraint("path", name=op.f("uq_videos_path")),
    )
    op.create_index(op.f("ix_videos_recording_id"), "videos", ["recording_id"], unique=False)
    op.create_index(op.f("ix_videos_segment_id"), "videos", ["segment_id"], unique=False)
    op.create_index(op.f("ix_videos_start_us"), "videos", ["start_us"], unique=False)


def _make_heartbeats() -> None:
    op.create_table(
        "heartbeats",
        sa.Column("instance", sa.String(length=64), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("started_us", sa.BigInteger(), nullable=False),
        sa.Column("beat_us", sa.BigInteger(), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=True),
        sa.Column("model_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("detail", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["model_id"], ["models.id"], name=op.f("fk_heartbeats_model_id_models")
        ),
        sa.PrimaryKeyConstraint("instance", name=op.f("pk_heartbeats")),
    )
    op.create_index(op.f("ix_heartbeats_beat_us"), "heartbeats", ["beat_us"], unique=False)
