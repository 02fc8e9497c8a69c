"""How long frames wait while the minutes of all cots are counted.

    python -m tests.benchmarks.minute_stall [--cots 12] [--fps 15]

A loop takes a frame of every cot 15 times a second, as the monitor's does; then a minute ends for
all cots at once. Prints, as JSON, the longest that one turn of the loop took while the minutes were
counted by the loop itself and while they were counted beside it (from when it was due to when it
was done), and the processor time of one minute.
"""

from __future__ import annotations

import argparse
import json
import sys
import time

import numpy as np

from pipeline.monitor.counting import MinuteCounter, ToCount
from pipeline.monitor.minutes import CutMinute, MinuteBook
from pipeline.smoothing import make_causal
from pipeline.types import FrameFlag, Pose

MINUTE_US = 60_000_000
START_US = 1_790_000_040_000_000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cots", type=int, default=12)
    parser.add_argument("--fps", type=int, default=15)
    options = parser.parse_args()
    minutes = [minute_of(cot, options.fps) for cot in range(options.cots)]
    minutes[0].count()  # the first call makes the filter
    began_s = time.process_time()
    minutes[0].count()
    one_ms = 1000 * (time.process_time() - began_s)
    found = {
        "cots": options.cots,
        "one_minute_cpu_ms": one_ms,
        "longest_turn_without_minutes_ms": longest_turn_ms(options, []),
        "longest_turn_counted_by_the_loop_ms": longest_turn_ms(options, minutes),
        "longest_turn_counted_beside_it_ms": longest_turn_ms(options, minutes, MinuteCounter()),
    }
    json.dump({name: round(value, 1) for name, value in found.items()}, fp=sys.stdout, indent=1)


def minute_of(cot: int, fps: int) -> CutMinute:
    """Return a minute of an infant that moves a little."""
    rng = np.random.default_rng(cot)
    book = MinuteBook(START_US)
    body_kc = rng.uniform(100, 300, (13, 2))
    for number in range(60 * fps):
        shaken = body_kc + rng.normal(0, 1, (13, 2)) + 10 * np.sin(number / 20)
        pose = Pose(shaken.astype(np.float32), np.full(13, 0.9, np.float32), FrameFlag.NONE)
        book.add(START_US + number * 1_000_000 // fps, pose, number == 0)
    (minute,) = book.cut_rest(START_US + MINUTE_US - 1, float(fps))
    return minute


def longest_turn_ms(
    options: argparse.Namespace, minutes: list[CutMinute], beside: MinuteCounter | None = None
) -> float:
    """Return how late a loop of 4 s was at most with a turn; the minutes end after one second."""
    smoothers = [make_causal("one_euro") for _ in range(options.cots)]
    body_kc, scores_k = np.full((13, 2), 100.0, np.float32), np.full(13, 0.9, np.float32)
    longest_s, due_s = 0.0, time.perf_counter()
    for turn in range(4 * options.fps):
        time.sleep(max(0.0, due_s - time.perf_counter()))
        for smoother in smoothers:
            smoother.step(turn * 1_000_000 // options.fps, body_kc, scores_k)
        if turn == options.fps:
            for cot, minute in enumerate(minutes):
                _ = beside.hand_over(ToCount(cot, None, minute)) if beside else minute.count()
        longest_s = max(longest_s, time.perf_counter() - due_s)
        due_s = max(due_s + 1 / options.fps, time.perf_counter())
    if beside is not None:
        beside.close(60)
    return 1000 * longest_s


if __name__ == "__main__":
    main()
