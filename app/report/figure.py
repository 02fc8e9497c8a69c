"""The trends of a report as vectors: from the chart's data to shapes, and shapes to SVG.

The shapes are few (rectangles, lines, words) so that HTML and PDF draw the very same ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import groupby
from typing import Any, Literal

WIDTH = 700.0
LEFT = 86.0
RIGHT = 6.0
_BETWEEN = 7.0
_MARKS = 16.0
_AXIS = 18.0
_HATCH_STEP = 5.0
_BLANK = "#f3f5f6"
INK, MUTED, HAIR, PALE = "#17232b", "#5b6a73", "#cfd8dc", "#e9eef0"
_TONES = {"accent": "#0b6e78", "left": "#2b86c5", "right": "#c27800"}
_LANES = {"supine": "#dde5e8", "prone": "#3c4a52", "left": "#b9d9ef", "right": "#f0d6a6"}
_HEIGHTS = {"bars": 33.0, "centre": 40.0, "stack": 46.0, "lanes": 19.0, "share": 26.0}
_MOVEMENT_HEIGHT = 160.0

Anchor = Literal["start", "middle", "end"]


@dataclass(frozen=True, slots=True)
class Box:
    """A filled rectangle."""

    x: float
    y: float
    width: float
    height: float
    fill: str


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line."""

    x1: float
    y1: float
    x2: float
    y2: float
    stroke: str
    width: float = 0.6


@dataclass(frozen=True, slots=True)
class Words:
    """A line of text; ``y`` is its base line. ``is_turned``: it runs upwards from its point."""

    x: float
    y: float
    text: str
    size: float = 9.0
    fill: str = INK
    anchor: Anchor = "start"
    is_turned: bool = False


Shape = Box | Line | Words


@dataclass(slots=True)
class Drawing:
    """Shapes in the order in which they are drawn, on a sheet of ``WIDTH`` by ``height``."""

    height: float = 0.0
    shapes: list[Shape] = field(default_factory=list)

    def svg(self, label: str) -> str:
        """Return the drawing as SVG markup."""
        body = "".join(_svg(shape) for shape in self.shapes)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {self.height:g}" '
            f'role="img" aria-label="{escape(label)}">{body}</svg>'
        )


def _svg(shape: Shape) -> str:
    if isinstance(shape, Box):
        return (
            f'<rect x="{shape.x:.1f}" y="{shape.y:.1f}" width="{shape.width:.2f}" '
            f'height="{shape.height:.1f}" fill="{shape.fill}"/>'
        )
    if isinstance(shape, Line):
        return (
            f'<line x1="{shape.x1:.1f}" y1="{shape.y1:.1f}" x2="{shape.x2:.1f}" '
            f'y2="{shape.y2:.1f}" stroke="{shape.stroke}" stroke-width="{shape.width:g}"/>'
        )
    turn = f' transform="rotate(-90 {shape.x:.1f} {shape.y:.1f})"' if shape.is_turned else ""
    return (
        f'<text x="{shape.x:.1f}" y="{shape.y:.1f}" font-size="{shape.size:g}" '
        f'fill="{shape.fill}" text-anchor="{shape.anchor}"{turn}>{escape(shape.text)}</text>'
    )


def draw(chart: Mapping[str, Any]) -> Drawing:
    """Draw what ``app.views.strips.trends_chart`` made."""
    return _Sheet(chart).drawn()


