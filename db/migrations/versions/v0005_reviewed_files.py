"""Files that were reviewed, beside the recordings they became."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "reviewed_files",
        sa.Column("recording_id", sa.Integer(), nullable=False),
        sa.Column("run", sa.String(length=36), nullable=False),
        sa.Column("path", sa.String(length=4096), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("out", sa.String(length=4096), nullable=False),
        sa.Column("n_expected", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(length=20), nullable=False),
        sa.Column("line", sa.String(length=1000), nullable=False),
        sa.Column("summary", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["recording_id"],
            ["recordings.id"],
            name=op.f("fk_reviewed_files_recording_id_recordings"),
        ),
        sa.PrimaryKeyConstraint("recording_id", name=op.f("pk_reviewed_files")),
        sa.UniqueConstraint("run", "path", name=op.f("uq_reviewed_files_run_path")),
    )
