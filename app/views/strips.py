"""Trends as strips on one time axis: what the chart component draws.

Every strip has the same bins. A bin without a value is hatched where something was recorded and
empty where nothing was: neither is ever drawn as zero.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import tzinfo
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.views.axis import Axis
from app.views.marks import Mark
from app.views.movement import (
    MOVEMENT_UNIT,
    NO_REASON,
    MovementSeries,
    blocked_spans,
    full_scale,
    scale_levels,
)
from app.views.own_days import OwnHour
from app.views.thinning import Envelope
from app.views.times import clock
from app.views.trends import LIMB_WORDS, STATES, Trends
from pipeline.movement import COVERAGE_LIMIT

# A hatched stretch narrower than this share of the axis would be less than a pixel or two.
_NARROWEST = 1 / 900
COVERED, TOO_LITTLE = "covered", "too little seen"

Float = NDArray[np.float64]


def series_chart(series: MovementSeries, span_us: tuple[int, int], zone: tzinfo) -> dict[str, Any]:
    """Return the quantity of motion alone, for the chart."""
    axis = Axis.of(span_us, zone, series.window_us)
    movement = axis.bins(series.starts_us, series.values_t)
    coverage = axis.bins(series.starts_us, series.coverage_t)
    strip = _movement_strip(axis, series, movement, _recorded(axis, series), ())
    return {
        **axis.data(),
        "strips": [{**strip, "title": ""}],
        "spans": _spans(axis, series),
        "marks": [],
        "texts": _texts(axis, series, movement, coverage, ()),
        "choosable": False,
        "label": _label(axis, movement),
    }


def bars_chart(axis: Axis, movement: Envelope, recorded_b: NDArray[np.int64]) -> dict[str, Any]:
    """Return movement of which only bins are known, for the chart.

    ``recorded_b``: how many minutes of each bin (B,) were recorded.
    """
    known = movement.high_b[movement.known_b > 0]
    top = max(0.5, float(np.quantile(known, 0.98)) if known.size else 0.0) * 1.05
    strip = {
        **_strip("", "bars", 128, movement),
        "tone": "accent",
        "top": top,
        "levels": scale_levels(top),
        "blocked": axis.runs((recorded_b > 0) & (movement.known_b == 0)),
    }
    texts = [
        f"{axis.name(at)}  {_said_of_bin(movement, at, int(minutes))}"
        for at, minutes in enumerate(recorded_b)
    ]
    return {
        **axis.data(),
        "strips": [strip],
        "spans": [],
        "marks": [],
        "texts": texts,
        "choosable": False,
        "label": _label(axis, movement),
    }


def _said_of_bin(movement: Envelope, at: int, recorded: int) -> str:
    if not recorded:
        return "nothing recorded"
    share = f"{movement.known_b[at] / recorded:.0%} of the minutes recorded assessable"
    return ", ".join(one for one in (_said(movement, at) or "not assessable", share) if one)


def trends_chart(
    trends: Trends,
    span_us: tuple[int, int],
    zone: tzinfo,
    *,
    own: Sequence[OwnHour] = (),
    marks: Sequence[Mark] = (),
) -> dict[str, Any]:
    """Return all strips of an infant's trends, for the chart.

    ``own``: the infant's own usual movement, drawn as a band. A click on the chart gives a moment.
    """
    axis = Axis.of(span_us, zone)
    series = trends.movement
    recorded_b = _recorded(axis, series)
    movement = axis.bins(trends.starts_us, trends.quantity_t)
    coverage = axis.bins(trends.starts_us, trends.coverage_t)
    postures = _posture_of_bins(axis, trends)
    return {
        **axis.data(),
        "strips": [
            _movement_strip(axis, series, movement, recorded_b, own),
            *_limb_strips(axis, trends, recorded_b, movement),
            _symmetry_strip(axis, trends, recorded_b),
            _state_strip(axis, trends, recorded_b),
            _posture_strip(axis, postures, recorded_b),
            _coverage_strip(coverage),
        ],
        "spans": _spans(axis, series),
        "marks": [mark.data() for mark in marks],
        "texts": _texts(axis, series, movement, coverage, postures),
        "choosable": True,
        "label": _label(axis, movement),
    }


def _recorded(axis: Axis, series: MovementSeries) -> NDArray[np.bool_]:
    return axis.bins(series.starts_us, np.ones(len(series.starts_us))).known_b > 0


def _spans(axis: Axis, series: MovementSeries) -> list[dict[str, Any]]:
    """Return what cannot be assessed, with the reasons, save what is too narrow to be seen."""
    least_us = (axis.span_us[1] - axis.span_us[0]) * _NARROWEST
    return [
        {"from_ms": one.from_us / 1000, "to_ms": one.to_us / 1000, "reason": one.reason}
        for one in blocked_spans(series)
        if one.to_us - one.from_us >= least_us
    ]


def _movement_strip(
    axis: Axis,
    series: MovementSeries,
    movement: Envelope,
    recorded_b: NDArray[np.bool_],
    own: Sequence[OwnHour],
) -> dict[str, Any]:
    top = max(full_scale([series]), max((one.high for one in own), default=0.0)) * 1.05
    return {
        **_strip("Movement", "bars", 128, movement),
        "tone": "accent",
        "top": top,
        "levels": scale_levels(top),
        # Where values and blanks share a bin, the spans tell; here only bins without any value.
        "blocked": axis.runs(recorded_b & (movement.known_b == 0)),
        "band": [
            [one.from_us / 1000, one.to_us / 1000, *(round(x, 4) for x in _quartiles(one))]
            for one in own
        ],
    }


def _quartiles(own: OwnHour) -> tuple[float, float, float]:
    return own.low, own.median, own.high


def _limb_strips(
    axis: Axis, trends: Trends, recorded_b: NDArray[np.bool_], movement: Envelope
) -> list[dict[str, Any]]:
    limbs = {name: axis.bins(trends.starts_us, trends.numbers[name]) for name in LIMB_WORDS}
    means = np.concatenate([one.mean_b for one in limbs.values()])
    known = means[np.isfinite(means)]
    top = max(0.5, float(np.quantile(known, 0.98)) if known.size else 0.0) * 1.05
    return [
        {
            **_strip(LIMB_WORDS[name], "bars", 30, one),
            "tone": name.split("_")[0],
            "top": top,
            "levels": [],
            "blocked": axis.runs(recorded_b & (one.known_b == 0)),
            "why": _why_no_limb(axis, trends, name, recorded_b & (one.known_b == 0), movement),
        }
        for name, one in limbs.items()
    ]


def _why_no_limb(
    axis: Axis, trends: Trends, name: str, blank_b: NDArray[np.bool_], movement: Envelope
) -> list[str]:
    """Return why a limb has no value in a bin; nothing where the whole body has none either."""
    covered_t = np.array([1.0 if name in parts else np.nan for parts in trends.covered])
    covered_b = axis.bins(trends.starts_us, covered_t).known_b > 0
    alone_b = blank_b & (movement.known_b > 0)
    why_b = np.where(alone_b, np.where(covered_b, COVERED, TOO_LITTLE), "")
    return [str(word) for word in why_b]


def _symmetry_strip(axis: Axis, trends: Trends, recorded_b: NDArray[np.bool_]) -> dict[str, Any]:
    made = axis.bins(trends.starts_us, trends.numbers["symmetry"])
    return {
        **_strip("Left / right", "centre", 46, made),
        "top": 1.0,
        "levels": [{"value": 1, "text": "left"}, {"value": -1, "text": "right"}],
        "blocked": axis.runs(recorded_b & (made.known_b == 0)),
    }


def _state_strip(axis: Axis, trends: Trends, recorded_b: NDArray[np.bool_]) -> dict[str, Any]:
    """Return the shares of still, small and gross movement among the assessable seconds."""
    seconds = [axis.bins(trends.starts_us, trends.numbers[name]).mean_b for name in STATES]
    total_b = np.sum(seconds, axis=0)
    known_b = np.isfinite(total_b) & (total_b > 0)
    shares = np.full((2, len(total_b)), np.nan)
    np.divide(seconds[2], total_b, out=shares[0], where=known_b)
    np.divide(seconds[2] + seconds[1], total_b, out=shares[1], where=known_b)
    return {
        "title": "State",
        "kind": "stack",
        "height": 46,
        "top": 1.0,
        "levels": [],
        "mean": _listed(shares[1]),
        "low": _listed(shares[0]),
        "high": [],
        "blocked": axis.runs(recorded_b & ~known_b),
    }


def _posture_strip(
    axis: Axis, postures: Sequence[str], recorded_b: NDArray[np.bool_]
) -> dict[str, Any]:
    words = np.array(postures, dtype=object)
    runs = [
        {"from_ms": from_ms, "to_ms": to_ms, "word": word}
        for word in dict.fromkeys(word for word in postures if word)
        for from_ms, to_ms in axis.runs(words == word)
    ]
    return {
        "title": "Posture",
        "kind": "lanes",
        "height": 24,
        "top": 1.0,
        "levels": [],
        "runs": sorted(runs, key=lambda run: run["from_ms"]),
        "mean": [],
        "words": list(postures),
        "blocked": axis.runs(recorded_b & (words == "")),
    }


def _coverage_strip(coverage: Envelope) -> dict[str, Any]:
    return {
        **_strip("Coverage", "share", 30, coverage),
        "top": 1.0,
        "levels": [{"value": COVERAGE_LIMIT, "text": f"{COVERAGE_LIMIT:.0%}"}],
        "blocked": [],
    }


def _posture_of_bins(axis: Axis, trends: Trends) -> list[str]:
    """Return the commonest posture of each bin, or nothing where none is known."""
    words = sorted({word for word in trends.postures if word})
    if not words:
        return [""] * len(axis.starts_b)
    held = np.array(trends.postures, dtype=object)
    counts = [
        axis.bins(trends.starts_us, np.where(held == word, 1.0, np.nan)).known_b for word in words
    ]
    table = np.array(counts)
    return [
        words[int(at)] if table[:, number].any() else ""
        for number, at in enumerate(table.argmax(axis=0))
    ]


def _strip(title: str, kind: str, height_px: int, values: Envelope) -> dict[str, Any]:
    return {
        "title": title,
        "kind": kind,
        "height": height_px,
        "low": _listed(values.low_b),
        "mean": _listed(values.mean_b),
        "high": _listed(values.high_b),
    }


def _listed(values_b: Float) -> list[float | None]:
    return [None if np.isnan(value) else round(value, 4) for value in values_b.tolist()]


def _texts(
    axis: Axis,
    series: MovementSeries,
    movement: Envelope,
    coverage: Envelope,
    postures: Sequence[str],
) -> list[str]:
    """Return what each bin says, read out under the cursor."""
    reasons = _reason_of_bins(axis, series)
    texts = []
    for at, recorded in enumerate(_recorded(axis, series).tolist()):
        if not recorded:
            texts.append(f"{axis.name(at)}  nothing recorded")
            continue
        parts = [_said(movement, at) or f"not assessable: {reasons[at]}"]
        if coverage.known_b[at]:
            parts.append(f"coverage {coverage.mean_b[at]:.0%}")
        if postures and postures[at]:
            parts.append(postures[at])
        texts.append(f"{axis.name(at)}  {', '.join(parts)}")
    return texts


def _said(movement: Envelope, at: int) -> str:
    """Return the movement of a bin, with its lowest and highest where it holds several."""
    if not movement.known_b[at]:
        return ""
    said = f"{movement.mean_b[at]:.2f} {MOVEMENT_UNIT}"
    if movement.known_b[at] > 1:
        said += f" ({movement.low_b[at]:.2f} to {movement.high_b[at]:.2f})"
    return said


def _reason_of_bins(axis: Axis, series: MovementSeries) -> list[str]:
    """Return the commonest reason why windows of a bin are not assessable."""
    found: dict[int, Counter[str]] = {}
    blocked_t = np.isnan(series.values_t)
    for start_us, at in zip(
        series.starts_us[blocked_t].tolist(), np.flatnonzero(blocked_t).tolist(), strict=True
    ):
        place = (start_us - int(axis.starts_b[0])) // axis.width_us
        found.setdefault(place, Counter())[series.reasons[at] or NO_REASON] += 1
    return [
        found[at].most_common(1)[0][0] if at in found else NO_REASON
        for at in range(len(axis.starts_b))
    ]


def _label(axis: Axis, movement: Envelope) -> str:
    known = movement.high_b[movement.known_b > 0]
    highest = f", highest {known.max():.2f} {MOVEMENT_UNIT}" if known.size else ""
    from_clock, to_clock = (clock(at_us, axis.zone) for at_us in axis.span_us)
    return (
        f"Movement from {from_clock} to {to_clock}: "
        f"{known.size} of {len(axis.starts_b)} parts assessable{highest}. "
        "Arrow keys move through it."
    )
