"""Pictures to be labelled, who labelled them, and every saved version."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_JSON = sa.JSON(none_as_null=True)
_APPEND_ONLY = {
    "sqlite": (
        "CREATE TRIGGER annotation_revisions_no_update BEFORE UPDATE ON annotation_revisions "
        "BEGIN SELECT RAISE(ABORT, 'the annotation_revisions trail is append-only'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION annotation_revisions_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN RAISE EXCEPTION 'the annotation_revisions trail is append-only'; END $$",
        "CREATE TRIGGER annotation_revisions_no_change BEFORE UPDATE ON annotation_revisions "
        "FOR EACH ROW EXECUTE FUNCTION annotation_revisions_refuse()",
    ),
}


def upgrade() -> None:
    """Make the tables."""
    _make_frames()
    _make_annotations()
    _make_revisions()


def _make_frames() -> None:
    op.create_table(
        "annotation_frames",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("file", sa.String(length=100), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("time_us", sa.BigInteger(), nullable=True),
        sa.Column("recording_id", sa.Integer(), nullable=True),
        sa.Column("infant_id", sa.Integer(), nullable=True),
        sa.Column("subject", sa.String(length=80), nullable=True),
        sa.Column("strata", _JSON, nullable=False),
        sa.Column("priority", sa.Double(), nullable=False),
        sa.Column("reasons", _JSON, nullable=False),
        sa.Column("queued_us", sa.BigInteger(), nullable=False),
        sa.Column("queued_by", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(
            ["recording_id"],
            ["recordings.id"],
            name=op.f("fk_annotation_frames_recording_id_recordings"),
        ),
        sa.ForeignKeyConstraint(
            ["infant_id"], ["infants.id"], name=op.f("fk_annotation_frames_infant_id_infants")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_annotation_frames")),
        sa.UniqueConstraint("sha256", name=op.f("uq_annotation_frames_sha256")),
    )
    for name, columns in {
        "ix_annotation_frames_source_time_us": ["source", "time_us"],
        "ix_annotation_frames_recording_id": ["recording_id"],
        "ix_annotation_frames_infant_id": ["infant_id"],
        "ix_annotation_frames_priority": ["priority"],
    }.items():
        op.create_index(op.f(name), "annotation_frames", columns, unique=False)


def _make_annotations() -> None:
    op.create_table(
        "annotations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("frame_id", sa.Integer(), nullable=False),
        sa.Column("annotator", sa.String(length=120), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("draft", _JSON, nullable=True),
        sa.Column("updated_us", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "status IN ('draft', 'done', 'skipped')", name=op.f("ck_annotations_status")
        ),
        sa.ForeignKeyConstraint(
            ["frame_id"],
            ["annotation_frames.id"],
            name=op.f("fk_annotations_frame_id_annotation_frames"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_annotations")),
        sa.UniqueConstraint(
            "frame_id", "annotator", name=op.f("uq_annotations_frame_id_annotator")
        ),
    )
    op.create_index(op.f("ix_annotations_annotator"), "annotations", ["annotator"], unique=False)


def _make_revisions() -> None:
    op.create_table(
        "annotation_revisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("annotation_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("time_us", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("skeleton", sa.String(length=80), nullable=False),
        sa.Column("points", _JSON, nullable=False),
        sa.Column("made", _JSON, nullable=False),
        sa.CheckConstraint(
            "status IN ('done', 'skipped')", name=op.f("ck_annotation_revisions_status")
        ),
        sa.ForeignKeyConstraint(
            ["annotation_id"],
            ["annotations.id"],
            name=op.f("fk_annotation_revisions_annotation_id_annotations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_annotation_revisions")),
        sa.UniqueConstraint(
            "annotation_id", "number", name=op.f("uq_annotation_revisions_annotation_id_number")
        ),
    )
    for statement in _APPEND_ONLY.get(op.get_bind().dialect.name, ()):
        op.execute(statement)
