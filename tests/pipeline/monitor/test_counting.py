"""Minutes counted beside the loop: in order, bounded, none lost at an orderly end."""

import threading
import time

import numpy as np
import pytest

from pipeline.monitor.counting import MinuteCounter, ToCount
from pipeline.monitor.minutes import MinuteBook
from pipeline.types import FrameFlag, Pose

MINUTE_US = 60_000_000
NOON_US = 1_790_000_040_000_000


class Slow:
    """A minute that is counted when it is told to; ``minute_us`` is its number."""

    def __init__(self, number, go=None, fault=None):
        self.minute_us, self._go, self._fault = number, go, fault

    def count(self):
        if self._go is not None:
            assert self._go.wait(20)
        if self._fault is not None:
            raise self._fault
        return self.minute_us


@pytest.fixture
def counter():
    made = MinuteCounter(most_waiting=4)
    yield made
    made.close(10)


def hand_over(counter, *minutes):
    for minute in minutes:
        counter.hand_over(ToCount(1, None, minute))


def rows(counter):
    return [one.row for one in counter.take_counted()]


def test_minutes_come_back_in_the_order_given_each_once(counter):
    hand_over(counter, *[Slow(number) for number in range(4)])
    assert counter.close(10)
    assert rows(counter) == [0, 1, 2, 3]
    assert rows(counter) == []


def test_handing_over_never_waits_and_what_has_no_room_is_counted_as_given_up(counter, caplog):
    go = threading.Event()
    hand_over(counter, Slow(0, go))
    while not counter._waiting.empty():
        time.sleep(0.001)
    hand_over(counter, *[Slow(number) for number in range(1, 8)])
    assert counter.given_up == 3
    assert "recompute" in caplog.text
    go.set()
    assert counter.close(10)
    assert rows(counter) == [0, 1, 2, 3, 4]


def test_a_minute_that_cannot_be_counted_takes_no_other_with_it(counter, caplog):
    hand_over(counter, Slow(0, fault=ValueError("odd")), Slow(1))
    assert counter.close(10)
    assert rows(counter) == [1]
    assert counter.given_up == 1
    assert "ValueError: odd" in caplog.text


def test_an_end_within_a_limit_is_kept_even_while_a_minute_takes_for_ever(counter):
    go = threading.Event()
    hand_over(counter, *[Slow(number, go) for number in range(4)])
    assert not counter.close(0.05)
    go.set()


def test_the_counters_rows_are_those_of_the_books_minutes_counted_at_once(counter):
    rng = np.random.default_rng(4)
    books = [MinuteBook(NOON_US), MinuteBook(NOON_US)]
    body_kc = rng.uniform(100, 300, (13, 2)).astype(np.float32)
    for number in range(3 * 60 * 10):
        shaken = body_kc + rng.normal(0, 2, (13, 2)).astype(np.float32)
        pose = Pose(shaken, np.full(13, 0.9, np.float32), FrameFlag.NONE)
        for book in books:
            book.add(NOON_US + number * 100_000, pose, number == 0)
    now_us = NOON_US + 3 * MINUTE_US - 1
    hand_over(counter, *books[0].cut_rest(now_us, 10))
    assert counter.close(20)
    counted, at_once = rows(counter), [one.count() for one in books[1].cut_rest(now_us, 10)]
    assert len(counted) == len(at_once) == 3
    names = [column.name for column in type(counted[0]).__table__.columns]
    for mine, other in zip(counted, at_once, strict=True):
        assert {name: repr(getattr(mine, name)) for name in names} == {
            name: repr(getattr(other, name)) for name in names
        }
