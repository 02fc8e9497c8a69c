"""Movement over time: a series with its gaps and their reasons, as strips and as charts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.views.times import US_PER_MINUTE, US_PER_S, clock

MOVEMENT_UNIT = "trunk lengths/s"
_LEAST_FULL_SCALE = 0.5
NO_REASON = "too little seen"
_LEVEL_STEPS = (0.1, 0.2, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class MovementSeries:
    """Quantity of motion in equal windows, rising in time, missing where nothing was recorded.

    ``starts_us`` (T,) int64 UTC µs; ``values_t`` (T,) trunk lengths per second, NaN = not
    assessable; ``coverage_t`` (T,) 0..1, NaN = unknown; ``reasons`` says why a value is NaN.
    """

    window_us: int
    starts_us: NDArray[np.int64]
    values_t: NDArray[np.float64]
    coverage_t: NDArray[np.float64]
    reasons: Sequence[str]

    def since(self, from_us: int) -> MovementSeries:
        """Return the windows that start at ``from_us`` or later."""
        first = int(np.searchsorted(self.starts_us, from_us))
        return MovementSeries(
            self.window_us,
            self.starts_us[first:],
            self.values_t[first:],
            self.coverage_t[first:],
            list(self.reasons[first:]),
        )


EMPTY_SERIES = MovementSeries(US_PER_MINUTE, np.empty(0, np.int64), np.empty(0), np.empty(0), ())


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch that cannot be assessed, and why."""

    from_us: int
    to_us: int
    reason: str


def blocked_spans(series: MovementSeries) -> list[Span]:
    """Return the stretches without a value, neighbours with one reason joined."""
    spans: list[Span] = []
    for start, value, reason in zip(
        series.starts_us.tolist(), series.values_t.tolist(), series.reasons, strict=True
    ):
        if not np.isnan(value):
            continue
        why = reason or NO_REASON
        if spans and spans[-1].to_us == start and spans[-1].reason == why:
            spans[-1] = Span(spans[-1].from_us, start + series.window_us, why)
        else:
            spans.append(Span(start, start + series.window_us, why))
    return spans


def full_scale(series: Sequence[MovementSeries]) -> float:
    """Return one top of the scale for strips that stand side by side."""
    values = np.concatenate([one.values_t for one in series]) if series else np.empty(0)
    known = values[~np.isnan(values)]
    return max(_LEAST_FULL_SCALE, float(np.quantile(known, 0.98)) if known.size else 0.0)


def strip(
    series: MovementSeries, now_us: int, minutes: int, scale: float, zone: tzinfo
) -> dict[str, Any]:
    """Return the last minutes as bars: ``value``, ``blocked`` (not assessable) or ``nothing``."""
    end_us = now_us // US_PER_MINUTE * US_PER_MINUTE
    known = dict(
        zip(
            series.starts_us.tolist(),
            zip(series.values_t.tolist(), series.reasons, strict=True),
            strict=True,
        )
    )
    starts = [end_us - back * US_PER_MINUTE for back in range(minutes, 0, -1)]
    bars = [_bar(start, known.get(start), scale, zone) for start in starts]
    assessable = sum(bar["kind"] == "value" for bar in bars)
    return {
        "bars": bars,
        "from": clock(starts[0], zone),
        "to": clock(end_us, zone),
        "label": f"Movement of the last {minutes} minutes: {assessable} of them assessable",
    }


def _bar(
    start_us: int, known: tuple[float, str] | None, scale: float, zone: tzinfo
) -> dict[str, Any]:
    at = clock(start_us, zone)
    if known is None:
        return {"kind": "nothing", "title": f"{at} nothing recorded"}
    value, reason = known
    if np.isnan(value):
        return {"kind": "blocked", "title": f"{at} not assessable: {reason or NO_REASON}"}
    height = round(min(1.0, value / scale), 3)
    return {"kind": "value", "height": height, "title": f"{at} {value:.2f} {MOVEMENT_UNIT}"}


def scale_levels(top: float) -> list[dict[str, Any]]:
    """Return the round levels of a scale from 0 to ``top``, five at most."""
    step = next(one for one in _LEVEL_STEPS if top / one <= 4 or one == _LEVEL_STEPS[-1])
    count = int(top / step)
    return [{"value": at * step, "text": f"{at * step:g}"} for at in range(count + 1)]


def last_minute(series: MovementSeries, now_us: int) -> tuple[float, float, str] | None:
    """Return value, coverage and reason of the newest minute that ended in the last three.

    None when there is none: an older figure is not shown as if it were of now.
    """
    at = int(np.searchsorted(series.starts_us, now_us - series.window_us, side="right")) - 1
    if at < 0 or now_us - int(series.starts_us[at]) - series.window_us > 3 * 60 * US_PER_S:
        return None
    return float(series.values_t[at]), float(series.coverage_t[at]), series.reasons[at]
