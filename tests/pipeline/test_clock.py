from hypothesis import given
from hypothesis import strategies as st

from pipeline.clock import StreamTimeline, UtcClock

HOUR_NS = 3_600_000_000_000
NOON_2026_NS = 1_790_000_000 * 1_000_000_000


class Clocks:
    def __init__(self, wall_ns=NOON_2026_NS):
        self.wall_ns = wall_ns
        self.monotonic_ns = 5_000_000_000

    def make(self):
        return UtcClock(lambda: self.wall_ns, lambda: self.monotonic_ns)

    def pass_time(self, ns):
        self.wall_ns += ns
        self.monotonic_ns += ns


@given(st.integers(min_value=-2 * HOUR_NS, max_value=2 * HOUR_NS))
def test_setting_the_wall_clock_does_not_bend_durations(jump_ns):
    clocks = Clocks()
    clock = clocks.make()
    before_us = clock.now_us()
    clocks.pass_time(1_000_000_000)
    clocks.wall_ns += jump_ns
    assert clock.now_us() - before_us == 1_000_000


def test_a_jump_is_told_once_and_followed():
    clocks = Clocks()
    clock = clocks.make()
    clocks.wall_ns += HOUR_NS
    assert clock.take_jump_us() == 3_600_000_000
    assert clock.take_jump_us() == 0
    assert clock.now_us() == clocks.wall_ns // 1000


def test_a_clock_at_1970_is_suspect_and_a_set_one_is_not():
    assert Clocks(wall_ns=HOUR_NS).make().suspect
    assert not Clocks().make().suspect


def test_a_timeline_keeps_the_intervals_of_the_stream():
    timeline = StreamTimeline(stream_us=7, utc_us=1_000_007)
    assert timeline.time_us(7) == 1_000_007
    assert timeline.time_us(40_007) - timeline.time_us(7) == 40_000


def test_a_stream_clock_that_runs_away_is_noticed():
    timeline = StreamTimeline(stream_us=0, utc_us=0)
    assert not timeline.has_drifted(10_000_000, 11_000_000)
    assert timeline.has_drifted(10_000_000, 13_000_000)
