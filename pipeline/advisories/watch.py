"""The state machine of one kind over one cot: building, raised, gone, closed.

    (nothing) --holds--> building --held for after_s--> raised --clear for release_s--> closed
                            |                            |  ^
                       clear, or too long unknown     gone  returned    (latching kinds stay
                            v                            |  |            until acknowledged)
                        (nothing)                        v  |

Time that could not be assessed counts neither for the cause nor against it; more of it than a
quarter of ``after_s`` makes the cause begin anew, so a raised one was seen for at least 80 % of
its time. States are plain values: what is kept and restored goes on exactly as it was.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from pipeline.advisories.base import Judgement, Kind, Priority, Verdict
from pipeline.advisories.thresholds import KindSettings

US_PER_S = 1_000_000
_UNKNOWN_SHARE = 0.25  # 1 / 0.8 - 1
_CLOCK_SLACK_US = 60 * US_PER_S


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a stretch of time says of a cause."""

    from_us: int
    to_us: int
    judgement: Judgement


@dataclass(frozen=True, slots=True)
class Spell:
    """A cause, or its absence, that is being timed; ``unknown_us`` of it could not be assessed."""

    since_us: int
    unknown_us: int = 0
    variant: str = ""
    words: str = ""

    def known_us(self, until_us: int) -> int:
        """Return for how long it is known to have held."""
        return until_us - self.since_us - self.unknown_us


@dataclass(frozen=True, slots=True)
class Raised:
    """An advisory that is open.

    ``unheeded_us``: since when nobody has acknowledged it, None once somebody has. ``is_known``:
    the last facts could tell whether the cause holds. ``away``: the cause's absence being timed.
    ``gone_us``: when the cause went; it is open still because its kind latches.
    """

    key: str
    onset_us: int
    raised_us: int
    announced_us: int
    priority: Priority
    words: str = ""
    variant: str = ""
    announcements: int = 1
    acknowledged_us: int | None = None
    unheeded_us: int | None = None
    is_known: bool = True
    away: Spell | None = None
    gone_us: int | None = None


@dataclass(frozen=True, slots=True)
class Watch:
    """One kind over one cot. ``seen_us``: up to when facts have been taken in."""

    seen_us: int | None = None
    building: Spell | None = None
    raised: Raised | None = None


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What bears on a watch at a step beside the facts; ``cot_id`` 0 is the ward."""

    cot_id: int
    now_us: int
    is_paused: bool = False
    acknowledged_us: int | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that happened: raised, announced, escalated, gone, returned or closed."""

    what: str
    time_us: int
    kind: str
    cot_id: int
    raised: Raised


