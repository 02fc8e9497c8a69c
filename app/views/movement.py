"""Movement over time: a series with its gaps and their reasons, as strips and as charts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.views.times import US_PER_MINUTE, US_PER_S, clock, clock_s, ticks

MOVEMENT_UNIT = "trunk lengths/s"
_LEAST_FULL_SCALE = 0.5
_NO_REASON = "too little seen"
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
        why = reason or _NO_REASON
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
        return {"kind": "blocked", "title": f"{at} not assessable: {reason or _NO_REASON}"}
    height = round(min(1.0, value / scale), 3)
    return {"kind": "value", "height": height, "title": f"{at} {value:.2f} {MOVEMENT_UNIT}"}


def chart_data(series: MovementSeries, span_us: tuple[int, int], zone: tzinfo) -> dict[str, Any]:
    """Return movement over a span for the chart; what cannot be assessed says why.

    Gaps in the recording stay empty: nothing is drawn across them.
    """
    show = clock if series.window_us >= US_PER_MINUTE else clock_s
    points = [
        [start / 1000, None if np.isnan(value) else round(value, 4), text]
        for start, value, text in zip(
            series.starts_us.tolist(),
            series.values_t.tolist(),
            _texts(series, show, zone),
            strict=True,
        )
    ]
    top = full_scale([series]) * 1.05
    return {
        "kind": "bars" if series.window_us >= US_PER_MINUTE else "line",
        "from_ms": span_us[0] / 1000,
        "to_ms": span_us[1] / 1000,
        "window_ms": series.window_us / 1000,
        "points": points,
        "spans": [
            {"from_ms": one.from_us / 1000, "to_ms": one.to_us / 1000, "reason": one.reason}
            for one in blocked_spans(series)
        ],
        "top": top,
        "levels": _levels(top),
        "ticks": [{"at_ms": tick.at_us / 1000, "text": tick.text} for tick in ticks(span_us, zone)],
        "label": _label(series, span_us, zone),
    }


def _texts(series: MovementSeries, show: Callable[[int, tzinfo], str], zone: tzinfo) -> list[str]:
    texts = []
    for start, value, coverage, reason in zip(
        series.starts_us.tolist(),
        series.values_t.tolist(),
        series.coverage_t.tolist(),
        series.reasons,
        strict=True,
    ):
        share = "" if np.isnan(coverage) else f", coverage {coverage:.0%}"
        said = f"{value:.2f} {MOVEMENT_UNIT}"
        if np.isnan(value):
            said = f"not assessable: {reason or _NO_REASON}"
        texts.append(f"{show(start, zone)}  {said}{share}")
    return texts


def _levels(top: float) -> list[dict[str, Any]]:
    step = next(one for one in _LEVEL_STEPS if top / one <= 4 or one == _LEVEL_STEPS[-1])
    count = int(top / step)
    return [{"value": at * step, "text": f"{at * step:g}"} for at in range(count + 1)]


def _label(series: MovementSeries, span_us: tuple[int, int], zone: tzinfo) -> str:
    known = series.values_t[~np.isnan(series.values_t)]
    highest = f", highest {known.max():.2f} {MOVEMENT_UNIT}" if known.size else ""
    return (
        f"Movement from {clock(span_us[0], zone)} to {clock(span_us[1], zone)}: "
        f"{known.size} of {series.values_t.size} windows assessable{highest}"
    )


def last_minute(series: MovementSeries, now_us: int) -> tuple[float, float, str] | None:
    """Return value, coverage and reason of the newest minute that ended in the last three.

    None when there is none: an older figure is not shown as if it were of now.
    """
    if series.starts_us.size == 0:
        return None
    end_us = int(series.starts_us[-1]) + series.window_us
    if not 0 <= now_us - end_us <= 3 * 60 * US_PER_S:
        return None
    return float(series.values_t[-1]), float(series.coverage_t[-1]), series.reasons[-1]
