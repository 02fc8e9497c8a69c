from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.views.times import clock, local, local_minutes, ticks, weekday, zone_of
from db.times import to_us

MINUTE_US = 60_000_000
DAY_MIN = 1440
ZONES = [
    "UTC", "Europe/London", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe",
    "America/St_Johns", "Pacific/Apia", "Africa/Cairo",
]  # fmt: skip
LONDON = ZoneInfo("Europe/London")


def us(*parts: int) -> int:
    return to_us(datetime(*parts, tzinfo=UTC))


@given(
    st.sampled_from(ZONES),
    st.integers(us(2025, 1, 1), us(2027, 1, 1)),
    st.integers(5, 10 * DAY_MIN),
)
def test_ticks_are_round_on_the_wall_clock_of_any_zone(name: str, from_us: int, minutes: int):
    zone = ZoneInfo(name)
    span_us = (from_us, from_us + minutes * MINUTE_US)
    made = ticks(span_us, zone)
    times_us = [tick.at_us for tick in made]
    assert len(times_us) >= 2
    assert times_us == sorted(set(times_us))
    assert all(span_us[0] <= at_us <= span_us[1] for at_us in times_us)
    for tick in made:
        moment = local(tick.at_us, zone)
        assert moment.second == 0
        assert tick.is_day or tick.text.startswith(f"{moment:%H:%M}")
    days = {local(at_us, zone).date() for at_us in (from_us, span_us[1])}
    assert len(made) <= 8 + 2 + minutes // DAY_MIN + len(days)


def test_a_week_has_a_tick_at_each_midnight_though_a_day_has_25_hours():
    span_us = (us(2026, 10, 22, 12), us(2026, 10, 29, 12))
    made = ticks(span_us, LONDON)
    assert [tick.text for tick in made] == [
        "Fri 23 Oct", "Sat 24 Oct", "Sun 25 Oct", "Mon 26 Oct", "Tue 27 Oct", "Wed 28 Oct",
        "Thu 29 Oct",
    ]  # fmt: skip
    hours = (np.diff([tick.at_us for tick in made]) / 3.6e9).tolist()
    assert hours == [24, 24, 25, 24, 24, 24]


def test_the_hour_that_comes_twice_is_told_apart_and_the_skipped_one_is_not_there():
    autumn = ticks((us(2026, 10, 25, 0, 0), us(2026, 10, 25, 2, 0)), LONDON, wanted=4)
    assert [tick.text for tick in autumn] == [
        "01:00 BST", "01:30 BST", "01:00 GMT", "01:30 GMT", "02:00",
    ]  # fmt: skip
    spring = ticks((us(2026, 3, 29, 0, 15), us(2026, 3, 29, 2, 0)), LONDON, wanted=4)
    assert [tick.text for tick in spring] == ["00:30", "02:00", "02:30", "03:00"]
    assert clock(us(2026, 3, 29, 1, 0), LONDON) == "02:00"


def test_a_day_begins_with_its_name():
    made = ticks((us(2026, 11, 19, 20), us(2026, 11, 20, 8)), UTC)
    assert [tick.text for tick in made if tick.is_day] == ["Fri 20 Nov"]
    assert weekday(us(2026, 11, 20), UTC) == "Fri 20 Nov"


@pytest.mark.parametrize("name", ZONES)
def test_the_wall_clock_of_many_minutes_is_that_of_each(name: str):
    zone = ZoneInfo(name)
    for start_us in (us(2026, 3, 28, 12), us(2026, 10, 24, 12), us(2026, 4, 4, 12)):
        times_us = start_us + np.arange(0, 2 * DAY_MIN, 7, dtype=np.int64) * MINUTE_US
        for time_us, minute in zip(
            times_us.tolist(), local_minutes(times_us, zone).tolist(), strict=True
        ):
            moment = local(time_us, zone)
            assert minute % DAY_MIN == moment.hour * 60 + moment.minute
            assert minute // DAY_MIN == (moment.date() - datetime(1970, 1, 1).date()).days


def test_an_unknown_zone_is_utc():
    assert zone_of("Mars/Olympus") is UTC
    assert zone_of(None) is UTC
