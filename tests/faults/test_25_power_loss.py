"""FAULTS 25: power loss → the same promise as at kill -9.

A power cut keeps what was flushed and may tear what was being written after it. So: every
connection flushes at each commit, and a log torn at any place gives a whole, shorter history.
"""

from __future__ import annotations

import random
import shutil
from contextlib import closing
from pathlib import Path

import numpy as np

from db.check import check
from db.lifecycle import open_database
from db.store import Store
from tests.support.recorder import recording, wait_until
from tests.support.tracks import infant_tracks


def test_every_connection_flushes_at_each_commit(tmp_path: Path):
    engine = open_database(tmp_path / "cotside.db")
    raw = [engine.raw_connection() for _ in range(4)]
    for pooled in raw:
        cursor = pooled.cursor()
        assert cursor.execute("PRAGMA synchronous").fetchone() == (2,)
        assert cursor.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        cursor.close()
        pooled.close()
    engine.dispose()


def test_a_log_torn_anywhere_gives_a_whole_shorter_history(tmp_path: Path):
    database = tmp_path / "cotside.db"
    block = infant_tracks(100)
    with recording(database, flush_s=0.05) as session:
        for start in range(0, 100, 10):
            session.append(block[start : start + 10])
            wait_until(lambda n=start + 10: session.writer.state.stored_frames == n)
        log = (tmp_path / "cotside.db-wal").read_bytes()
        base = database.read_bytes()
    assert len(log) > 50_000
    lengths = []
    for number, kept in enumerate([*sorted(random.sample(range(len(log)), 8)), len(log)]):
        torn = tmp_path / f"torn-{number}" / "cotside.db"
        torn.parent.mkdir()
        torn.write_bytes(base)
        torn.with_name("cotside.db-wal").write_bytes(log[:kept])
        lengths.append(_readable_frames(torn, block.times_us))
        shutil.rmtree(torn.parent)
    assert lengths == sorted(lengths)
    assert lengths[-1] == 100


def _readable_frames(database: Path, times_us: np.ndarray) -> int:
    engine = open_database(database)
    assert check(database).whole
    with closing(engine.raw_connection()):
        cots = Store(engine).cots()
        got = Store(engine).keypoints(cot_id=cots[0].id).block if cots else None
    engine.dispose()
    if got is None:
        return 0
    np.testing.assert_array_equal(got.times_us, times_us[: len(got)])
    return len(got)
