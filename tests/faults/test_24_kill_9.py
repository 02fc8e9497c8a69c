"""FAULTS 24: kill -9 while recording → at most 2 s lost, integrity check passes."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import pytest

from db.check import check
from db.lifecycle import open_read_only
from db.store import Store
from tests.support.recorder import start_child

KILLS = int(os.environ.get("COTSIDE_KILLS", "6"))


@pytest.mark.slow
@pytest.mark.timeout(60 + 15 * KILLS)
def test_a_killed_recorder_loses_at_most_2_s_and_leaves_a_whole_file(tmp_path: Path):
    """The same file is written, killed at a random moment and taken up again, many times."""
    database = tmp_path / "cotside.db"
    worst_s = 0.0
    handed_over = 0
    for _ in range(KILLS):
        newest_us = _record_and_kill(database, after_s=random.uniform(0.2, 3.0))
        handed_over += len(newest_us)
        report = check(database)
        assert report.whole, report.faults
        worst_s = max(worst_s, _lost_s(database, newest_us))
    print(f"{KILLS} kills, {handed_over} series, at most {worst_s:.2f} s lost")
    assert handed_over
    assert worst_s <= 2.0


def _record_and_kill(database: Path, *, after_s: float) -> dict[int, int]:
    """Return, for each segment, the time of the last frame that was handed to the writer."""
    child = start_child(database)
    assert child.stdout is not None
    first = child.stdout.readline()
    time.sleep(after_s)
    child.kill()
    rest = child.stdout.read()
    child.stdout.close()
    child.wait()
    newest_us: dict[int, int] = {}
    for line in (first + rest).splitlines(keepends=True):
        if line.endswith("\n"):
            segment_id, time_us = map(int, line.split())
            newest_us[segment_id] = time_us
    return newest_us


def _lost_s(database: Path, newest_us: dict[int, int]) -> float:
    engine = open_read_only(database)
    store = Store(engine)
    lost_us = 0
    for recording in store.recordings():
        series = store.keypoints(recording_id=recording.id)
        for segment in store.segments(recording.id):
            if segment.id in newest_us:
                stored_us = series.block.times_us[-1] if len(series.block) else segment.started_us
                lost_us = max(lost_us, newest_us[segment.id] - int(stored_us))
    engine.dispose()
    return lost_us / 1e6
