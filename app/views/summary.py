"""A span in a few figures: the same on the Cot page and in the report."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from app.views.movement import MOVEMENT_UNIT
from app.views.system import Figure
from app.views.times import US_PER_MINUTE
from app.views.trends import STATES, Trends
from app.views.words import duration_words, held_words, sentence
from pipeline.movement import COVERAGE_LIMIT, Held, time_in_position

_POSTURE_WORDS = {"left": "on the left side", "right": "on the right side"}


@dataclass(frozen=True, slots=True)
class Summary:
    """What minutes come to. Durations in minutes; NaN = not assessable.

    ``quartiles``: of the minutes' quantity of motion (trunk lengths/s). ``states``: minutes still,
    small, gross. ``side``: median of (left - right) over their sum, over ``sided_min`` minutes.
    ``postures`` and ``reasons``: minutes by word, the most first. ``longest_posture``: the longest
    time in one position. ``why_not``: why a figure without a value has none.
    """

    span_min: float
    recorded_min: int
    assessable_min: int
    quartiles: tuple[float, float, float]
    states: tuple[float, float, float]
    bouts_per_h: float
    longest_rest_s: float
    side: float
    sided_min: int
    handled_min: float
    covered_min: int
    postures: dict[str, int]
    longest_posture: Held | None
    reasons: dict[str, int]
    cutoffs_hz: tuple[float, ...]

    @property
    def why_not(self) -> str:
        """Return the chief reason against the minutes of the span."""
        if not self.recorded_min:
            return "nothing was recorded"
        if self.assessable_min or not self.reasons:
            return "too little seen"
        return f"mostly {next(iter(self.reasons))}"


def summarise(trends: Trends, span_us: tuple[int, int]) -> Summary:
    """Return the figures of a span; ``trends`` holds its minutes."""
    known_t = trends.assessable_t
    states = [float(np.nansum(trends.numbers[name])) / 60 for name in STATES]
    hours = sum(states) / 60
    bouts = float(np.nansum(trends.numbers["bouts"]))
    cutoffs = trends.numbers["cutoff_hz"]
    return Summary(
        span_min=(span_us[1] - span_us[0]) / US_PER_MINUTE,
        recorded_min=len(trends),
        assessable_min=int(known_t.sum()),
        quartiles=_quartiles(trends.quantity_t[known_t]),
        states=(states[0], states[1], states[2]),
        bouts_per_h=bouts / hours if hours else float("nan"),
        longest_rest_s=_largest(trends.numbers["longest_rest_s"]),
        side=_middle(trends.numbers["symmetry"]),
        sided_min=int(np.isfinite(trends.numbers["symmetry"]).sum()),
        handled_min=_sum(trends.numbers["handled_s"]) / 60,
        covered_min=sum(bool(parts) for parts in trends.covered),
        postures=_counted([word for word in trends.postures if word]),
        longest_posture=_longest(trends),
        reasons=_counted(
            [reason.split(",")[0] or "too little seen" for reason in _blank_reasons(trends)]
        ),
        cutoffs_hz=tuple(sorted({round(float(hz), 2) for hz in cutoffs[np.isfinite(cutoffs)]})),
    )


def summary_figures(summary: Summary) -> list[Figure]:
    """Return the figures as the page and the report show them, each with what it rests on."""
    return [_coverage(summary), _movement(summary), *_states(summary), _rest(summary),
            _side(summary), _posture(summary), _handling(summary)]  # fmt: skip


def _coverage(summary: Summary) -> Figure:
    share = summary.assessable_min / summary.span_min if summary.span_min else 0.0
    return Figure(
        "Assessable",
        f"{share:.0%}",
        f"{_span(summary.assessable_min)} of {_span(summary.span_min)}; "
        f"{_span(summary.recorded_min)} recorded",
    )


def _movement(summary: Summary) -> Figure:
    low, median, high = summary.quartiles
    if np.isnan(median):
        return _not_assessable("Movement", summary)
    return Figure(
        "Movement", f"{median:.2f}", f"{MOVEMENT_UNIT}, quartiles {low:.2f} to {high:.2f}"
    )


def _states(summary: Summary) -> list[Figure]:
    total = sum(summary.states)
    if not total:
        return [_not_assessable(label, summary) for label in ("Still", "Moving")]
    still, small, gross = (part / total for part in summary.states)
    return [
        Figure("Still", f"{still:.0%}", f"{_span(summary.states[0])} of {_span(total)} assessed"),
        Figure("Moving", f"{small + gross:.0%}", f"gross {gross:.0%}, small {small:.0%}"),
    ]


def _rest(summary: Summary) -> Figure:
    if np.isnan(summary.bouts_per_h):
        return _not_assessable("Movements", summary)
    note = f"in {_span(sum(summary.states))} assessed"
    if not np.isnan(summary.longest_rest_s):
        note += f"; longest rest in a minute {summary.longest_rest_s:.0f} s"
    return Figure("Movements", f"{summary.bouts_per_h:.0f} /h", note)


def _side(summary: Summary) -> Figure:
    if np.isnan(summary.side):
        return _not_assessable("Left against right", summary)
    more = "left" if summary.side > 0 else "right"
    return Figure(
        "Left against right",
        f"{abs(summary.side):.0%} more {more}",
        f"median of {_span(summary.sided_min)} that showed both moving",
    )


def _posture(summary: Summary) -> Figure:
    if not summary.postures:
        return _not_assessable("Posture", summary)
    total = sum(summary.postures.values())
    word, minutes = next(iter(summary.postures.items()))
    note = f"of {_span(total)} told; {_longest_words(summary)}"
    return Figure("Posture", f"{sentence(word)} {minutes / total:.0%}", note)


def _longest_words(summary: Summary) -> str:
    one = summary.longest_posture
    if one is None:
        return "longest time in one position not assessable"
    where = _POSTURE_WORDS.get(one.posture, one.posture)
    return f"longest {held_words(one)} {where}"


def _handling(summary: Summary) -> Figure:
    if np.isnan(summary.handled_min):
        return _not_assessable("Handled", summary)
    covered = f"something covered for {_span(summary.covered_min)}"
    return Figure("Handled", _span(summary.handled_min), covered)


def _not_assessable(label: str, summary: Summary) -> Figure:
    return Figure(label, "Not assessable", summary.why_not)


def drawing_line() -> str:
    """Return what the drawing of movement means."""
    return (
        "Movement is the mean speed of 13 points in trunk lengths per second; light: the highest "
        "minute. Hatched: not assessable, never zero. Empty: nothing was recorded."
    )


def coverage_line() -> str:
    """Return by which rule a minute counts as assessable."""
    return f"A minute is assessable when {COVERAGE_LIMIT:.0%} of it shows the points needed."


def _span(minutes: float) -> str:
    return duration_words(minutes * 60)


def _quartiles(values: np.ndarray) -> tuple[float, float, float]:
    if not values.size:
        return (float("nan"),) * 3
    low, median, high = np.quantile(values, [0.25, 0.5, 0.75]).tolist()
    return low, median, high


def _sum(values: np.ndarray) -> float:
    return float(np.nansum(values)) if np.isfinite(values).any() else float("nan")


def _largest(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return float(known.max()) if known.size else float("nan")


def _middle(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if known.size else float("nan")


def _counted(words: list[str]) -> dict[str, int]:
    return dict(Counter(words).most_common())


def _blank_reasons(trends: Trends) -> list[str]:
    return [
        reason
        for reason, known in zip(trends.reasons, trends.assessable_t.tolist(), strict=True)
        if not known
    ]


def _longest(trends: Trends) -> Held | None:
    """Return the position held longest, of those of which enough was seen."""
    held = time_in_position(trends.starts_us, trends.postures)
    known = [one for one in held if one.is_assessable]
    return max(known, key=lambda one: one.to_us - one.from_us, default=None)
