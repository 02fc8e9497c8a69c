"""FAULTS 34: orphan row → rejected on every connection."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from db.engine import writing
from db.errors import RowRejected
from db.lifecycle import open_database
from db.schema import Camera, Chunk, Recording, Segment
from tests.support.recorder import recording, wait_until
from tests.support.tracks import infant_tracks

ORPHANS = {
    "camera without a cot": Camera(cot_id=9, name="c", url="u"),
    "recording without a cot": Recording(cot_id=9, source="live", name="r"),
    "segment without a recording": Segment(
        recording_id=9, number=1, width=1, height=1, reason="start"
    ),
    "chunk without a segment": Chunk(
        segment_id=9, model_id=9, start_us=0, end_us=0, n_frames=1, payload=b""
    ),
}


@pytest.mark.parametrize("kind", ORPHANS)
def test_an_orphan_is_rejected(kind: str, tmp_path: Path):
    engine = open_database(tmp_path / "cotside.db")
    with pytest.raises(RowRejected, match="FOREIGN KEY"), writing(engine) as session:
        session.add(ORPHANS[kind])
    engine.dispose()


def test_an_orphan_is_rejected_on_every_connection_of_the_pool(tmp_path: Path):
    engine = open_database(tmp_path / "cotside.db")
    connections = [engine.connect() for _ in range(8)]
    for connection in connections:
        with pytest.raises(IntegrityError):
            connection.exec_driver_sql("INSERT INTO stays VALUES (1, 9, 9, 0, NULL)")
        connection.rollback()
    for connection in connections:
        connection.close()
    with closing(engine.raw_connection()) as raw, closing(raw.cursor()) as cursor:
        assert cursor.execute("PRAGMA foreign_keys").fetchone() == (1,)
    engine.dispose()


def test_a_cot_that_has_recordings_cannot_be_deleted_behind_their_back(tmp_path: Path):
    with recording(tmp_path / "cotside.db") as session:
        cot = session.store.cot(session.cot_id)
        with pytest.raises(RowRejected), writing(session.engine) as rows:
            rows.delete(cot)


def test_frames_for_a_segment_that_is_not_there_cost_the_others_nothing(tmp_path: Path):
    block = infant_tracks(50)
    with recording(tmp_path / "cotside.db", flush_s=0.05) as session:
        session.writer.append(
            999, session.model_id, 1, 0, block.keypoints_tkc[0], block.scores_tk[0]
        )
        session.append(block)
        wait_until(lambda: session.writer.state.stored_frames >= 50)
        assert len(session.store.keypoints(cot_id=session.cot_id).block) == 50
        assert session.writer.state.rejected_rows == 1
        wait_until(lambda: session.store.events(kinds=["row_rejected"]))
