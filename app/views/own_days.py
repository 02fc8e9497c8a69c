"""An infant's own usual movement at each hour of the day, from the days before.

For every hour shown: the quartiles of all assessable minutes of the same hour on the wall clock in
the seven days before. A day counts for an hour when at least half of that hour could be assessed;
under three such days nothing is said. It compares an infant with itself, never with others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from app.views.times import US_PER_MINUTE, local_minutes

DAYS_BACK = 7
LEAST_DAYS = 3
LEAST_MINUTES = 30
_HOUR_MIN = 60
_DAY_MIN = 1440


@dataclass(frozen=True, slots=True)
class OwnHour:
    """What is usual in a span of time: quartiles in trunk lengths/s, of ``days`` days."""

    from_us: int
    to_us: int
    low: float
    median: float
    high: float
    days: int


class Motion(Protocol):
    """Minutes (T,): starts in UTC µs, rising, and quantities of motion, NaN not assessable."""

    @property
    def starts_us(self) -> NDArray[np.int64]:
        """Return the starts."""

    @property
    def quantity_t(self) -> NDArray[np.float64]:
        """Return the quantities."""


def own_hours(history: Motion, span_us: tuple[int, int], zone: tzinfo) -> list[OwnHour]:
    """Return the usual of each hour of a span for which enough days are known.

    ``history``: this infant's minutes from ``DAYS_BACK`` days before the span on.
    """
    by_day_hour = _hours_with_coverage(history, zone)
    quarter_us = 15 * US_PER_MINUTE
    first_us = span_us[0] // quarter_us * quarter_us
    starts_us = np.arange(first_us, span_us[1], quarter_us, dtype=np.int64)
    hours = (local_minutes(starts_us, zone) // _HOUR_MIN).tolist()
    made: list[OwnHour] = []
    usual_of: dict[int, tuple[float, float, float, int] | None] = {}
    for at_us, hour in zip(starts_us.tolist(), hours, strict=True):
        if hour not in usual_of:
            usual_of[hour] = _usual(by_day_hour, hour)
        usual = usual_of[hour]
        from_us, to_us = max(at_us, span_us[0]), min(at_us + quarter_us, span_us[1])
        if usual is None:
            continue
        if made and made[-1].to_us == from_us and _figures(made[-1]) == usual:
            made[-1] = OwnHour(made[-1].from_us, to_us, *usual)
        else:
            made.append(OwnHour(from_us, to_us, *usual))
    return made


def days_seen(hours: Sequence[OwnHour]) -> str:
    """Return how many days the comparison rests on, in words; nothing when there is none."""
    if not hours:
        return ""
    fewest, most = min(one.days for one in hours), max(one.days for one in hours)
    return f"{fewest} days" if fewest == most else f"{fewest} to {most} days"


def _figures(hour: OwnHour) -> tuple[float, float, float, int]:
    return hour.low, hour.median, hour.high, hour.days


def _hours_with_coverage(history: Motion, zone: tzinfo) -> dict[int, np.ndarray]:
    """Return the values of each hour (hours since 1970 on the wall clock) that is seen enough."""
    hour_t = local_minutes(history.starts_us, zone) // _HOUR_MIN
    found: dict[int, list[float]] = defaultdict(list)
    known_t = np.isfinite(history.quantity_t)
    for hour, value in zip(
        hour_t[known_t].tolist(), history.quantity_t[known_t].tolist(), strict=True
    ):
        found[hour].append(value)
    return {
        hour: np.array(values) for hour, values in found.items() if len(values) >= LEAST_MINUTES
    }


def _usual(by_day_hour: dict[int, np.ndarray], hour: int) -> tuple[float, float, float, int] | None:
    day_hours = _DAY_MIN // _HOUR_MIN
    days = [
        by_day_hour[before]
        for before in (hour - back * day_hours for back in range(1, DAYS_BACK + 1))
        if before in by_day_hour
    ]
    if len(days) < LEAST_DAYS:
        return None
    low, median, high = np.quantile(np.concatenate(days), [0.25, 0.5, 0.75]).tolist()
    return low, median, high, len(days)