class Course:
    """One step of one watch: takes the facts, then does what time and people ask for."""

    def __init__(
        self, kind: Kind, settings: KindSettings, watch: Watch, around: Circumstances
    ) -> None:
        self._kind, self.settings, self._around = kind, settings, around
        self._after_us = round(settings.after_s * US_PER_S)
        self._release_us = round(settings.release_s * US_PER_S)
        self.watch = watch
        self.changes: list[Change] = []

    def run(self, evidence: list[Evidence]) -> None:
        """Take the facts in order, then see to acknowledgement, repetition and escalation."""
        self._heed()
        for one in evidence:
            self._take(one)
            self._end_if_away()
            self._raise_if_due()
        if not evidence:
            self._raise_if_due()
        if not self.settings.enabled:
            self.drop()
            return
        self._tell_again()
        self._escalate()

    def drop(self) -> None:
        """Close what is open, forget what builds up: it is watched no longer."""
        self.watch = replace(self.watch, building=None)
        if self.watch.raised is not None:
            self._close()

    # Facts

    def _take(self, one: Evidence) -> None:
        seen_us = self.watch.seen_us
        if seen_us is not None and one.to_us <= seen_us:
            return  # known already
        from_us = one.from_us if seen_us is None else max(one.from_us, seen_us)
        if seen_us is not None and from_us > seen_us:
            self._pass_unknown(from_us - seen_us)
        self.watch = replace(self.watch, seen_us=one.to_us)
        judgement = one.judgement
        raised = self.watch.raised
        if raised is not None:
            is_known = judgement.verdict != Verdict.UNKNOWN
            self.watch = replace(self.watch, raised=replace(raised, is_known=is_known))
        if judgement.verdict == Verdict.UNKNOWN:
            self._pass_unknown(one.to_us - from_us)
        elif judgement.verdict == Verdict.HOLDS:
            self._hold(from_us, judgement)
        else:
            self.watch = replace(self.watch, building=None)
            self._let_go(from_us, judgement.verdict)

    def _pass_unknown(self, length_us: int) -> None:
        building, raised = self.watch.building, self.watch.raised
        if building is not None:
            unknown_us = building.unknown_us + length_us
            lasts = unknown_us <= _UNKNOWN_SHARE * self._after_us
            building = replace(building, unknown_us=unknown_us) if lasts else None
        if raised is not None and raised.away is not None:
            away = replace(raised.away, unknown_us=raised.away.unknown_us + length_us)
            raised = replace(raised, away=away)
        self.watch = replace(self.watch, building=building, raised=raised)

    def _hold(self, from_us: int, judgement: Judgement) -> None:
        raised = self.watch.raised
        if raised is not None and raised.variant == judgement.variant:
            was_gone = raised.gone_us is not None
            raised = replace(raised, away=None, gone_us=None, words=judgement.words)
            self.watch = replace(self.watch, raised=raised)
            if was_gone:
                self._note("returned")
            return
        self._let_go(from_us, Verdict.CLEAR)
        building = self.watch.building
        if building is None or building.variant != judgement.variant:
            building = Spell(from_us, variant=judgement.variant)
        self.watch = replace(self.watch, building=replace(building, words=judgement.words))

    def _let_go(self, from_us: int, verdict: Verdict) -> None:
        raised = self.watch.raised
        if raised is None or raised.gone_us is not None:
            return
        away = None if verdict == Verdict.BETWEEN else raised.away or Spell(from_us)
        self.watch = replace(self.watch, raised=replace(raised, away=away))

    # What follows from them

    def _raise_if_due(self) -> None:
        watch = self.watch
        if watch.building is None or watch.raised is not None or watch.seen_us is None:
            return
        is_due = watch.building.known_us(watch.seen_us) >= self._after_us
        if not is_due or self._around.is_paused or not self.settings.enabled:
            return
        now_us, building = self._around.now_us, watch.building
        raised = Raised(
            key=f"{self._kind.name}/{self._around.cot_id}/{building.since_us}",
            onset_us=building.since_us,
            raised_us=now_us,
            announced_us=now_us,
            priority=self._kind.priority,
            words=building.words,
            variant=building.variant,
            unheeded_us=now_us,
        )
        self.watch = replace(watch, building=None, raised=raised)
        self._note("raised")

    def _end_if_away(self) -> None:
        raised, seen_us = self.watch.raised, self.watch.seen_us
        if raised is None or raised.away is None or seen_us is None:
            return
        if raised.away.known_us(seen_us) < self._release_us:
            return
        raised = replace(raised, gone_us=raised.away.since_us, away=None)
        self.watch = replace(self.watch, raised=raised)
        if self._kind.is_latching and raised.unheeded_us is not None:
            self._note("gone")
        else:
            self._close()

    # What people and time ask for

    def _heed(self) -> None:
        raised, given_us = self.watch.raised, self._around.acknowledged_us
        if raised is None or given_us is None or given_us < raised.announced_us:
            return
        raised = replace(raised, acknowledged_us=given_us, unheeded_us=None)
        self.watch = replace(self.watch, raised=raised)
        if raised.gone_us is not None:
            self._close()

    def _tell_again(self) -> None:
        raised = self._spoken_of()
        if raised is None:
            return
        now_us = self._around.now_us
        last_us = max(raised.announced_us, raised.acknowledged_us or 0)
        is_due = now_us - last_us >= self.settings.again_s * US_PER_S
        if is_due or now_us < last_us - _CLOCK_SLACK_US:  # or the clock was set back
            raised = replace(
                raised,
                announced_us=now_us,
                announcements=raised.announcements + 1,
                acknowledged_us=None,
                unheeded_us=now_us if raised.unheeded_us is None else raised.unheeded_us,
            )
            self.watch = replace(self.watch, raised=raised)
            self._note("announced")

    def _escalate(self) -> None:
        raised, wait_s = self._spoken_of(), self.settings.escalate_s
        if raised is None or not wait_s or raised.unheeded_us is None:
            return
        is_first = raised.priority == self._kind.priority < Priority.HIGH
        if is_first and self._around.now_us - raised.unheeded_us >= wait_s * US_PER_S:
            raised = replace(raised, priority=Priority(raised.priority + 1))
            self.watch = replace(self.watch, raised=raised)
            self._note("escalated")

    def _spoken_of(self) -> Raised | None:
        """Return what is open and known to last, unless the cot is paused."""
        raised = self.watch.raised
        if raised is None or self._around.is_paused:
            return None
        lasts = raised.is_known and raised.away is None and raised.gone_us is None
        return raised if lasts else None

    def _close(self) -> None:
        self._note("closed")
        self.watch = replace(self.watch, raised=None)

    def _note(self, what: str) -> None:
        around, raised = self._around, self.watch.raised
        if raised is not None:
            self.changes.append(Change(what, around.now_us, self._kind.name, around.cot_id, raised))
