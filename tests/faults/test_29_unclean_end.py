"""FAULTS 29: unclean end → marked at the next start."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from db.lifecycle import open_database
from db.schema import Event, Heartbeat, Recording
from db.store import Store
from tests.support.recorder import START_US, begin, recording, start_child, wait_until
from tests.support.tracks import infant_tracks


@pytest.mark.slow
def test_a_killed_recording_is_marked_and_ends_with_its_last_stored_frame(tmp_path: Path):
    child = start_child(tmp_path / "cotside.db", n_cots=2)
    assert child.stdout is not None
    for _ in range(120):
        child.stdout.readline()
    child.kill()
    child.stdout.close()
    child.wait()
    engine = open_database(tmp_path / "cotside.db")
    store = Store(engine)
    left = [recording.id for recording in store.recordings()]
    assert len(left) == 2
    assert sorted(store.mark_unclean_recordings()) == sorted(left)
    for recording_id in left:
        found = store.recording(recording_id)
        series = store.keypoints(recording_id=recording_id)
        assert found.clean_end is False
        assert found.ended_us == series.block.times_us[-1]
        assert store.segments(recording_id)[0].ended_us == found.ended_us
        assert [e.kind for e in store.events(recording_id=recording_id)] == ["unclean_end"]
        assert _chunks(engine, recording_id) <= 2, "seconds are joined to minutes"
    assert store.mark_unclean_recordings() == [], "once"
    engine.dispose()


def _chunks(engine, recording_id: int) -> int:
    with closing(engine.raw_connection()) as connection, closing(connection.cursor()) as cursor:
        return cursor.execute(
            "SELECT count(*) FROM chunks JOIN segments ON segments.id = segment_id"
            " WHERE recording_id = ?",
            (recording_id,),
        ).fetchone()[0]


def test_an_orderly_end_and_a_review_in_progress_are_left_alone(tmp_path: Path):
    with recording(tmp_path / "cotside.db") as session:
        session.append(infant_tracks(10))
        session.writer.end_recording(session.recording_id)
        review = session.writer.begin_recording(Recording(source="file", name="clip.mp4"))
        assert session.store.mark_unclean_recordings() == []
        assert session.store.recording(session.recording_id).clean_end is True
        assert session.store.recording(review).clean_end is None


def test_what_was_going_on_when_the_monitor_died_ends_with_its_last_heartbeat(tmp_path: Path):
    with recording(tmp_path / "cotside.db", flush_s=0.05) as session:
        put = session.writer.put
        put(Heartbeat(instance="a", pid=1, started_us=0, beat_us=500, version="0"))
        put(Event(cot_id=session.cot_id, time_us=300, kind="offline", message="m"))
        put(Event(cot_id=session.cot_id, time_us=700, kind="stalled", message="m"))
        put(Event(cot_id=session.cot_id, time_us=100, end_us=200, kind="dark", message="m"))
        wait_until(lambda: len(session.store.events()) == 3)
        session.store.mark_unclean_recordings()
        ends = {event.kind: event.end_us for event in session.store.events(to_us=1000)}
    assert ends == {"offline": 500, "stalled": 700, "dark": 200}


def test_a_recording_without_a_frame_ends_where_it_began(tmp_path: Path):
    with recording(tmp_path / "cotside.db") as session:
        other, _ = begin(session.store, session.writer, session.cot_id, started_us=START_US + 5)
        session.store.mark_unclean_recordings()
        assert session.store.recording(other).ended_us == START_US + 5
