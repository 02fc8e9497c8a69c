from __future__ import annotations

import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from db.errors import CodecError, DatabaseError, RowRejected
from db.lifecycle import open_database, open_read_only
from db.schema import Event, Heartbeat, MinuteRollup, Recording, Segment
from db.store import Store
from db.writer import Writer
from tests.support.recorder import (
    begin,
    begin_segment,
    make_model,
    recording,
    start_child,
    wait_until,
)
from tests.support.tracks import START_US, infant_tracks

MINUTE = 1500


def _chunk_frames(engine) -> list[int]:
    with closing(engine.raw_connection()) as connection, closing(connection.cursor()) as cursor:
        rows = cursor.execute("SELECT n_frames FROM chunks ORDER BY start_us").fetchall()
    return [row[0] for row in rows]


def test_what_was_appended_is_in_the_file_within_two_seconds(tmp_path: Path):
    block = infant_tracks(20)
    with recording(tmp_path / "cotside.db") as session:
        appended_s = time.monotonic()
        session.append(block)
        reader = open_read_only(tmp_path / "cotside.db")
        store = Store(reader)
        wait_until(lambda: len(store.keypoints(cot_id=session.cot_id).block) == 20)
        assert time.monotonic() - appended_s < 2
        reader.dispose()


def test_seconds_are_joined_to_minutes_when_the_minute_is_over(tmp_path: Path):
    block = infant_tracks(2 * MINUTE + 100)
    with recording(tmp_path / "cotside.db", flush_s=30) as session:
        for start in range(0, len(block), 100):
            session.append(block[start : start + 100])
            session.writer.register_model(make_model())  # an order stores what waits
        assert _chunk_frames(session.engine)[:2] == [MINUTE, MINUTE]
    engine = open_database(tmp_path / "cotside.db")
    assert _chunk_frames(engine) == [MINUTE, MINUTE, 100]
    got = Store(engine).keypoints(cot_id=session.cot_id).block
    np.testing.assert_array_equal(got.times_us, block.times_us)
    assert np.abs(got.keypoints_tkc - block.keypoints_tkc).max() <= 1 / 32 + 1e-4
    engine.dispose()


def test_a_chunk_never_reaches_over_a_minute(tmp_path: Path):
    block = infant_tracks(MINUTE + 10, start_us=START_US + 59_000_000)
    with recording(tmp_path / "cotside.db", flush_s=30) as session:
        session.append(block)
        session.writer.end_recording(session.recording_id)
        assert _chunk_frames(session.engine) == [25, MINUTE - 15]


def test_a_model_changed_in_mid_segment_loses_no_frame(tmp_path: Path):
    block = infant_tracks(200)
    with recording(tmp_path / "cotside.db", flush_s=0.05) as session:
        session.append(block[:90])
        old, session.model_id = (
            session.model_id,
            session.writer.register_model(make_model("1" * 64)),
        )
        session.append(block[90:])
        session.writer.end_recording(session.recording_id)
        series = session.store.keypoints(recording_id=session.recording_id)
    assert [(run.model_id, run.start, run.stop) for run in series.runs] == [
        (old, 0, 90),
        (session.model_id, 90, 200),
    ]
    np.testing.assert_array_equal(series.block.times_us, block.times_us)


def test_a_model_is_known_by_its_hash(tmp_path: Path):
    with recording(tmp_path / "cotside.db") as session:
        same = session.writer.register_model(make_model(name="renamed"))
        other = session.writer.register_model(make_model("2" * 64))
        assert same == session.model_id != other
        assert [model.name for model in session.store.models()] == ["test", "test"]


def test_appending_never_waits_and_takes_little_time(tmp_path: Path):
    block = infant_tracks(2000)
    with recording(tmp_path / "cotside.db") as session:
        began_s = time.perf_counter()
        session.append(block)
        each_us = (time.perf_counter() - began_s) / 2000 * 1e6
    print(f"append: {each_us:.0f} µs a frame")
    assert each_us < 500


def test_frames_beyond_the_room_are_refused_and_counted(tmp_path: Path):
    block = infant_tracks(100)
    with recording(tmp_path / "cotside.db", flush_s=30, max_waiting_frames=60) as session:
        assert session.append(block) == 60
        assert session.writer.state.dropped_frames == 40


