"""More figures a minute: symmetry, posture, activity state, bouts, handling, cover.

Columns are added in place, so a year of minutes is not copied; older minutes have NULL in them
until `cotside movement recompute` makes them anew.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_TABLE = "minute_rollups"
_NUMBERS = (
    "quantity_of_motion_low",
    "quantity_of_motion_high",
    "cutoff_hz",
    "symmetry",
    "still_s",
    "small_s",
    "gross_s",
    "bouts",
    "longest_rest_s",
    "handled_s",
)


def upgrade() -> None:
    """Add the columns."""
    for name in _NUMBERS:
        op.add_column(_TABLE, sa.Column(name, sa.Float(), nullable=True))
    op.add_column(_TABLE, sa.Column("posture", sa.String(length=8), nullable=True))
    op.add_column(_TABLE, sa.Column("head_side", sa.String(length=8), nullable=True))
    op.add_column(_TABLE, sa.Column("covered", sa.JSON(none_as_null=True), nullable=True))
