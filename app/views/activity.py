"""What an infant is doing, in a word that can be read from three metres."""

from __future__ import annotations

import numpy as np

from app.views.times import US_PER_MINUTE
from app.views.trends import Trends
from app.views.words import Standing, sentence
from pipeline.movement.minute import CAMERA_SILENT, NOT_MONITORED

# Seconds of a minute in a state that give the minute its word.
MOVING_S = 6.0
STIRRING_S = 12.0
_NEWEST_WITHIN_US = 3 * US_PER_MINUTE
_STILL_WORTH_SAYING_MIN = 5
_SMALL_WORDS = Standing("good", "ripple", "Small movements")
_MOVING = Standing("good", "wave", "Moving")


def activity(trends: Trends, now_us: int) -> Standing | None:
    """Return what the newest minute says; None when it is older than three or says nothing.

    A minute that cannot be assessed is a standing too, whose word is the reason. One in which
    monitoring or the camera only began says nothing: beside a live picture "not monitored" or "no
    picture" would be untrue.
    """
    trends = trends.finished(now_us)
    if not len(trends) or now_us - int(trends.starts_us[-1]) > _NEWEST_WITHIN_US + US_PER_MINUTE:
        return None
    if not trends.assessable_t[-1]:
        why = trends.reasons[-1].split(",")[0]
        if why in (NOT_MONITORED, CAMERA_SILENT):
            return None
        return Standing("blind", "hatch", sentence(why) or "Too little seen")
    word = _word_of(trends, len(trends) - 1)
    if word == "still":
        minutes = still_minutes(trends)
        lasting = f"Still {minutes} min" if minutes >= _STILL_WORTH_SAYING_MIN else "Still"
        return Standing("calm", "rest", lasting)
    return {"moving": _MOVING, "stirring": _SMALL_WORDS}.get(word)


def still_minutes(trends: Trends) -> int:
    """Return for how many whole minutes in a row, up to the newest, an infant has lain still.

    A minute that cannot be assessed, or that was not recorded, ends the count.
    """
    count = 0
    for at in range(len(trends) - 1, -1, -1):
        is_next = count == 0 or trends.starts_us[at + 1] - trends.starts_us[at] == US_PER_MINUTE
        if not is_next or _word_of(trends, at) != "still":
            break
        count += 1
    return count


def _word_of(trends: Trends, at: int) -> str:
    """Return moving, stirring, still, or nothing where the minute does not say."""
    gross_s, small_s = (float(trends.numbers[name][at]) for name in ("gross_s", "small_s"))
    if np.isnan(gross_s) or np.isnan(small_s):
        return ""
    if gross_s >= MOVING_S:
        return "moving"
    return "stirring" if gross_s + small_s >= STIRRING_S else "still"
