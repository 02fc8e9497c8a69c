"""Advisories as they are kept: open and past ones, acknowledgements, pauses, thresholds.

The keeper of a kind writes its ``Advisory`` rows whole; people only ever add rows (an
acknowledgement, a pause, a threshold), so that neither can overwrite the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from db import audit
from db.advisory_schema import (
    Advisory,
    AdvisoryMemory,
    AdvisoryPause,
    AdvisoryThreshold,
    AdvisoryTransition,
)
from db.backlog import AdvisoryRow
from db.engine import reading, writing
from db.errors import RowRejected
from db.schema import Cot, Stay
from db.topic import Topic, required

ACKNOWLEDGED = "acknowledged"


class By(NamedTuple):
    """Who does something; each deed is noted in the audit trail in the same transaction."""

    name: str
    role: str = ""

    def note(self, session: Session, action: str, subject: str, **detail: Any) -> None:
        """Write the deed down."""
        audit.append(session, action, subject, who=self.name, role=self.role, detail=detail)


@dataclass(frozen=True, slots=True)
class AdvisoryEntry:
    """An advisory with the last acknowledgement given to it, None when there was none."""

    advisory: Advisory
    acknowledgement: AdvisoryTransition | None

    @property
    def is_acknowledged(self) -> bool:
        """Tell whether it was acknowledged since it was last announced."""
        given = self.acknowledgement
        return given is not None and given.time_us >= self.advisory.announced_us


@dataclass(frozen=True, slots=True)
class AdvisoryOrders:
    """What people have asked of the keepers.

    ``thresholds``: changed settings by cot (None: the ward) and kind. ``acknowledged``: the last
    acknowledgement of each open advisory, by key. ``paused``: the cots that are held back.
    ``infants``: who lies in which cot.
    """

    thresholds: dict[tuple[int | None, str], dict[str, Any]]
    acknowledged: dict[str, int]
    paused: frozenset[int]
    infants: dict[int, int]


class AdvisoryLog(Topic):
    """Reads advisories, and stores what people do about them."""

    def open_advisories(self) -> Sequence[AdvisoryEntry]:
        """Return what is open, in the order in which it was raised."""
        query = select(Advisory).where(Advisory.closed_us.is_(None)).order_by(Advisory.raised_us)
        with reading(self._engine) as session:
            return _entries(session, session.scalars(query).all())

    def advisories(
        self,
        *,
        from_us: int | None = None,
        to_us: int | None = None,
        cot_id: int | None = None,
        kinds: Sequence[str] | None = None,
        limit: int | None = 500,
    ) -> Sequence[AdvisoryEntry]:
        """Return advisories that were open in a span of time, the newest first."""
        query = select(Advisory).order_by(Advisory.raised_us.desc()).limit(limit)
        if from_us is not None:
            query = query.where(or_(Advisory.closed_us.is_(None), Advisory.closed_us >= from_us))
        if to_us is not None:
            query = query.where(Advisory.raised_us < to_us)
        if cot_id is not None:
            query = query.where(Advisory.cot_id == cot_id)
        if kinds is not None:
            query = query.where(Advisory.kind.in_(kinds))
        with reading(self._engine) as session:
            return _entries(session, session.scalars(query).all())

    def advisory_transitions(self, key: str) -> Sequence[AdvisoryTransition]:
        """Return what happened to one advisory, in order."""
        query = (
            select(AdvisoryTransition)
            .where(AdvisoryTransition.advisory_key == key)
            .order_by(AdvisoryTransition.time_us, AdvisoryTransition.id)
        )
        with reading(self._engine) as session:
            return session.scalars(query).all()

    def acknowledge_advisory(
        self, key: str, *, by: By, reason: str, time_us: int, note: str = ""
    ) -> None:
        """Store that somebody has seen to an open advisory.

        Raises ``NotFound`` for an unknown key and ``RowRejected`` when it is closed already.
        """
        with writing(self._engine) as session:
            advisory = required(session, Advisory, key)
            if advisory.closed_us is not None:
                raise RowRejected("this advisory is closed already; nothing was changed")
            session.add(
                AdvisoryTransition(
                    advisory_key=key,
                    # A person's clock may lag the keeper's by a moment.
                    time_us=max(time_us, advisory.announced_us),
                    what=ACKNOWLEDGED,
                    priority=advisory.priority,
                    by=by.name[:200],
                    reason=reason[:40],
                    note=note[:500] or None,
                )
            )
            by.note(session, "acknowledged", f"advisory/{key}", reason=reason)

    # Pauses

    def advisory_pauses(self, now_us: int) -> Sequence[AdvisoryPause]:
        """Return the pauses that hold now; one that began later (clock set back) does not."""
        with reading(self._engine) as session:
            return _pauses(session, now_us)

    def pause_advisories(self, cot_id: int, *, by: By, from_us: int, until_us: int) -> int:
        """Hold back a cot's advisories for a while; a pause that holds already ends with it."""
        with writing(self._engine) as session:
            required(session, Cot, cot_id)
            _end_pauses(session, cot_id, from_us, by)
            pause = AdvisoryPause(
                cot_id=cot_id, from_us=from_us, until_us=until_us, by=by.name[:200]
            )
            session.add(pause)
            session.flush()
            by.note(session, "paused advisories", f"cot/{cot_id}", until_us=until_us)
            return pause.id

    def end_advisory_pause(self, cot_id: int, *, by: By, now_us: int) -> None:
        """End a cot's pauses now."""
        with writing(self._engine) as session:
            _end_pauses(session, cot_id, now_us, by)
            by.note(session, "ended pause", f"cot/{cot_id}")

    # Thresholds

    def advisory_thresholds(self) -> dict[tuple[int | None, str], dict[str, Any]]:
        """Return the settings that were changed, by cot (None: the ward) and kind."""
        with reading(self._engine) as session:
            return _thresholds(session)

    def set_advisory_thresholds(
        self,
        cot_ids: Iterable[int | None],
        kind: str,
        settings: Mapping[str, Any],
        *,
        by: By,
        now_us: int,
    ) -> None:
        """Store the settings of a kind for these cots; what was before stays in the table."""
        with writing(self._engine) as session:
            before = _thresholds(session)
            for cot_id in cot_ids:
                row = AdvisoryThreshold(
                    cot_id=cot_id,
                    kind=kind,
                    settings=dict(settings),
                    set_us=now_us,
                    set_by=by.name[:200],
                )
                session.add(row)
                place = "ward" if cot_id is None else f"cot/{cot_id}"
                old = before.get((cot_id, kind), {})
                by.note(
                    session, "changed thresholds", place, kind=kind, before=old, after=row.settings
                )

    # What keepers need

    def advisory_orders(self, now_us: int) -> AdvisoryOrders:
        """Return what people have asked of the keepers, as it stands now."""
        with reading(self._engine) as session:
            return AdvisoryOrders(
                _thresholds(session),
                _acknowledged(session),
                frozenset(pause.cot_id for pause in _pauses(session, now_us)),
                _infants(session),
            )

    def advisory_memories(self) -> Sequence[AdvisoryMemory]:
        """Return what the keepers remembered when they last saved it."""
        with reading(self._engine) as session:
            return session.scalars(select(AdvisoryMemory)).all()

    def keep_advisories(
        self,
        kinds: Sequence[str],
        decide: Callable[[Sequence[AdvisoryEntry]], Sequence[AdvisoryRow]],
    ) -> None:
        """Let ``decide`` see the open advisories of these kinds, and store the rows it returns.

        One transaction holds the write lock throughout, so two keepers never raise one thing twice.
        """
        query = select(Advisory).where(Advisory.closed_us.is_(None), Advisory.kind.in_(kinds))
        with writing(self._engine) as session:
            found = session.scalars(query.order_by(Advisory.raised_us)).all()
            for row in decide(_entries(session, found)):
                session.merge(row)
                session.flush()


