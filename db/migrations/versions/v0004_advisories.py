"""Advisories: open and past ones, what happened to them, pauses, thresholds, notices sent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _make_advisories()
    _make_transitions()
    _make_memories()
    _make_pauses()
    _make_thresholds()
    _make_deliveries()


def _cot_key(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["cot_id"], ["cots.id"], name=op.f(f"fk_{table}_cot_id_cots"))


def _make_advisories() -> None:
    op.create_table(
        "advisories",
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("cot_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("priority", sa.String(length=8), nullable=False),
        sa.Column("message", sa.String(length=300), nullable=False),
        sa.Column("onset_us", sa.BigInteger(), nullable=False),
        sa.Column("raised_us", sa.BigInteger(), nullable=False),
        sa.Column("announced_us", sa.BigInteger(), nullable=False),
        sa.Column("announcements", sa.Integer(), nullable=False),
        sa.Column("gone_us", sa.BigInteger(), nullable=True),
        sa.Column("closed_us", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.JSON(none_as_null=True), nullable=True),
        _cot_key("advisories"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_advisories")),
    )
    op.create_index(
        "ix_advisories_cot_id_raised_us", "advisories", ["cot_id", "raised_us"], unique=False
    )
    for column in ("raised_us", "closed_us"):
        op.create_index(op.f(f"ix_advisories_{column}"), "advisories", [column], unique=False)


def _make_transitions() -> None:
    table = "advisory_transitions"
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("advisory_key", sa.String(length=80), nullable=False),
        sa.Column("time_us", sa.BigInteger(), nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("priority", sa.String(length=8), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.ForeignKeyConstraint(
            ["advisory_key"],
            ["advisories.key"],
            name=op.f(f"fk_{table}_advisory_key_advisories"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )
    for column in ("advisory_key", "time_us"):
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False)


def _make_memories() -> None:
    op.create_table(
        "advisory_memories",
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("saved_us", sa.BigInteger(), nullable=False),
        sa.Column("memory", sa.JSON(none_as_null=True), nullable=False),
        sa.PrimaryKeyConstraint("place", name=op.f("pk_advisory_memories")),
    )


def _make_pauses() -> None:
    table = "advisory_pauses"
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cot_id", sa.Integer(), nullable=False),
        sa.Column("from_us", sa.BigInteger(), nullable=False),
        sa.Column("until_us", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("ended_us", sa.BigInteger(), nullable=True),
        sa.Column("ended_by", sa.String(length=200), nullable=True),
        sa.CheckConstraint("until_us > from_us", name=op.f(f"ck_{table}_span")),
        _cot_key(table),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )
    for column in ("cot_id", "until_us"):
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False)


def _make_thresholds() -> None:
    table = "advisory_thresholds"
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cot_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("settings", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("set_us", sa.BigInteger(), nullable=False),
        sa.Column("set_by", sa.String(length=200), nullable=False),
        _cot_key(table),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )
    op.create_index(op.f(f"ix_{table}_cot_id"), table, ["cot_id"], unique=False)


def _make_deliveries() -> None:
    table = "advisory_deliveries"
    op.create_table(
        table,
        sa.Column("transition_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_us", sa.BigInteger(), nullable=False),
        sa.Column("done_us", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.String(length=300), nullable=True),
        sa.ForeignKeyConstraint(
            ["transition_id"],
            ["advisory_transitions.id"],
            name=op.f(f"fk_{table}_transition_id_advisory_transitions"),
        ),
        sa.PrimaryKeyConstraint("transition_id", "channel", name=op.f(f"pk_{table}")),
    )
    op.create_index(op.f(f"ix_{table}_next_us"), table, ["next_us"], unique=False)