def test_an_impossible_frame_is_refused_at_once_and_the_rest_is_stored(tmp_path: Path):
    block = infant_tracks(10)
    with recording(tmp_path / "cotside.db") as session:
        session.append(block)
        bad = block.keypoints_tkc[0].copy()
        bad[3] = np.inf
        args = (session.segment_id, session.model_id, block.times_us[-1] + 1, 0)
        with pytest.raises(CodecError):
            session.writer.append(*args, bad, block.scores_tk[0])
        with pytest.raises(CodecError):
            session.writer.append(*args, block.keypoints_tkc[0], block.scores_tk[0][:5])
        session.writer.end_recording(session.recording_id)
        assert len(session.store.keypoints(cot_id=session.cot_id).block) == 10


def test_frames_with_another_number_of_keypoints_cost_the_other_cots_nothing(tmp_path: Path):
    block = infant_tracks(10)
    with recording(tmp_path / "cotside.db", flush_s=60) as session:
        other = begin_segment(session.writer, session.recording_id, started_us=START_US)
        session.append(block)
        for t, count in enumerate((13, 17)):
            session.writer.append(
                other, session.model_id, START_US + t, 0, np.zeros((count, 2)), np.zeros(count)
            )
        session.writer.end_recording(session.recording_id)
        assert session.writer.state.dropped_frames == 2
        assert len(session.store.keypoints(cot_id=session.cot_id).block) == 10


def test_an_absent_pose_is_stored_with_its_reason(tmp_path: Path):
    with recording(tmp_path / "cotside.db") as session:
        session.writer.append(
            session.segment_id,
            session.model_id,
            START_US,
            1,
            np.full((13, 2), np.nan),
            np.zeros(13),
        )
        session.writer.end_recording(session.recording_id)
        block = session.store.keypoints(cot_id=session.cot_id).block
    assert np.isnan(block.keypoints_tkc).all()
    assert block.flags_t.tolist() == [1]


def test_a_second_segment_ends_the_first_and_gets_the_next_number(tmp_path: Path):
    block = infant_tracks(50)
    with recording(tmp_path / "cotside.db") as session:
        session.append(block)
        begin_segment(session.writer, session.recording_id, started_us=START_US + 10_000_000)
        first, second = session.store.segments(session.recording_id)
    assert (first.number, first.ended_us) == (1, block.times_us[-1])
    assert (second.number, second.ended_us) == (2, None)


def test_an_ended_recording_and_its_last_segment_are_marked(tmp_path: Path):
    block = infant_tracks(50)
    with recording(tmp_path / "cotside.db") as session:
        session.append(block)
        end_us = int(block.times_us[-1]) + 7
        session.writer.end_recording(session.recording_id, ended_us=end_us)
        found = session.store.recording(session.recording_id)
        assert (found.ended_us, found.clean_end) == (end_us, True)
        assert session.store.segments(session.recording_id)[0].ended_us == block.times_us[-1]
        with pytest.raises(RowRejected, match="no recording 99"):
            session.writer.end_recording(99)


def test_frames_that_come_while_others_are_stored_are_there_when_the_recording_is_ended(
    tmp_path: Path, monkeypatch
):
    block = infant_tracks(50)
    path = tmp_path / "cotside.db"
    with recording(path, flush_s=30) as session:
        store, asked = session.writer._flush, []

        def store_and_be_overtaken():
            store()
            if not asked:
                session.append(block)
                end = session.writer.end_recording
                asked.append(pool.submit(end, session.recording_id))
                wait_until(lambda: session.writer._orders)

        monkeypatch.setattr(session.writer, "_flush", store_and_be_overtaken)
        with ThreadPoolExecutor(1) as pool:
            session.writer.mark_clock_suspect(session.recording_id)
            asked[0].result(10)
        assert session.writer.state.stored_frames == len(block)
        (segment,) = session.store.segments(session.recording_id)
        assert segment.ended_us == block.times_us[-1]


def test_a_heartbeat_takes_the_place_of_its_instances_last(tmp_path: Path):
    with recording(tmp_path / "cotside.db", flush_s=0.05) as session:
        for beat_us in (1, 2, 3):
            for instance in ("a", "b"):
                session.writer.put(
                    Heartbeat(instance=instance, pid=1, started_us=0, beat_us=beat_us, version="0")
                )
        wait_until(lambda: session.store.heartbeat() and session.store.heartbeat().beat_us == 3)
        session.writer.put(
            Heartbeat(instance="b", pid=1, started_us=0, beat_us=9, version="0", detail={"fps": 25})
        )
        wait_until(lambda: session.store.heartbeat().beat_us == 9)
        assert session.store.heartbeat().detail == {"fps": 25}


