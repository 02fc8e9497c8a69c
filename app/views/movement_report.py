"""All measures of a track as one page that stands by itself: no link, no script."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from app.views.banner import RESEARCH_LINE
from app.views.times import US_PER_S
from pipeline.movement import Figure, quantity_of_motion
from pipeline.movement.base import seconds_lost
from pipeline.movement.bootstrap import AnyOf, AtLeast, Intervals
from pipeline.movement.samples import Window
from pipeline.movement.sources import Measured
from pipeline.movement.state import STATES, activity

_WIDTH, _HEIGHT, _STRIP = 960, 150, 14
_BINS = 480
_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.45 system-ui, sans-serif; max-width: 62rem; margin: 1.5rem auto;
  padding: 0 1rem; }
.research { border: 2px solid #b45309; padding: .5rem .8rem; font-weight: 600; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .2rem .6rem .2rem 0; border-bottom: 1px solid #8884; }
td.number, td.part { white-space: nowrap; }
.bar { fill: #0b5394; } .state0 { fill: #d5dbe3; } .state1 { fill: #7fb2d9; }
.state2 { fill: #0b5394; }
@media (prefers-color-scheme: dark) {
  .bar { fill: #6fa8dc; } .state0 { fill: #39424e; } .state1 { fill: #3d76a8; }
  .state2 { fill: #9fd0f7; }
}
.none { font-style: italic; opacity: .8; }
svg { width: 100%; height: auto; } figure { margin: 1rem 0; }
figcaption, .small { font-size: .9em; }
.wide { overflow-x: auto; }
"""
_METHOD = (
    "Keypoints below the calibrated confidence are missing; gaps up to 0.2 s are bridged, longer "
    "ones stay open. Positions pass the filter named below; speeds use the frames' own times, are "
    "divided by the trunk (mid-shoulder to mid-hip) and have the detector's jitter taken off. "
    "Nothing is computed over handling, camera movement, a covered part or a change of segment. "
    "Coverage is the share of the time with the points that a measure needs; below its limit (0.8, "
    "0.6 for posture) a figure is not assessable, which is not zero. Intervals: 95 %, by block "
    "bootstrap; of a maximum only the low end can be told, of a word which words it may be. Angles "
    "and lengths are those of the picture, not of the body in space. None of this is a diagnosis, "
    "and none of it is the assessment of general movements by an observer."
)


def report_html(measured: Measured, figures: Sequence[Figure]) -> str:
    """Return the page; ``figures`` in the order they shall stand in."""
    seconds = (measured.window_us[1] - measured.window_us[0]) / US_PER_S
    first = figures[0]
    facts = (
        f"{seconds:.1f} s · {measured.track.fps:.3g} frames/s · model {measured.model} · filter: "
        f"{first.filter} · measures version {first.version}"
    )
    title = f"Movement: {measured.name}"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>"
        f'<p class="research">{escape(RESEARCH_LINE)}</p><h1>{escape(title)}</h1>'
        f"<p>{escape(facts)}</p><p>{escape(lost_words(measured))}</p>{_timeline(measured)}{_table(figures)}"
        f'<h2>Method</h2><p class="small">{escape(_METHOD)}</p></body></html>\n'
    )


def lost_words(measured: Measured) -> str:
    """Say how much of the window could be watched at all, and what kept the rest from it."""
    lost = seconds_lost(measured.track, measured.window_us)
    told = [f"{word} {seconds:.1f} s" for word, seconds in lost.items() if seconds >= 0.05]
    tail = "Where frames could be watched, the keypoints were too unsteady for figures of speed."
    said = f"Could not be watched: {', '.join(told)}." if told else "All frames could be watched."
    return f"{said} {tail}" if measured.track.unsteady else said


def _table(figures: Sequence[Figure]) -> str:
    sections = []
    for name, group in groupby(figures, key=lambda one: one.measure):
        rows = _rows(list(group))
        sections.append(f'<tr><th colspan="4">{escape(words(name))}</th></tr>{rows}')
    head = "<tr><td>part</td><td>value</td><td>95 % interval</td><td>coverage</td></tr>"
    return f'<h2>Figures</h2><div class="wide"><table>{head}{"".join(sections)}</table></div>'


def _rows(group: Sequence[Figure]) -> str:
    """Return a row a part; parts none of which is assessable share one."""
    if len(group) == 1 or any(one.assessable for one in group):
        return "".join(_row(one) for one in group)
    why = " or ".join(dict.fromkeys(one.reason or "" for one in group))
    low, *_, high = (f"{share:.0%}" for share in sorted(one.coverage for one in group))
    shares = low if low == high else f"{low} to {high}"
    return (
        f'<tr><td class="part">all {len(group)} parts</td>'
        f'<td class="none">not assessable: {escape(why)}</td><td></td><td>{shares}</td></tr>'
    )


