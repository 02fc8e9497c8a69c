"""Charts as SVG text that takes its colours from the page's style, light or dark."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

Point = tuple[float, float]

_SIDE, _MARGIN = 300, 44


def reliability_chart(bins: Sequence[tuple[float, float, int]]) -> str:
    """Draw score against share right; ``bins``: (score, right, points). On the line is honest."""
    most = max((points for *_, points in bins), default=1)
    dots = "".join(
        f'<circle class="dot" cx="{_x(score):.1f}" cy="{_y(right):.1f}" '
        f'r="{3 + 7 * (points / most) ** 0.5:.1f}">'
        f"<title>score {score:.2f}: {right:.0%} of {points} points right</title></circle>"
        for score, right, points in bins
    )
    line = _path([(score, right) for score, right, _ in bins])
    ideal = f'<path class="ideal" d="M{_x(0)} {_y(0)} L{_x(1)} {_y(1)}"/>'
    return _frame(
        "Score and truth",
        ideal + f'<path class="line" d="{line}"/>' + dots,
        ("score", ("0", "0.5", "1")),
        ("points within 0.1 trunk", ("0 %", "50 %", "100 %")),
    )


def curve_chart(curve: Sequence[Point], up_to: float) -> str:
    """Draw the share of points within a distance; ``curve``: (trunks, share)."""
    line = _path([(x / up_to, y) for x, y in curve])
    return _frame(
        "How near",
        f'<path class="line" d="{line}"/>',
        ("distance in trunks", ("0", f"{up_to / 2:g}", f"{up_to:g}")),
        ("visible limb joints", ("0 %", "50 %", "100 %")),
    )


def bar(value: float, low: float | None, high: float | None) -> str:
    """Draw a share 0..1 as a bar with its interval."""
    spread = ""
    if low is not None and high is not None:
        left, right = 100 * _clip(low), 100 * _clip(high)
        spread = (
            f'<rect class="spread" x="{left:.1f}" y="3" width="{right - left:.1f}" height="4"/>'
        )
    return (
        '<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="ground" width="100" height="10"/>'
        f'<rect class="fill" width="{100 * _clip(value):.1f}" height="10"/>{spread}</svg>'
    )


def _frame(
    title: str, inside: str, across: tuple[str, Sequence[str]], up: tuple[str, Sequence[str]]
) -> str:
    ticks = "".join(
        f'<text x="{_x(k / 2):.0f}" y="{_y(0) + 18}" text-anchor="middle">{escape(across[1][k])}'
        f'</text><text x="{_x(0) - 6}" y="{_y(k / 2) + 4:.0f}" text-anchor="end">'
        f"{escape(up[1][k])}</text>"
        f'<path class="grid" d="M{_x(0)} {_y(k / 2)} H{_x(1)} M{_x(k / 2)} {_y(0)} V{_y(1)}"/>'
        for k in range(3)
    )
    names = (
        f'<text x="{_x(0.5)}" y="{_y(0) + 36}" text-anchor="middle">{escape(across[0])}</text>'
        f'<text x="{_x(0)}" y="{_y(1) - 12}">{escape(up[0])}</text>'
    )
    size = _SIDE + 2 * _MARGIN
    return (
        f'<svg class="chart" viewBox="0 0 {size} {size}" role="img" '
        f'aria-label="{escape(title)}">{ticks}{inside}{names}</svg>'
    )


def _path(points: Sequence[Point]) -> str:
    return "M" + " L".join(f"{_x(x):.1f} {_y(y):.1f}" for x, y in points) if points else "M0 0"


def _x(share: float) -> float:
    return _MARGIN + _SIDE * _clip(share)


def _y(share: float) -> float:
    return _MARGIN + _SIDE * (1 - _clip(share))


def _clip(share: float) -> float:
    return min(1.0, max(0.0, share))
