"""Movement over time: a series with its gaps and their reasons, as strips and as figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from app.theme import Palette
from app.views.times import US_PER_MINUTE, US_PER_S, clock, clock_s, local

MOVEMENT_UNIT = "trunk lengths/s"
_LEAST_FULL_SCALE = 0.5


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
        why = reason or "too little seen"
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
        return {"kind": "blocked", "title": f"{at} not assessable: {reason or 'too little seen'}"}
    height = round(min(1.0, value / scale), 3)
    return {"kind": "value", "height": height, "title": f"{at} {value:.2f} {MOVEMENT_UNIT}"}


def movement_figure(
    series: MovementSeries, span_us: tuple[int, int], zone: tzinfo, colours: Palette
) -> go.Figure:
    """Draw movement over a span; what cannot be assessed is shaded and says why.

    Gaps in the recording stay empty: no line is drawn across them.
    """
    figure = go.Figure()
    times, values, texts = _points(series, zone)
    is_minutes = series.window_us >= US_PER_MINUTE
    figure.add_trace(
        go.Bar(
            x=times,
            y=values,
            width=series.window_us / 1000 * 0.94,
            marker={"color": colours.accent, "line": {"width": 0}},
            customdata=texts,
            hovertemplate="%{customdata}<extra></extra>",
        )
        if is_minutes
        else go.Scatter(
            x=times,
            y=values,
            mode="lines",
            line={"color": colours.accent, "width": 2, "shape": "hv"},
            fill="tozeroy",
            fillcolor=_faint(colours.accent),
            customdata=texts,
            hovertemplate="%{customdata}<extra></extra>",
            connectgaps=False,
        )
    )
    for span in blocked_spans(series):
        _shade(figure, span, span_us, zone, colours)
    _dress(figure, series, span_us, zone, colours)
    return figure


def _points(
    series: MovementSeries, zone: tzinfo
) -> tuple[list[Any], list[float | None], list[str]]:
    times: list[Any] = []
    values: list[float | None] = []
    texts: list[str] = []
    previous_end: int | None = None
    half_us = series.window_us // 2
    show = clock if series.window_us >= US_PER_MINUTE else clock_s
    for start, value, coverage in zip(
        series.starts_us.tolist(), series.values_t.tolist(), series.coverage_t.tolist(), strict=True
    ):
        if previous_end is not None and start > previous_end:
            times.append(_naive(previous_end, zone))
            values.append(None)
            texts.append("")
        times.append(_naive(start + half_us, zone))
        values.append(None if np.isnan(value) else value)
        share = "" if np.isnan(coverage) else f", coverage {coverage:.0%}"
        texts.append(f"{show(start, zone)}  {value:.2f} {MOVEMENT_UNIT}{share}")
        previous_end = start + series.window_us
    return times, values, texts


def _shade(
    figure: go.Figure, span: Span, span_us: tuple[int, int], zone: tzinfo, colours: Palette
) -> None:
    from_us, to_us = max(span.from_us, span_us[0]), min(span.to_us, span_us[1])
    if to_us <= from_us:
        return
    is_wide = (to_us - from_us) > 0.09 * (span_us[1] - span_us[0])
    figure.add_vrect(
        x0=_naive(from_us, zone),
        x1=_naive(to_us, zone),
        fillcolor=colours.shade,
        opacity=1,
        line_width=0,
        layer="below",
        annotation={
            "text": _wrapped(span.reason) if is_wide else "",
            "font": {"size": 12, "color": colours.muted},
            "showarrow": False,
        },
        annotation_position="top left",
    )
    figure.add_trace(
        go.Scatter(
            x=[_naive((from_us + to_us) // 2, zone)],
            y=[0],
            mode="markers",
            marker={"opacity": 0, "size": 12},
            hovertemplate=(
                f"{clock_s(from_us, zone)} to {clock_s(to_us, zone)}<br>"
                f"not assessable: {span.reason}<extra></extra>"
            ),
        )
    )


def _dress(
    figure: go.Figure,
    series: MovementSeries,
    span_us: tuple[int, int],
    zone: tzinfo,
    colours: Palette,
) -> None:
    axis = {
        "gridcolor": colours.border,
        "zeroline": False,
        "linecolor": colours.border,
        "tickfont": {"color": colours.muted, "size": 13},
    }
    figure.update_layout(
        height=220,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        showlegend=False,
        hovermode="closest",
        bargap=0,
        xaxis={**axis, "range": [_naive(edge, zone) for edge in span_us], "showgrid": False},
        yaxis={
            **axis,
            "range": [0, full_scale([series]) * 1.08],
            "title": {
                "text": MOVEMENT_UNIT,
                "font": {"size": 12, "color": colours.muted},
                "standoff": 6,
            },
            "nticks": 4,
            "automargin": True,
        },
    )


def _naive(time_us: int, zone: tzinfo) -> str:
    # Plotly knows no zones: it is given the wall time of the zone that the page names.
    return local(time_us, zone).replace(tzinfo=None).isoformat(timespec="milliseconds")


def _wrapped(text: str) -> str:
    return text.replace(", ", ",<br>")


def _faint(colour: str) -> str:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.16)"


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
