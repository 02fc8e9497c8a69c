"""The curves of a training: the loss, and what was found in the validation pictures."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import quote

_WIDTH, _HEIGHT = 400, 120
# Told apart by dashes, and seen on light and dark pages alike.
_STYLES = (
    'vector-effect="non-scaling-stroke" stroke="#2f8f98"',
    'vector-effect="non-scaling-stroke" stroke="#c9822b" stroke-dasharray="7 4"',
)
_VALIDATION = "Validation: found within 0.2 (line) and 0.1 trunk (dashes)"
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Curves:
    """Points of (minutes, value): ``loss``, and shares 0..1 within 0.1 and 0.2 trunk lengths."""

    loss: tuple[Point, ...]
    near: tuple[Point, ...]
    far: tuple[Point, ...]


def read_curves(text: str) -> Curves:
    """Read the log of a training run; lines that cannot be read are left out."""
    rows = list(csv.DictReader(io.StringIO(text)))
    return Curves(*(tuple(_points(rows, name)) for name in ("loss", "pck_0.1", "pck_0.2")))


def _points(rows: Sequence[dict[str, str]], name: str) -> list[Point]:
    found = []
    for row in rows:
        try:
            found.append((float(row["elapsed_s"]) / 60, float(row[name])))
        except (KeyError, TypeError, ValueError):
            continue
    return found


def curves_html(curves: Curves) -> str:
    """Return both charts; a curve of fewer than two points is said instead of drawn."""
    best = max((value for _, value in curves.near), default=None)
    kept = "" if best is None else f"; kept is the best of the latter, {best:.0%}"
    return (
        '<div class="cotside-curves">'
        f"{_chart('Loss on what it learns from', [curves.loss], None)}"
        f"{_chart(_VALIDATION + kept, [curves.far, curves.near], 1.0)}"
        "</div>"
    )


def _chart(title: str, lines: list[tuple[Point, ...]], top: float | None) -> str:
    points = [point for line in lines for point in line]
    head = f"<figcaption>{escape(title)}</figcaption>"
    if min(len(line) for line in lines) < 2:
        return f"<figure>{head}<p>Too short a run to draw.</p></figure>"
    end = max(x for x, _ in points) or 1.0
    top = top or max(y for _, y in points) or 1.0
    drawn = "".join(
        f'<path {style} d="{_path(line, end, top)}"/>'
        for style, line in zip(_STYLES, lines, strict=False)
    )
    unit = f"{top:.0%}" if top == 1.0 and len(lines) > 1 else f"{top:.3g}"
    return (
        f'<figure>{head}<img alt="{escape(title)}" src="{_picture(drawn)}">'
        f"<p><span>0 min</span><span>top {unit}</span><span>{end:.1f} min</span></p></figure>"
    )


def _picture(drawn: str) -> str:
    """Return the lines as a picture: Streamlit takes drawings out of markup."""
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'preserveAspectRatio="none" fill="none" stroke-width="2">{drawn}</svg>'
    )
    return f"data:image/svg+xml,{quote(svg)}"


def _path(line: Sequence[Point], end: float, top: float) -> str:
    places = (
        f"{_WIDTH * x / end:.1f} {_HEIGHT * (1 - min(1.0, max(0.0, y / top))):.1f}" for x, y in line
    )
    return "M" + " L".join(places)
