"""FAULTS 27: backup while writing → restores whole."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import numpy as np
import pytest

from db.backup import backup
from db.check import check
from db.errors import Unavailable
from db.lifecycle import open_database
from db.store import Store
from tests.support.recorder import recording
from tests.support.tracks import infant_tracks


def test_backups_taken_while_frames_pour_in_restore_whole(tmp_path: Path):
    block = infant_tracks(20_000)
    stop = threading.Event()
    with recording(tmp_path / "cotside.db", flush_s=0.01) as session:

        def pour() -> None:
            for start in range(0, len(block), 25):
                session.append(block[start : start + 25])
                if stop.wait(0.005):
                    return

        pourer = threading.Thread(target=pour)
        pourer.start()
        lengths = []
        for number in range(4):
            time.sleep(0.15)
            out = tmp_path / f"{number}.backup"
            backup(tmp_path / "cotside.db", out)
            assert pourer.is_alive(), "the backup was to be taken while frames come"
            lengths.append(
                _restored_frames(out, tmp_path / f"restored-{number}.db", block.times_us)
            )
        stop.set()
        pourer.join()
    assert lengths == sorted(set(lengths)), "each backup holds more than the one before"


def _restored_frames(out: Path, restored: Path, times_us: np.ndarray) -> int:
    out.rename(restored)
    assert check(restored).whole
    engine = open_database(restored)
    store = Store(engine)
    got = store.keypoints(cot_id=store.cots()[0].id).block.times_us
    engine.dispose()
    np.testing.assert_array_equal(got, times_us[: len(got)])
    return len(got)


def test_a_backup_never_takes_the_place_of_a_file(tmp_path: Path):
    open_database(tmp_path / "cotside.db").dispose()
    kept = tmp_path / "kept"
    kept.write_text("mine")
    with pytest.raises(Unavailable, match="is there already"):
        backup(tmp_path / "cotside.db", kept)
    assert kept.read_text() == "mine"


def test_a_backup_to_a_folder_that_is_not_there_says_so(tmp_path: Path):
    open_database(tmp_path / "cotside.db").dispose()
    with pytest.raises(Unavailable, match="no such folder"):
        backup(tmp_path / "cotside.db", tmp_path / "nowhere" / "x")
    assert {file.name for file in tmp_path.iterdir()} == {"cotside.db"}
