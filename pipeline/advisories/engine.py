"""All kinds over all cots, step by step: facts and orders in, changes out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from pipeline.advisories.base import UNKNOWN, Kind, Place
from pipeline.advisories.facts import Facts
from pipeline.advisories.thresholds import KindSettings
from pipeline.advisories.watch import (
    US_PER_S,
    Change,
    Circumstances,
    Course,
    Evidence,
    Spell,
    Watch,
)

WARD = 0
MINUTE_US = 60 * US_PER_S
# A look at the present speaks for so long before it; steps further apart leave time unknown.
VOUCHES_US = 5 * US_PER_S

WatchKey = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Orders:
    """What people have asked for.

    ``settings``: by cot (``WARD`` for the ward) and kind, the defaults where there is none.
    ``acknowledged``: the last acknowledgement of each open advisory. ``paused``: cots held back.
    """

    settings: Mapping[WatchKey, KindSettings] = field(default_factory=dict)
    acknowledged: Mapping[str, int] = field(default_factory=dict)
    paused: frozenset[int] = frozenset()


class Engine:
    """Keeps the watches of some kinds; the same steps give the same changes.

    ``watches`` may be taken out and given to another engine at any time: it goes on alike.
    ``since_us``: before it nobody looked, so the first look speaks for nothing before it.
    """

    def __init__(
        self,
        kinds: Iterable[Kind],
        watches: Mapping[WatchKey, Watch] | None = None,
        since_us: int | None = None,
    ) -> None:
        self._kinds = tuple(kinds)
        self._since_us = since_us
        self._defaults = {kind.name: kind.settings() for kind in self._kinds}
        self._infants: dict[int, int | None] = {}
        self.watches: dict[WatchKey, Watch] = dict(watches or {})

    def step(self, now_us: int, facts: Facts, orders: Orders) -> list[Change]:
        """Take in the facts of a moment; return what changed, in order.

        A cot that is not in ``facts.cots`` is watched no longer: what it has open is closed. When
        another infant lies in a cot, what was told of the one before is closed.
        """
        changes: list[Change] = []
        others = self._take_other_infants(facts)
        for kind in self._kinds:
            for cot_id in self._places(kind, facts):
                course = self._course(kind, cot_id, now_us, orders)
                if cot_id in others and kind.place == Place.MINUTES:
                    course.drop()
                if cot_id == WARD or cot_id in facts.cots:
                    course.run(list(self._evidence(kind, cot_id, now_us, facts, course)))
                    self.watches[cot_id, kind.name] = course.watch
                else:
                    course.drop()
                    del self.watches[cot_id, kind.name]
                changes += course.changes
        return changes

    def shift(self, jump_us: int) -> None:
        """Follow a wall clock that was set: what is being timed goes on with its length."""
        self.watches = {key: _shifted(watch, jump_us) for key, watch in self.watches.items()}
        if self._since_us is not None:
            self._since_us += jump_us

    def _evidence(
        self, kind: Kind, cot_id: int, now_us: int, facts: Facts, course: Course
    ) -> Iterator[Evidence]:
        settings = course.settings
        if kind.place == Place.MINUTES:
            for minute in facts.minutes.get(cot_id, ()):
                end_us = minute.start_us + MINUTE_US
                yield Evidence(minute.start_us, end_us, kind.judge(minute, settings))
            return
        subject = facts.ward if kind.place == Place.WARD else facts.cots[cot_id]
        judgement = UNKNOWN if subject is None else kind.judge(subject, settings)
        seen_us, since_us = course.watch.seen_us, self._since_us or 0
        from_us = now_us if seen_us is None else max(seen_us, now_us - VOUCHES_US, since_us)
        yield Evidence(min(from_us, now_us), now_us, judgement)

    def _take_other_infants(self, facts: Facts) -> set[int]:
        """Return the cots in which another infant lies than at the step before."""
        now = {cot_id: facts.infants.get(cot_id) for cot_id in facts.cots}
        before, self._infants = self._infants, now
        return {cot_id for cot_id in now if before.get(cot_id, now[cot_id]) != now[cot_id]}

    def _places(self, kind: Kind, facts: Facts) -> list[int]:
        if kind.place == Place.WARD:
            return [WARD]
        known = (cot_id for cot_id, name in self.watches if name == kind.name)
        return sorted({*facts.cots, *known})

    def _course(self, kind: Kind, cot_id: int, now_us: int, orders: Orders) -> Course:
        watch = self.watches.get((cot_id, kind.name), Watch())
        settings = orders.settings.get((cot_id, kind.name), self._defaults[kind.name])
        if not kind.may_be_off and not settings.enabled:
            settings = settings.model_copy(update={"enabled": True})
        raised = watch.raised
        around = Circumstances(
            cot_id=cot_id,
            now_us=now_us,
            is_paused=cot_id != WARD and cot_id in orders.paused,
            acknowledged_us=None if raised is None else orders.acknowledged.get(raised.key),
        )
        return Course(kind, settings, watch, around)


def _shifted(watch: Watch, jump_us: int) -> Watch:
    raised = watch.raised
    if raised is not None:
        raised = replace(raised, away=_shifted_spell(raised.away, jump_us))
    seen_us = None if watch.seen_us is None else watch.seen_us + jump_us
    return Watch(seen_us, _shifted_spell(watch.building, jump_us), raised)


def _shifted_spell(spell: Spell | None, jump_us: int) -> Spell | None:
    return None if spell is None else replace(spell, since_us=spell.since_us + jump_us)
