"""FAULTS 33: a second writer → waits up to 5 s, then a clear error."""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from db.check import check
from db.errors import DatabaseBusy
from db.lifecycle import open_database
from db.store import Store
from tests.support.recorder import recording, wait_until
from tests.support.tracks import infant_tracks


@pytest.mark.slow
def test_a_second_writer_waits_5_s_and_then_says_that_the_database_is_busy(tmp_path: Path):
    path = tmp_path / "cotside.db"
    engine = open_database(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        began_s = time.monotonic()
        with pytest.raises(DatabaseBusy, match="another program") as caught:
            Store(engine).add_cot("A")
        waited_s = time.monotonic() - began_s
    assert 4.5 < waited_s < 7
    assert "\n" not in str(caught.value)
    assert Store(engine).cots() == []
    engine.dispose()


def test_a_second_writer_gets_its_turn_when_the_first_lets_go(tmp_path: Path):
    path = tmp_path / "cotside.db"
    engine = open_database(path)
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        timer = threading.Timer(1.0, lambda: other.execute("COMMIT"))
        timer.start()
        began_s = time.monotonic()
        Store(engine).add_cot("A")
        assert time.monotonic() - began_s > 0.9
        timer.join()
    engine.dispose()


@pytest.mark.slow
def test_the_recorder_keeps_its_frames_while_another_program_writes_and_stores_them_after(
    tmp_path: Path,
):
    path = tmp_path / "cotside.db"
    block = infant_tracks(500)
    with recording(path, flush_s=0.1) as session:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            session.append(block)
            wait_until(lambda: session.writer.state.kind == "busy", 8)
            assert session.writer.state.waiting_frames == 500
            other.execute("COMMIT")
        wait_until(lambda: session.writer.state.waiting_frames == 0)
        assert session.writer.state.kind == "ok"
        got = session.store.keypoints(cot_id=session.cot_id).block
    np.testing.assert_array_equal(got.times_us, block.times_us)


def test_pages_edit_the_ward_while_the_monitor_writes_and_checkpoints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Two engines, as in two processes: reads that turn into writes never fail at once."""
    monkeypatch.setattr("db.writer._CHECKPOINT_EVERY_S", 0.01)
    path = tmp_path / "cotside.db"
    block = infant_tracks(4000)
    with recording(path, flush_s=0.005) as session:
        pages = open_database(path)
        store = Store(pages)
        camera = store.add_camera(session.cot_id, name="c", url="rtsp://x/0")
        for edit in range(100):
            session.append(block[40 * edit : 40 * edit + 40])
            store.edit_camera(camera, url=f"rtsp://x/{edit + 1}")
        assert store.camera(camera).revision == 101
        pages.dispose()
        wait_until(lambda: session.writer.state.stored_frames == 4000)
    assert check(path).whole