def test_an_event_that_is_put_again_is_changed_not_doubled(tmp_path: Path):
    with recording(tmp_path / "cotside.db", flush_s=0.05) as session:
        event = Event(cot_id=session.cot_id, time_us=5, kind="stalled", message="no picture")
        session.writer.put(event)
        wait_until(lambda: event.id is not None)
        event.end_us = 9
        session.writer.put(event)
        wait_until(lambda: [e.end_us for e in session.store.events()] == [9])
        assert len(session.store.events(cot_id=session.cot_id)) == 1


def test_a_rollup_made_anew_takes_the_place_of_the_old(tmp_path: Path):
    with recording(tmp_path / "cotside.db", flush_s=0.05) as session:
        for version in (1, 2):
            session.writer.put(
                MinuteRollup(
                    recording_id=session.recording_id,
                    minute_us=START_US,
                    version=version,
                    frames_expected=1500,
                    frames_seen=1500,
                    frames_assessable=1400,
                    coverage=0.9,
                    quantity_of_motion_mean=0.1 * version,
                    limbs={},
                    reasons={},
                )
            )
            wait_until(
                lambda wanted=0.1 * version: (
                    session.store.rollups(session.cot_id).quantity_of_motion_mean.tolist()
                    == [wanted]
                )
            )


def test_a_row_that_the_schema_refuses_costs_only_itself(tmp_path: Path):
    with recording(tmp_path / "cotside.db", flush_s=0.05) as session:
        session.writer.put(Event(cot_id=999, time_us=1, kind="orphan", message="m"))
        session.writer.put(Event(cot_id=session.cot_id, time_us=1, kind="good", message="m"))
        session.append(infant_tracks(10))
        wait_until(lambda: session.store.events(kinds=["row_rejected"]))
        assert len(session.store.events(kinds=["good"])) == 1
        assert session.writer.state.rejected_rows == 1
        wait_until(lambda: session.writer.state.stored_frames == 10)


def test_closing_stores_what_waits(tmp_path: Path):
    with recording(tmp_path / "cotside.db", flush_s=60) as session:
        session.append(infant_tracks(70))
        assert session.writer.close() is True
        assert session.writer.state.kind == "stopped"
        assert len(session.store.keypoints(cot_id=session.cot_id).block) == 70
        with pytest.raises(DatabaseError, match="not running"):
            begin_segment(session.writer, session.recording_id, started_us=0)


def test_a_writer_that_was_never_started_says_so(tmp_path: Path):
    engine = open_database(tmp_path / "cotside.db")
    writer = Writer(engine)
    with pytest.raises(DatabaseError, match="not running"):
        writer.begin_recording(Recording(source="file", name="x"))
    assert writer.close() is True
    engine.dispose()


def test_an_error_goes_to_the_one_who_asked_and_the_writer_lives(tmp_path: Path):
    with recording(tmp_path / "cotside.db") as session:
        with pytest.raises(RowRejected):
            session.writer.begin_segment(
                Segment(recording_id=999, width=1, height=1, reason="start")
            )
        begin(session.store, session.writer, session.cot_id, started_us=START_US)


def test_the_log_stays_small_over_many_commits(tmp_path: Path, monkeypatch):
    monkeypatch.setattr("db.writer._CHECKPOINT_EVERY_S", 0.2)
    block = infant_tracks(9000)
    with recording(tmp_path / "cotside.db", flush_s=0.01) as session:
        for start in range(0, len(block), 100):
            session.append(block[start : start + 100])
            time.sleep(0.01)
        wait_until(lambda: session.writer.state.stored_frames == 9000)
        assert (tmp_path / "cotside.db-wal").stat().st_size < 4_000_000


@pytest.mark.slow
def test_a_recorder_told_to_stop_has_stored_every_frame_within_5_s(tmp_path: Path):
    child = start_child(tmp_path / "cotside.db", n_cots=4)
    assert child.stdout is not None
    lines = [child.stdout.readline() for _ in range(300)]
    told_s = time.monotonic()
    child.send_signal(signal.SIGTERM)
    lines += child.stdout.readlines()
    assert child.wait(10) == 0
    assert time.monotonic() - told_s < 5
    child.stdout.close()
    engine = open_read_only(tmp_path / "cotside.db")
    store = Store(engine)
    for found in store.recordings():
        assert found.clean_end is True
        (segment,) = store.segments(found.id)
        handed = [int(line.split()[1]) for line in lines if int(line.split()[0]) == segment.id]
        stored = store.keypoints(recording_id=found.id).block.times_us
        np.testing.assert_array_equal(stored, handed)
    engine.dispose()
