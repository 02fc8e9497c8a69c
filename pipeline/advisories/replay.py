"""What a setting would have given: the same state machine over what is on record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from pipeline.advisories.base import CLEAR, Judgement, Kind, Place, Verdict
from pipeline.advisories.engine import MINUTE_US
from pipeline.advisories.facts import Minute
from pipeline.advisories.thresholds import KindSettings
from pipeline.advisories.watch import Circumstances, Course, Evidence, Raised, Watch

_SOME_COT = 1
# What the monitor's journal says of a camera, by the kind whose cause it is.
CAUSES: dict[str, tuple[str, ...]] = {
    "camera_offline": ("camera_stalled", "camera_offline", "camera_refused"),
    "picture_frozen": ("picture_frozen",),
    "lens_covered": ("lens_covered", "too_dark"),
    "camera_moved": ("camera_moved",),
}


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time in which a cause was there, by the journal."""

    from_us: int
    to_us: int


def can_replay(kind: Kind) -> bool:
    """Tell whether what is on record is enough to say what a setting would have given."""
    return kind.place == Place.MINUTES or kind.name in CAUSES


def replay(kind: Kind, settings: KindSettings, evidence: Iterable[Evidence]) -> list[Raised]:
    """Return what would have been raised, in order, had nobody acknowledged or paused anything."""
    # One that latches would stay open from its first cause on: here its causes are counted.
    kind, watch, found = replace(kind, is_latching=False), Watch(), []
    for one in evidence:
        course = Course(kind, settings, watch, Circumstances(_SOME_COT, one.to_us))
        course.run([one])
        watch = course.watch
        found += [change.raised for change in course.changes if change.what == "raised"]
    return found


def of_minutes(kind: Kind, settings: KindSettings, minutes: Sequence[Minute]) -> Iterator[Evidence]:
    """Yield what finished minutes say of a kind."""
    for minute in minutes:
        end_us = minute.start_us + MINUTE_US
        yield Evidence(minute.start_us, end_us, kind.judge(minute, settings))


def of_stretches(stretches: Iterable[Stretch], from_us: int, to_us: int) -> Iterator[Evidence]:
    """Yield what the journal says over a span: there in the stretches, away between them."""
    at_us = from_us
    for start_us, end_us in _joined(stretches, from_us, to_us):
        if start_us > at_us:
            yield Evidence(at_us, start_us, CLEAR)
        yield Evidence(start_us, end_us, Judgement(Verdict.HOLDS))
        at_us = end_us
    if to_us > at_us:
        yield Evidence(at_us, to_us, CLEAR)


def _joined(stretches: Iterable[Stretch], from_us: int, to_us: int) -> list[tuple[int, int]]:
    """Return the stretches within a span in order, those that overlap as one."""
    inside = sorted(
        (max(one.from_us, from_us), min(one.to_us, to_us))
        for one in stretches
        if one.to_us > from_us and one.from_us < to_us
    )
    found: list[tuple[int, int]] = []
    for start_us, end_us in inside:
        if found and start_us <= found[-1][1]:
            found[-1] = (found[-1][0], max(end_us, found[-1][1]))
        else:
            # A moment lasts at least a second, or it could never be told.
            found.append((start_us, max(end_us, start_us + 1_000_000)))
    return found
