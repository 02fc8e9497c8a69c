"""What the monitor rolls up as frames come equals what is made anew from the stored keypoints."""

from __future__ import annotations

import math
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from db.codec import KeypointBlock
from db.engine import writing
from db.schema import MinuteRollup
from pipeline.monitor.minutes import MinuteBook
from pipeline.movement import MOVEMENT_VERSION
from pipeline.movement.recompute import Recomputed, Wanted, recompute
from pipeline.types import FrameFlag, Pose
from tests.support.motion import still, turned, with_noise
from tests.support.recorder import begin_segment, recording, wait_until
from tests.support.tracks import START_US

MINUTE_US = 60_000_000
FPS = 12.5
COLUMNS = [column.name for column in MinuteRollup.__table__.columns]


def night(minutes=4):
    """An infant that moves, is handled, and has a blanket over the hips from minute 2 on."""
    n = round(minutes * 60 * FPS)
    times_us = START_US + (np.arange(n) * 1e6 / FPS).round().astype(np.int64)
    angle = 0.4 * np.sin(2 * np.pi * 0.7 * np.arange(n) / FPS)
    points = turned(still(times_us), "left_shoulder", ("left_elbow", "left_wrist"), angle)
    scores = np.full((n, 13), 0.9, np.float32)
    scores[times_us >= START_US + 2 * MINUTE_US, 7:] = 0.1
    flags = np.zeros(n, np.uint16)
    flags[400:600] = FrameFlag.HANDLED
    return KeypointBlock(times_us, flags, with_noise(points, 0.002).astype(np.float32), scores)


def record_live(session, block, *, second_segment_at=None):
    """Store frames, and the minutes that the monitor makes of them as they come."""
    book = MinuteBook(int(block.times_us[0]))
    segment_id, rows = session.segment_id, []
    for t, time_us in enumerate(block.times_us):
        is_new = t == 0
        if second_segment_at == t:
            segment_id, is_new = begin_segment(session.writer, 1, started_us=int(time_us)), True
        pose = Pose(block.keypoints_tkc[t], block.scores_tk[t], FrameFlag(int(block.flags_t[t])))
        book.add(int(time_us), pose, is_new)
        session.writer.append(
            segment_id, session.model_id, time_us, int(pose.flags), *block_of(pose)
        )
        rows += [minute.count() for minute in book.cut_finished(int(time_us), FPS)]
    rows += [minute.count() for minute in book.cut_rest(int(block.times_us[-1]), FPS)]
    for row in rows:
        row.recording_id = session.recording_id
    session.writer.end_recording(session.recording_id, ended_us=int(block.times_us[-1]))
    session.store.put_minutes(rows)


def block_of(pose):
    return pose.keypoints_kc, pose.scores_k


def stored_rows(path):
    with closing(sqlite3.connect(path)) as connection:
        query = f"SELECT {', '.join(COLUMNS)} FROM minute_rollups ORDER BY minute_us"
        return [dict(zip(COLUMNS, row, strict=True)) for row in connection.execute(query)]


@pytest.mark.parametrize("second_segment_at", [None, 1000])
def test_minutes_made_anew_equal_those_of_the_monitor(tmp_path: Path, second_segment_at):
    path = tmp_path / "cotside.db"
    with recording(path, flush_s=0.1) as session:
        record_live(session, night(), second_segment_at=second_segment_at)
        before = stored_rows(path)
        done = recompute(session.store, Wanted(again=True))
        after = stored_rows(path)
    assert done == Recomputed(made=len(before))
    assert len(before) == 4
    for old, new in zip(before, after, strict=True):
        for name in COLUMNS:
            if isinstance(old[name], float):
                assert new[name] == pytest.approx(old[name], rel=1e-9, abs=1e-9), name
            else:
                assert new[name] == old[name], name
    assert before[0]["handled_s"] == pytest.approx(16, abs=0.2)
    assert before[0]["symmetry"] is None  # not enough of it was seen beside the handling
    assert before[1]["symmetry"] == pytest.approx(1, abs=0.1)
    assert before[3]["quantity_of_motion_mean"] is None
    assert "null" in before[3]["limbs"]  # under the blanket
    assert before[1]["posture"] == before[3]["posture"] == "supine"


def test_only_minutes_of_an_older_version_are_made_and_a_broken_run_goes_on(tmp_path: Path):
    path = tmp_path / "cotside.db"
    with recording(path, flush_s=0.1) as session:
        record_live(session, night())
        wanted_rows = stored_rows(path)
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute(
                "UPDATE minute_rollups SET version = 1, symmetry = NULL, limbs = '{}'"
                " WHERE minute_us >= ?",
                (START_US + 2 * MINUTE_US,),
            )
        part = Wanted(to_us=START_US + 3 * MINUTE_US)
        assert recompute(session.store, part) == Recomputed(made=1, current=2)
        assert recompute(session.store, Wanted()) == Recomputed(made=1, current=3)
        assert recompute(session.store, Wanted()) == Recomputed(current=4)
        rows = stored_rows(path)
    assert [row["version"] for row in rows] == [MOVEMENT_VERSION] * 4
    # The trunk of minutes under the blanket was looked up in the minutes before.
    for old, new in zip(wanted_rows, rows, strict=True):
        assert new["limbs"] == old["limbs"]


def test_minutes_without_stored_frames_keep_their_figures(tmp_path: Path):
    path = tmp_path / "cotside.db"
    with recording(path) as session:
        kept = MinuteRollup(
            recording_id=session.recording_id,
            minute_us=START_US,
            version=1,
            frames_expected=900,
            frames_seen=900,
            frames_assessable=900,
            coverage=1.0,
            quantity_of_motion_mean=0.4,
            limbs={},
            reasons={},
        )
        silent = MinuteRollup(
            recording_id=session.recording_id,
            minute_us=START_US + MINUTE_US,
            version=1,
            frames_expected=900,
            frames_seen=0,
            frames_assessable=0,
            coverage=0.0,
            limbs={},
            reasons={"no picture": 900},
        )
        with writing(session.engine) as rows:
            rows.add_all([kept, silent])
        assert recompute(session.store, Wanted()) == Recomputed(made=1, left=1)
        trend = session.store.rollups(session.cot_id)
    assert trend.quantity_of_motion_mean[0] == 0.4
    assert math.isnan(trend.quantity_of_motion_mean[1])
    assert trend.reasons[1] == {"no picture": 900}


def test_a_damaged_chunk_costs_its_own_hour_only_and_is_named(tmp_path: Path, caplog):
    path = tmp_path / "cotside.db"
    with recording(path, flush_s=0.1) as session:
        record_live(session, night(2))
        later = night(2)
        later.times_us[:] += 61 * MINUTE_US
        for t, time_us in enumerate(later.times_us):
            session.writer.append(
                session.segment_id,
                session.model_id,
                time_us,
                0,
                later.keypoints_tkc[t],
                later.scores_tk[t],
            )
        wait_until(lambda: session.writer.state.stored_frames >= 2 * len(later.times_us))
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("UPDATE chunks SET payload = x'00' WHERE start_us <= ?", (START_US,))
        done = recompute(session.store, Wanted(again=True))
    assert done.left >= 2
    assert done.made >= 2
    assert "recording 1" in caplog.text