def _row(one: Figure) -> str:
    if one.value is None:
        shown = f'<td class="none">not assessable: {escape(one.reason or "")}</td>'
    else:
        kind = "small" if isinstance(one.value, tuple) else "number"
        shown = f'<td class="{kind}">{escape(value_words(one))}</td>'
    kind = "small" if isinstance(one.value, tuple) else "number"
    return (
        f'<tr><td class="part">{escape(words(one.part))}</td>{shown}'
        f'<td class="{kind}">{escape(interval_words(one))}</td>'
        f'<td class="number">{one.coverage:.0%}</td></tr>'
    )


def words(name: str) -> str:
    """Return a measure's or a part's name as words."""
    return name.replace("_", " ")


def value_words(one: Figure) -> str:
    """Return a figure's value with its unit."""
    unit = "" if one.unit in ("", "1") else f" {one.unit}"
    if isinstance(one.value, str):
        return one.value
    if isinstance(one.value, tuple):
        return " ".join(number(part) for part in one.value) + unit
    return "" if one.value is None else number(one.value) + unit


def interval_words(one: Figure) -> str:
    """Return a figure's interval, without its unit; of several numbers one after the other."""
    ends = one.interval
    if ends is None:
        return "" if one.value is None else "too few to say"
    if isinstance(ends, AtLeast):
        return f"at least {number(ends.low)}"
    if isinstance(ends, AnyOf):
        return " or ".join(ends.words)
    if isinstance(ends, Intervals):
        pairs = zip(ends.lows, ends.highs, strict=True)
        return "; ".join(_span(*pair) if any(pair) else "0" for pair in pairs)
    return _span(*ends)


def _span(low: float, high: float) -> str:
    return f"{number(low)} to {number(high)}"


def number(value: float) -> str:
    """Return a number to three digits, without a negative zero."""
    shown = f"{value:.3g}"
    return "0" if shown == "-0" else shown


def _timeline(measured: Measured) -> str:
    """Draw the quantity of motion and the activity state over time, holes shaded."""
    track, window_us = measured.track, measured.window_us
    motion = _binned(track.times_us, quantity_of_motion(track), window_us)
    states = _binned(track.times_us, activity(track), window_us)
    top = max(0.5, float(np.nanmax(motion)) if np.isfinite(motion).any() else 0.5)
    step = _WIDTH / len(motion)
    holes = "".join(
        f'<rect x="{at * step:.1f}" width="{step + 0.5:.1f}" height="{_HEIGHT}" fill="#8883"/>'
        for at in np.flatnonzero(~np.isfinite(motion))
    )
    bars = "".join(
        f'<rect x="{at * step:.1f}" y="{_HEIGHT * (1 - value / top):.1f}" width="{step + 0.2:.1f}" '
        f'height="{_HEIGHT * value / top:.1f}" class="bar"/>'
        for at, value in enumerate(motion)
        if np.isfinite(value)
    )
    strip = "".join(
        f'<rect x="{at * step:.1f}" y="{_HEIGHT + 6}" width="{step + 0.3:.1f}" height="{_STRIP}" '
        f'class="state{round(value)}"/>'
        for at, value in enumerate(states)
        if np.isfinite(value)
    )
    seconds = (window_us[1] - window_us[0]) / US_PER_S
    caption = (
        f"Quantity of motion, 0 to {number(top)} trunk/s, over {seconds:.0f} s; shaded: not "
        f"assessable. Below it the activity state, faint to strong: {', '.join(STATES)}."
    )
    return (
        f'<figure><svg viewBox="0 0 {_WIDTH} {_HEIGHT + _STRIP + 8}" role="img" '
        f'aria-label="{escape(caption)}">{holes}{bars}{strip}</svg>'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def _binned(
    times_us: NDArray[np.int64], values_t: NDArray[np.float64], window_us: Window
) -> NDArray[np.float64]:
    """Return the mean of equal spans of the window; NaN where a span has no value."""
    length_us = window_us[1] - window_us[0]
    count = int(np.clip(length_us // (US_PER_S // 2), 1, _BINS))
    number_t = np.clip((times_us - window_us[0]) * count // length_us, 0, count - 1)
    known = np.isfinite(values_t)
    sums = np.bincount(number_t[known], weights=values_t[known], minlength=count)
    counts = np.bincount(number_t[known], minlength=count)
    out = np.full(count, np.nan)
    np.divide(sums, counts, out=out, where=counts > 0)
    return out