def _entries(session: Session, advisories: Sequence[Advisory]) -> list[AdvisoryEntry]:
    keys = [advisory.key for advisory in advisories]
    given: dict[str, AdvisoryTransition] = {}
    query = select(AdvisoryTransition).where(
        AdvisoryTransition.advisory_key.in_(keys), AdvisoryTransition.what == ACKNOWLEDGED
    )
    if keys:
        for row in session.scalars(query.order_by(AdvisoryTransition.id)):
            given[row.advisory_key] = row
    return [AdvisoryEntry(advisory, given.get(advisory.key)) for advisory in advisories]


def _pauses(session: Session, now_us: int) -> Sequence[AdvisoryPause]:
    query = select(AdvisoryPause).where(
        AdvisoryPause.from_us <= now_us,
        AdvisoryPause.until_us > now_us,
        AdvisoryPause.ended_us.is_(None),
    )
    return session.scalars(query.order_by(AdvisoryPause.until_us)).all()


def _infants(session: Session) -> dict[int, int]:
    query = select(Stay.cot_id, Stay.infant_id).where(Stay.to_us.is_(None))
    return {cot_id: infant_id for cot_id, infant_id in session.execute(query)}


def _thresholds(session: Session) -> dict[tuple[int | None, str], dict[str, Any]]:
    newest = select(func.max(AdvisoryThreshold.id)).group_by(
        AdvisoryThreshold.cot_id, AdvisoryThreshold.kind
    )
    query = select(AdvisoryThreshold).where(AdvisoryThreshold.id.in_(newest))
    return {(row.cot_id, row.kind): row.settings for row in session.scalars(query)}


def _acknowledged(session: Session) -> dict[str, int]:
    query = (
        select(AdvisoryTransition.advisory_key, func.max(AdvisoryTransition.time_us))
        .join(Advisory, Advisory.key == AdvisoryTransition.advisory_key)
        .where(Advisory.closed_us.is_(None), AdvisoryTransition.what == ACKNOWLEDGED)
        .group_by(AdvisoryTransition.advisory_key)
    )
    return {key: time_us for key, time_us in session.execute(query)}


def _end_pauses(session: Session, cot_id: int, now_us: int, by: By) -> None:
    query = select(AdvisoryPause).where(
        AdvisoryPause.cot_id == cot_id,
        AdvisoryPause.until_us > now_us,
        AdvisoryPause.ended_us.is_(None),
    )
    for pause in session.scalars(query):
        pause.ended_us, pause.ended_by = now_us, by.name[:200]
