from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.sources.times import LARGE_GAP_US, StreamTimes, Verdict

SIZE = (64, 48)
TAKE, NEW, DROP = Verdict.TAKE, Verdict.NEW_SEGMENT, Verdict.DROP


def judged(times_us):
    times = StreamTimes()
    return [times.judge(time_us, SIZE) for time_us in times_us]


def test_a_steady_stream_is_one_segment():
    assert judged([0, 40_000, 80_000]) == [NEW, TAKE, TAKE]


def test_missing_repeated_and_backward_times_are_dropped():
    assert judged([0, None, 40_000, 40_000, 20_000, 80_000]) == [NEW, DROP, TAKE, DROP, DROP, TAKE]


def test_a_large_gap_and_another_size_start_a_segment():
    assert judged([0, LARGE_GAP_US, 2 * LARGE_GAP_US + 1]) == [NEW, TAKE, NEW]
    times = StreamTimes()
    assert times.judge(0, (640, 480)) is NEW
    assert times.judge(1, (480, 640)) is NEW
    assert times.judge(2, (480, 640), jump=1) is NEW


def test_a_clock_set_back_starts_a_segment_instead_of_dropping_for_ever():
    behind = [n * 40_000 for n in range(8)]
    assert judged([3_600_000_000, *behind]) == [NEW, DROP, DROP, DROP, DROP, NEW, TAKE, TAKE, TAKE]


@given(st.lists(st.one_of(st.none(), st.integers(-(10**7), 10**7)), max_size=60))
def test_times_within_a_segment_always_rise(times_us):
    times, last_us = StreamTimes(), None
    for time_us in times_us:
        verdict = times.judge(time_us, SIZE)
        if verdict is TAKE:
            assert last_us is not None
            assert 0 < time_us - last_us <= LARGE_GAP_US
        if verdict is not DROP:
            last_us = time_us
