"""The tables of advisories, pauses, thresholds and notices; the rest stands in ``db.schema``."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from db.schema import Base
from db.types import TimeUs


class Advisory(Base):
    """Something that staff should look at, from when it was raised until it is closed.

    Written by whoever keeps its kind (the monitor, or the dashboard for "not monitoring"); what
    people do to it is an ``AdvisoryTransition``. ``key``: KIND/COT/TIME, where cot 0 is the ward.
    ``onset_us``: when its cause began. ``gone_us``: when the cause went, None while it lasts.
    ``state``: what the state machine needs to go on after a restart.
    """

    __tablename__ = "advisories"
    __table_args__ = (Index("ix_advisories_cot_id_raised_us", "cot_id", "raised_us"),)

    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    cot_id: Mapped[int | None] = mapped_column(ForeignKey("cots.id"))
    kind: Mapped[str] = mapped_column(String(40))
    priority: Mapped[str] = mapped_column(String(8))
    message: Mapped[str] = mapped_column(String(300))
    onset_us: Mapped[int] = mapped_column(TimeUs)
    raised_us: Mapped[int] = mapped_column(TimeUs, index=True)
    announced_us: Mapped[int] = mapped_column(TimeUs)
    announcements: Mapped[int] = mapped_column(default=1)
    gone_us: Mapped[int | None] = mapped_column(TimeUs)
    closed_us: Mapped[int | None] = mapped_column(TimeUs, index=True)
    state: Mapped[dict[str, Any] | None]


class AdvisoryTransition(Base):
    """What happened to an advisory; rows are only ever added.

    ``what``: raised, announced, escalated, gone, returned, closed (by its keeper), acknowledged
    (by a person: ``by``, with a ``reason`` code and perhaps a ``note``).
    """

    __tablename__ = "advisory_transitions"

    id: Mapped[int] = mapped_column(primary_key=True)
    advisory_key: Mapped[str] = mapped_column(ForeignKey("advisories.key"), index=True)
    time_us: Mapped[int] = mapped_column(TimeUs, index=True)
    what: Mapped[str] = mapped_column(String(16))
    priority: Mapped[str] = mapped_column(String(8))
    by: Mapped[str | None] = mapped_column(String(200))
    reason: Mapped[str | None] = mapped_column(String(40))
    note: Mapped[str | None] = mapped_column(String(500))


class AdvisoryMemory(Base):
    """What a keeper of advisories remembers of one cot (0: the ward) beside the open ones."""

    __tablename__ = "advisory_memories"

    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    saved_us: Mapped[int] = mapped_column(TimeUs)
    memory: Mapped[dict[str, Any]]


class AdvisoryPause(Base):
    """A cot whose advisories are held back for a while; ends by itself at ``until_us``."""

    __tablename__ = "advisory_pauses"
    __table_args__ = (CheckConstraint("until_us > from_us", "span"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    cot_id: Mapped[int] = mapped_column(ForeignKey("cots.id"), index=True)
    from_us: Mapped[int] = mapped_column(TimeUs)
    until_us: Mapped[int] = mapped_column(TimeUs, index=True)
    by: Mapped[str] = mapped_column(String(200))
    ended_us: Mapped[int | None] = mapped_column(TimeUs)
    ended_by: Mapped[str | None] = mapped_column(String(200))


class AdvisoryThreshold(Base):
    """The settings of one kind for one cot (None: the ward), from ``set_us`` on.

    Rows are only ever added: the newest of a cot and kind counts. ``settings``: {field: value}, of
    those that differ from the defaults.
    """

    __tablename__ = "advisory_thresholds"

    id: Mapped[int] = mapped_column(primary_key=True)
    cot_id: Mapped[int | None] = mapped_column(ForeignKey("cots.id"), index=True)
    kind: Mapped[str] = mapped_column(String(40))
    settings: Mapped[dict[str, Any]]
    set_us: Mapped[int] = mapped_column(TimeUs)
    set_by: Mapped[str] = mapped_column(String(200))


class AdvisoryDelivery(Base):
    """How far one notice has come on one channel; ``done_us`` is None while it is tried again.

    ``error``: why the last attempt failed, or why it was given up.
    """

    __tablename__ = "advisory_deliveries"

    transition_id: Mapped[int] = mapped_column(
        ForeignKey("advisory_transitions.id"), primary_key=True
    )
    channel: Mapped[str] = mapped_column(String(20), primary_key=True)
    attempts: Mapped[int] = mapped_column(default=0)
    next_us: Mapped[int] = mapped_column(TimeUs, index=True)
    done_us: Mapped[int | None] = mapped_column(TimeUs)
    error: Mapped[str | None] = mapped_column(String(300))
