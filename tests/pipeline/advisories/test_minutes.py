"""From a stored minute to a fact: what could not be looked at says neither yes nor no."""

from __future__ import annotations

import pytest

from db.schema import MinuteRollup
from pipeline.advisories import Minute, kind_named
from pipeline.advisories.base import Verdict
from pipeline.advisories.minutes import minute_of

NOW_US = 1_795_000_020_000_000


def minute(seen: int = 900, handled_s: float | None = 0.0, **reasons: int) -> Minute:
    """A minute of 900 frames, of which so many were lost for each reason."""
    told = {word.replace("_", " "): count for word, count in reasons.items()}
    return minute_of(
        MinuteRollup(
            minute_us=NOW_US, frames_expected=900, frames_seen=seen, coverage=0.0,
            handled_s=handled_s, reasons=told,
        )
    )  # fmt: skip


def verdicts(one: Minute) -> list[Verdict]:
    kinds = [kind_named(name) for name in ("being_handled", "infant_not_visible")]
    return [kind.judge(one, kind.settings()).verdict for kind in kinds]


@pytest.mark.parametrize(
    "one",
    [
        minute(0, None, no_picture=900),
        minute(0, 0.0, no_picture=900),
        minute(100, 0.0, no_picture=800),
        minute(900, 0.0, lens_covered=900),
    ],
)
def test_a_minute_that_could_not_be_looked_at_begins_and_ends_nothing(one: Minute):
    assert verdicts(one) == [Verdict.UNKNOWN, Verdict.UNKNOWN]


def test_a_minute_that_was_looked_at_tells_of_hands_and_of_an_empty_cot():
    assert verdicts(minute(handled_s=50.0, being_handled=750)) == [Verdict.HOLDS, Verdict.CLEAR]
    assert verdicts(minute(no_infant_seen=880)) == [Verdict.CLEAR, Verdict.HOLDS]
