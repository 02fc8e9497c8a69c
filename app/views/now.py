"""How an infant is now, in four figures beside its picture."""

from __future__ import annotations

from collections.abc import Sequence

from app.views.activity import activity
from app.views.movement import MOVEMENT_UNIT, last_minute
from app.views.own_days import OwnHour
from app.views.system import Figure
from app.views.times import US_PER_MINUTE
from app.views.trends import Trends
from app.views.words import held_words, sentence
from pipeline.movement import time_in_position

_NEWEST_WITHIN_US = 4 * US_PER_MINUTE


def now_figures(trends: Trends, own: Sequence[OwnHour], now_us: int) -> list[Figure]:
    """Return movement, activity, posture and what is usual; none of them older than minutes."""
    trends = trends.finished(now_us)
    return [
        _movement(trends, now_us),
        _activity(trends, now_us),
        _posture(trends, now_us),
        _usual(own),
    ]


def _movement(trends: Trends, now_us: int) -> Figure:
    newest = last_minute(trends.movement, now_us)
    if newest is None:
        return Figure("Movement", "–", "no full minute yet")
    value, coverage, reason = newest
    if value != value:
        return Figure("Movement", "Not assessable", reason or "too little seen")
    return Figure("Movement", f"{value:.2f}", f"{MOVEMENT_UNIT}, coverage {coverage:.0%}")


def _activity(trends: Trends, now_us: int) -> Figure:
    doing = activity(trends, now_us)
    if doing is None:
        return Figure("Activity", "–", "no full minute yet")
    if doing.level == "blind":
        return Figure("Activity", "Not assessable", doing.word.lower())
    return Figure("Activity", doing.word, "in the last minute")


def _posture(trends: Trends, now_us: int) -> Figure:
    if not len(trends) or now_us - int(trends.starts_us[-1]) > _NEWEST_WITHIN_US:
        return Figure("Posture", "–", "no full minute yet")
    posture = trends.postures[-1]
    if posture is None:
        return Figure("Posture", "Not assessable", trends.reasons[-1] or "too little seen")
    words = [_held(trends)]
    if trends.head_sides[-1]:
        side = trends.head_sides[-1]
        words.append("head in the midline" if side == "midline" else f"head to the {side}")
    shown = f"On the {posture} side" if posture in ("left", "right") else sentence(posture)
    return Figure("Posture", shown, ", ".join(words))


def _held(trends: Trends) -> str:
    """Return for how long the newest position has been held, and how much of that was seen."""
    newest = time_in_position(trends.starts_us, trends.postures)[-1]
    if not newest.is_assessable:
        return "how long is not assessable"
    return f"for {held_words(newest)}"


def _usual(own: Sequence[OwnHour]) -> Figure:
    if not own:
        return Figure("Own usual at this hour", "–", "fewer than 3 of the last 7 days seen")
    newest = own[-1]
    return Figure(
        "Own usual at this hour",
        f"{newest.low:.2f} to {newest.high:.2f}",
        f"{MOVEMENT_UNIT}, half of the minutes of {newest.days} days",
    )
