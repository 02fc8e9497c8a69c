"""Which notices of advisories are due on a channel, and how their delivery went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, or_, select

from db.advisory_schema import Advisory, AdvisoryDelivery, AdvisoryTransition
from db.engine import reading, writing
from db.schema import Cot
from db.topic import Topic

_AT_ONCE = 50
# Nobody waits longer for another attempt: a time beyond it is of a clock that was set back.
_LONGEST_WAIT_US = 600_000_000


@dataclass(frozen=True, slots=True)
class Waiting:
    """A transition that a channel has not taken yet; ``cot_name`` is empty for the ward."""

    transition: AdvisoryTransition
    advisory: Advisory
    cot_name: str
    attempts: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt went: ``done_us`` None means that it is tried again at ``next_us``."""

    attempts: int
    next_us: int
    done_us: int | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Stuck:
    """A channel that takes nothing at present."""

    channel: str
    waiting: int
    since_us: int
    error: str


class NoticeBook(Topic):
    """Reads what is due, and notes what was delivered."""

    def notices_due(
        self,
        channel: str,
        *,
        told: Sequence[str],
        priorities: Sequence[str],
        now_us: int,
        news_since_us: int,
    ) -> Sequence[Waiting]:
        """Return what a channel is to be told now, the oldest first, some at a time."""
        new = and_(
            AdvisoryDelivery.transition_id.is_(None), AdvisoryTransition.time_us >= news_since_us
        )
        due = and_(
            AdvisoryDelivery.transition_id.is_not(None),
            AdvisoryDelivery.done_us.is_(None),
            or_(
                AdvisoryDelivery.next_us <= now_us,
                AdvisoryDelivery.next_us > now_us + _LONGEST_WAIT_US,
            ),
        )
        query = (
            select(AdvisoryTransition, Advisory, Cot.name, AdvisoryDelivery.attempts)
            .join(Advisory, Advisory.key == AdvisoryTransition.advisory_key)
            .outerjoin(Cot, Cot.id == Advisory.cot_id)
            .outerjoin(
                AdvisoryDelivery,
                and_(
                    AdvisoryDelivery.transition_id == AdvisoryTransition.id,
                    AdvisoryDelivery.channel == channel,
                ),
            )
            .where(AdvisoryTransition.what.in_(told), AdvisoryTransition.priority.in_(priorities))
            .where(or_(new, due))
            .order_by(AdvisoryTransition.id)
            .limit(_AT_ONCE)
        )
        with reading(self._engine) as session:
            rows = session.execute(query).all()
        return [Waiting(row[0], row[1], row[2] or "", row[3] or 0) for row in rows]

    def note_delivery(self, transition_id: int, channel: str, outcome: Outcome) -> None:
        """Store how an attempt went."""
        row = AdvisoryDelivery(
            transition_id=transition_id,
            channel=channel,
            attempts=outcome.attempts,
            next_us=outcome.next_us,
            done_us=outcome.done_us,
            error=None if outcome.error is None else outcome.error[:300],
        )
        with writing(self._engine) as session:
            session.merge(row)

    def stuck_notices(self) -> Sequence[Stuck]:
        """Return the channels with notices that they did not take, with the newest reason."""
        query = (
            select(AdvisoryDelivery, AdvisoryTransition.time_us)
            .join(AdvisoryTransition, AdvisoryTransition.id == AdvisoryDelivery.transition_id)
            .where(AdvisoryDelivery.done_us.is_(None))
            .order_by(AdvisoryDelivery.transition_id)
        )
        found: dict[str, Stuck] = {}
        with reading(self._engine) as session:
            for row, time_us in session.execute(query):
                before = found.get(row.channel)
                found[row.channel] = Stuck(
                    channel=row.channel,
                    waiting=1 if before is None else before.waiting + 1,
                    since_us=time_us if before is None else before.since_us,
                    error=row.error or "",
                )
        return list(found.values())