class _Sheet:
    def __init__(self, chart: Mapping[str, Any]) -> None:
        self.chart = chart
        self.made = Drawing()

    def drawn(self) -> Drawing:
        y = _MARKS
        places = []
        for number, strip in enumerate(self.chart["strips"]):
            height = _HEIGHTS[strip["kind"]] if number else _MOVEMENT_HEIGHT
            places.append((strip, y, y + height))
            y += height + _BETWEEN
        bottom = y - _BETWEEN
        self.made.height = bottom + _AXIS
        self._axis(_MARKS, bottom)
        for strip, top, foot in places:
            self._strip(strip, top, foot)
        self._reasons(places[0][1], places[0][2])
        self._marks(bottom)
        return self.made

    def x(self, ms: float) -> float:
        from_ms, to_ms = float(self.chart["from_ms"]), float(self.chart["to_ms"])
        share = (ms - from_ms) / (to_ms - from_ms)
        return LEFT + min(1.0, max(0.0, share)) * (WIDTH - LEFT - RIGHT)

    def _add(self, *shapes: Shape) -> None:
        self.made.shapes.extend(shapes)

    def _axis(self, top: float, bottom: float) -> None:
        free = -1e9
        for tick in self.chart["ticks"]:
            x, half = self.x(tick["at_ms"]), 2.4 * len(tick["text"])
            self._add(Line(x, top, x, bottom, MUTED if tick["is_day"] else HAIR, 0.5))
            if x - half > free + 6 and x + half < WIDTH:
                free = x + half
                self._add(Words(x, bottom + 12, tick["text"], 9, MUTED, "middle"))

    def _strip(self, strip: Mapping[str, Any], top: float, foot: float) -> None:
        blocked = [tuple(one) for one in strip["blocked"]]
        if strip is self.chart["strips"][0]:
            blocked += [(one["from_ms"], one["to_ms"]) for one in self.chart["spans"]]
        for from_ms, to_ms in blocked:
            self._hatch(self.x(from_ms), self.x(to_ms), top, foot)
        self._add(Line(LEFT, foot, WIDTH - RIGHT, foot, MUTED, 0.5))
        middle = top + 9 if foot - top > 40 else (top + foot) / 2 + 3
        self._add(Words(0, middle, strip["title"], 9.5))
        for level in strip["levels"]:
            self._level(strip, level, top, foot)
        {
            "bars": self._bars,
            "centre": self._centre,
            "stack": self._stack,
            "share": self._share,
            "lanes": self._lanes,
        }[strip["kind"]](strip, top, foot)

    def _hatch(self, left: float, right: float, top: float, foot: float) -> None:
        """Draw slanting lines, each cut to the box: neither format needs a pattern for it."""
        right = max(right, left + 0.8)
        self._add(Box(left, top, right - left, foot - top, _BLANK))
        height = foot - top
        offset = left // _HATCH_STEP * _HATCH_STEP - height
        while offset < right:
            low, high = max(left, offset), min(right, offset + height)
            if high > low:
                self._add(Line(low, foot - (low - offset), high, foot - (high - offset), "#9aa7ae"))
            offset += _HATCH_STEP

    def _level(self, strip: Mapping[str, Any], level: Any, top: float, foot: float) -> None:
        y = self._y(strip, level["value"], top, foot)
        if level["value"] not in (0, 1, -1):
            self._add(Line(LEFT, y, WIDTH - RIGHT, y, HAIR, 0.5))
        inset = 3.0 if strip["kind"] != "centre" else (7.5 if level["value"] > 0 else -1.0)
        self._add(Words(LEFT - 4, y + inset, level["text"], 8, MUTED, "end"))

    def _y(self, strip: Mapping[str, Any], value: float, top: float, foot: float) -> float:
        high = float(strip["top"])
        low = -high if strip["kind"] == "centre" else 0.0
        share = (min(high, max(low, value)) - low) / (high - low)
        return foot - share * (foot - top)

    def _columns(
        self, values: Sequence[float | None], lows: Sequence[float], highs: Sequence[float],
        fill: str,
    ) -> None:  # fmt: skip
        for at, value in enumerate(values):
            if value is None:
                continue
            left = self.x(self.chart["first_ms"] + at * self.chart["bin_ms"])
            right = self.x(self.chart["first_ms"] + (at + 1) * self.chart["bin_ms"])
            top, foot = highs[at], lows[at]
            if foot - top >= 0.1 and right > left:
                self._add(Box(left, top, right - left, foot - top, fill))

    def _heights(
        self, strip: Mapping[str, Any], values: Sequence[float | None], top: float, foot: float
    ) -> list[float]:
        return [self._y(strip, value or 0.0, top, foot) for value in values]

    def _bars(self, strip: Mapping[str, Any], top: float, foot: float) -> None:
        for from_ms, to_ms, low, median, high in strip.get("band", ()):
            left, right = self.x(from_ms), self.x(to_ms)
            y_low, y_mid, y_high = (self._y(strip, v, top, foot) for v in (low, median, high))
            self._add(
                Box(left, y_high, right - left, y_low - y_high, "#dbe1e4"),
                Line(left, y_mid, right, y_mid, MUTED, 0.8),
            )
        fill = _TONES[strip["tone"]]
        zeros = [foot] * len(strip["mean"])
        pale = {"#0b6e78": "#a8cfd3", "#2b86c5": "#b7d6ec", "#c27800": "#ecd3a4"}[fill]
        self._columns(strip["high"], zeros, self._heights(strip, strip["high"], top, foot), pale)
        self._columns(strip["mean"], zeros, self._heights(strip, strip["mean"], top, foot), fill)
        self._why(strip.get("why", ()), (top + foot) / 2)

    def _why(self, why: Sequence[str], height: float) -> None:
        """Write why a limb alone has no value, where there is room."""
        at = 0
        for text, run in groupby(why):
            first, at = at, at + len(list(run))
            ends = (self.chart["first_ms"] + place * self.chart["bin_ms"] for place in (first, at))
            left, right = (self.x(ms) for ms in ends)
            if text and right - left >= 4.6 * len(text) + 4:
                self._upright([text], (left + right) / 2, height)

    def _centre(self, strip: Mapping[str, Any], top: float, foot: float) -> None:
        zero = self._y(strip, 0.0, top, foot)
        self._add(Line(LEFT, zero, WIDTH - RIGHT, zero, HAIR, 0.5))
        ends = self._heights(strip, strip["mean"], top, foot)
        zeros = [zero] * len(ends)
        more = [v if v is not None and v > 0 else None for v in strip["mean"]]
        less = [v if v is not None and v < 0 else None for v in strip["mean"]]
        self._columns(more, zeros, ends, _TONES["left"])
        self._columns(less, ends, zeros, _TONES["right"])

    def _stack(self, strip: Mapping[str, Any], top: float, foot: float) -> None:
        gross = self._heights(strip, strip["low"], top, foot)
        both = self._heights(strip, strip["mean"], top, foot)
        self._columns(strip["mean"], gross, both, "#8fbfc4")
        self._columns(strip["low"], [foot] * len(gross), gross, _TONES["accent"])

    def _share(self, strip: Mapping[str, Any], top: float, foot: float) -> None:
        heights = self._heights(strip, strip["mean"], top, foot)
        self._columns(strip["mean"], [foot] * len(heights), heights, "#a9b5bb")

    def _lanes(self, strip: Mapping[str, Any], top: float, foot: float) -> None:
        for run in strip["runs"]:
            left, right = self.x(run["from_ms"]), self.x(run["to_ms"])
            word = run["word"]
            self._add(Box(left, top, right - left, foot - top, _LANES.get(word, PALE)))
            if right - left < 4.8 * len(word) + 4:
                word = word[0].upper() if right - left > 7 else ""
            if word:
                ink = "#ffffff" if run["word"] == "prone" else INK
                middle = (left + right) / 2
                self._add(Words(middle, (top + foot) / 2 + 3, word, 8.5, ink, "middle"))

    def _reasons(self, top: float, foot: float) -> None:
        for span in self.chart["spans"]:
            left, right = self.x(span["from_ms"]), self.x(span["to_ms"])
            lines = span["reason"].split(", ")
            if right - left >= 4.6 * max(len(line) for line in lines) + 4:
                self._upright(lines, (left + right) / 2, (top + foot) / 2)
            elif right - left >= 12 and 4.6 * len(span["reason"]) < foot - top - 8:
                self._turned(span["reason"], (left + right) / 2, foot - 5)

    def _upright(self, lines: Sequence[str], middle: float, height: float) -> None:
        first = height - 5.5 * (len(lines) - 1) + 3
        for number, line in enumerate(lines):
            y, width = first + 11 * number, 4.6 * len(line)
            self._add(
                Box(middle - width / 2, y - 8, width, 10.5, _BLANK),
                Words(middle, y, line, 9, INK, "middle"),
            )

    def _turned(self, text: str, middle: float, foot: float) -> None:
        length = 4.6 * len(text)
        self._add(
            Box(middle - 5, foot - length, 10.5, length, _BLANK),
            Words(middle + 3, foot, text, 9, is_turned=True),
        )

    def _marks(self, bottom: float) -> None:
        last = -1e9
        for mark in self.chart["marks"]:
            x = self.x(mark["at_ms"])
            if x - last < 5:
                continue
            last = x
            self._add(
                Line(x, 4, x, bottom, "#c3ccd0", 0.4),
                Words(x, 10, _SIGNS.get(mark["sign"], "●"), 9, _INKS.get(mark["sign"], MUTED),
                      "middle"),
            )  # fmt: skip


_SIGNS = {"high": "▲", "medium": "◆", "low": "●", "info": "○", "note": "●", "move": "→"}
_INKS = {"high": "#a3283b", "medium": "#8a5a00", "note": "#0b6e78", "move": "#0b6e78"}
