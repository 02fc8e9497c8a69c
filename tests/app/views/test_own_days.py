from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np

from app.views.own_days import days_seen, own_hours
from db.times import to_us
from tests.support.trends import MINUTE_US, NAN, made_trends

LONDON = ZoneInfo("Europe/London")
HOUR_US = 60 * MINUTE_US
DAY_US = 24 * HOUR_US
NOON_US = 1_795_176_000_000_000


def history(days: int, *, end_us: int = NOON_US, level=lambda hour, day: hour / 10):
    """Whole days that end at ``end_us``: each hour of UTC has a level of its own."""
    start_us = end_us - days * DAY_US
    minutes = start_us + np.arange(days * 1440) * MINUTE_US
    hours, day = minutes // HOUR_US % 24, (minutes - start_us) // DAY_US
    return made_trends(start_us, [level(h, d) for h, d in zip(hours, day, strict=True)])


def test_each_hour_is_compared_with_the_same_hour_of_the_days_before():
    (one, two) = own_hours(history(7), (NOON_US, NOON_US + 2 * HOUR_US), UTC)
    assert (one.low, one.median, one.high, one.days) == (1.2, 1.2, 1.2, 7)
    assert two.median == 1.3
    assert (one.from_us, one.to_us) == (NOON_US, NOON_US + HOUR_US)


def test_fewer_than_three_days_say_nothing():
    span_us = (NOON_US, NOON_US + HOUR_US)
    assert own_hours(history(2), span_us, UTC) == []
    assert own_hours(history(3), span_us, UTC)[0].days == 3


def test_an_hour_less_than_half_assessable_does_not_count():
    seen = history(4)
    at = np.flatnonzero(seen.starts_us // HOUR_US % 24 == 12)
    yesterday = at[seen.starts_us[at] >= NOON_US - DAY_US]
    seen.quantity_t[yesterday[:31]] = NAN
    assert own_hours(seen, (NOON_US, NOON_US + HOUR_US), UTC)[0].days == 3


def test_the_hour_itself_is_no_part_of_its_usual():
    seen = history(3, end_us=NOON_US + HOUR_US, level=lambda hour, day: 9.0 if day == 2 else 0.1)
    assert own_hours(seen, (NOON_US, NOON_US + HOUR_US), UTC) == []


def test_quartiles_are_those_of_the_pooled_minutes():
    seen = history(5, level=lambda hour, day: float(day))
    (hour,) = own_hours(seen, (NOON_US, NOON_US + HOUR_US), UTC)
    assert (hour.low, hour.median, hour.high) == (1.0, 2.0, 3.0)


def test_the_same_hour_is_that_of_the_wall_clock_across_a_change_of_the_clock():
    # London leaves summer time on 25 October 2026: noon is 11:00 UTC before and 12:00 UTC after.
    end_us = to_us(datetime(2026, 10, 26, 12, tzinfo=UTC))
    seen = history(8, end_us=end_us, level=lambda hour, day: float(hour))
    (hour,) = own_hours(seen, (end_us, end_us + HOUR_US), LONDON)
    # Noon of the 25th was 12:00 UTC; of the six days before it was 11:00 UTC.
    assert (hour.median, hour.days) == (11.0, 7)
    assert own_hours(seen, (end_us, end_us + HOUR_US), UTC)[0].median == 12.0


def test_it_says_on_how_many_days_it_rests():
    assert days_seen(own_hours(history(3), (NOON_US, NOON_US + HOUR_US), UTC)) == "3 days"
    assert days_seen([]) == ""
