"""FAULTS 26: disk full → rollback, advisory, live goes on, recording resumes; nothing deleted."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import event

from db.check import check
from db.errors import DiskFull
from db.lifecycle import open_database
from tests.support.recorder import Session, begin_segment, recording, wait_until
from tests.support.tracks import infant_tracks

MINUTE = 1500


class Ceiling:
    """A database that may not grow beyond a number of pages: SQLite says it is full."""

    def __init__(self, engine) -> None:
        self.pages = 2**30
        event.listen(engine, "checkout", self._apply)

    def _apply(self, connection, _record, _proxy) -> None:
        connection.execute(f"PRAGMA max_page_count = {self.pages}").fetchall()


def test_a_full_database_keeps_what_it_has_says_so_and_goes_on_by_itself(tmp_path: Path):
    engine = open_database(tmp_path / "cotside.db")
    ceiling = Ceiling(engine)
    with recording(tmp_path / "cotside.db", engine=engine, flush_s=0.1) as session:

        def fill() -> None:
            ceiling.pages = 1  # SQLite takes the present size for the least

        def make_room() -> None:
            ceiling.pages = 2**30

        _fill_and_recover(session, fill, make_room)
    assert check(tmp_path / "cotside.db").whole


def test_a_full_disk_keeps_what_it_has_says_so_and_goes_on_by_itself(small_disk: Path):
    database = small_disk / "cotside.db"
    ballast = small_disk / "ballast"
    with recording(database, flush_s=0.1) as session:

        def fill() -> None:
            with ballast.open("wb", buffering=0) as file:
                try:
                    while True:
                        file.write(bytes(4096))
                except OSError:
                    pass

        _fill_and_recover(session, fill, ballast.unlink)
    assert check(database).whole


def _fill_and_recover(session: Session, fill, make_room) -> None:
    block = infant_tracks(3 * MINUTE)
    writer, store = session.writer, session.store
    session.append(block[:MINUTE])
    wait_until(lambda: writer.state.stored_frames == MINUTE)
    fill()
    for start in range(MINUTE, 2 * MINUTE, 100):
        session.append(block[start : start + 100])
        wait_until(lambda: writer.state.waiting_frames or writer.state.kind == "disk_full")
    wait_until(lambda: writer.state.kind == "disk_full")
    assert "free space" in writer.state.line
    with pytest.raises(DiskFull):
        _begin_segments(session, 2000)  # the first few may still fit

    began_s = time.monotonic()
    assert session.append(block[2 * MINUTE :]) == MINUTE, "the live side goes on"
    assert time.monotonic() - began_s < 1.0
    before = store.keypoints(recording_id=session.recording_id).block
    assert len(before) >= MINUTE, "nothing of what was stored is gone"

    make_room()
    wait_until(lambda: writer.state.kind == "ok" and writer.state.waiting_frames == 0)
    assert writer.state.dropped_frames == 0
    wait_until(lambda: store.events(kinds=["disk_full"]), what="the advisory")
    got = store.keypoints(recording_id=session.recording_id).block
    np.testing.assert_array_equal(got.times_us, block.times_us)


def _begin_segments(session: Session, count: int) -> None:
    for _ in range(count):
        begin_segment(session.writer, session.recording_id, started_us=0)


def test_what_waits_for_a_full_disk_is_bounded_and_what_is_given_up_is_counted(tmp_path: Path):
    engine = open_database(tmp_path / "cotside.db")
    ceiling = Ceiling(engine)
    options = {"flush_s": 0.05, "max_waiting_bytes": 100_000}
    with recording(tmp_path / "cotside.db", engine=engine, **options) as session:
        writer = session.writer
        ceiling.pages = 1
        block = infant_tracks(6 * MINUTE)
        for start in range(0, len(block), 250):
            session.append(block[start : start + 250])
            wait_until(lambda: not (writer._backlog._frames or writer._backlog._in_hand))
        wait_until(lambda: writer.state.kind == "disk_full")
        kept, dropped = writer.state.waiting_frames, writer.state.dropped_frames
        assert 0 < kept < len(block)
        ceiling.pages = 2**30
        wait_until(lambda: writer.state.waiting_frames == 0)
        got = session.store.keypoints(recording_id=session.recording_id).block
        assert len(got) + dropped == len(block)
        np.testing.assert_array_equal(got.times_us[-kept:], block.times_us[-kept:])
        wait_until(lambda: session.store.events(kinds=["disk_full"]), what="the advisory")
        (advisory,) = session.store.events(kinds=["disk_full"])
        assert str(dropped) in advisory.message
