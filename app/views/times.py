"""Times as people read them: the stored µs of UTC in a named zone, which is always said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from math import gcd
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray

US_PER_S = 1_000_000
US_PER_MINUTE = 60 * US_PER_S
# Every zone's offset is a whole number of these, and changes at one.
_QUARTER_US = 15 * US_PER_MINUTE
_DAY_MIN = 1440
_STEPS_MIN = (1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720, _DAY_MIN)


def zone_of(name: str | None) -> tzinfo:
    """Return the zone of that name, or UTC when the name is unknown."""
    if not name:
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def zone_name(zone: tzinfo) -> str:
    """Return the name under which a zone is shown."""
    return str(getattr(zone, "key", None) or "UTC")


def local(time_us: int, zone: tzinfo) -> datetime:
    """Return a stored time in a zone."""
    return datetime.fromtimestamp(time_us / US_PER_S, UTC).astimezone(zone)


def clock(time_us: int, zone: tzinfo) -> str:
    """Return hours and minutes; in the hour that autumn repeats, with the zone's short name."""
    moment = local(time_us, zone)
    return moment.strftime("%H:%M %Z" if _is_repeated(moment) else "%H:%M")


def clock_s(time_us: int, zone: tzinfo) -> str:
    """Return hours, minutes and seconds."""
    return local(time_us, zone).strftime("%H:%M:%S")


def day_and_clock(time_us: int, zone: tzinfo) -> str:
    """Return the day and the time, for lists that span days."""
    return local(time_us, zone).strftime("%Y-%m-%d %H:%M:%S")


def weekday(time_us: int, zone: tzinfo) -> str:
    """Return the day as a person says it: Fri 20 Nov."""
    moment = local(time_us, zone)
    return f"{moment:%a} {moment.day} {moment:%b}"


def _is_repeated(moment: datetime) -> bool:
    first, second = (moment.replace(fold=fold).utcoffset() for fold in (0, 1))
    return first is not None and second is not None and first > second


@dataclass(frozen=True, slots=True)
class Tick:
    """A round local time on an axis; ``is_day`` where a day begins."""

    at_us: int
    text: str
    is_day: bool = False


def ticks(span_us: tuple[int, int], zone: tzinfo, wanted: int = 8) -> list[Tick]:
    """Return the round local times of a span, about ``wanted`` of them, rising.

    Round on the wall clock of the zone, whatever its offset: where the clock changes, a round time
    comes twice, or not at all.
    """
    step_us = (span_us[1] - span_us[0]) / max(1, wanted)
    step_min = next((step for step in _STEPS_MIN if step * US_PER_MINUTE >= step_us), _DAY_MIN)
    grain_us = gcd(step_min * US_PER_MINUTE, _QUARTER_US)
    first_us = -(-span_us[0] // grain_us) * grain_us
    made = []
    before = local(first_us - grain_us, zone).date()
    for at_us in range(first_us, span_us[1] + 1, grain_us):
        moment = local(at_us, zone)
        is_day, before = moment.date() != before, moment.date()
        if is_day:
            made.append(Tick(at_us, weekday(at_us, zone), True))
        elif step_min < _DAY_MIN and (moment.hour * 60 + moment.minute) % step_min == 0:
            made.append(Tick(at_us, clock(at_us, zone)))
    return made


def local_minutes(times_us: NDArray[np.int64], zone: tzinfo) -> NDArray[np.int64]:
    """Return the wall clock of a zone at each time (T,), as minutes since 1970 on that clock."""
    quarters, back = np.unique(times_us // _QUARTER_US, return_inverse=True)
    offsets_min = np.array(
        [_offset_min(int(quarter) * _QUARTER_US, zone) for quarter in quarters], np.int64
    )
    return np.asarray(times_us // US_PER_MINUTE + offsets_min[back], np.int64)


def _offset_min(time_us: int, zone: tzinfo) -> int:
    offset = local(time_us, zone).utcoffset()
    return 0 if offset is None else round(offset.total_seconds() / 60)
