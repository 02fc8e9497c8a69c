"""What leaves the house: a pseudonym, shifted dates, the same days between them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from app.cli import cli
from db.engine import reading
from db.lifecycle import open_database
from db.people_schema import AuditEntry
from db.schema import Model, Recording, Segment
from db.store import Store
from db.times import from_us
from db.writer import Writer
from pipeline.export import ExportError, gather
from pipeline.export.gather import export_key, shift_days

DAY_US = 86_400_000_000
START_US = 1_790_000_000_000_000


def recorded(engine, start_us: int, infant_id: int | None, n_frames: int = 5) -> int:
    writer = Writer(engine)
    writer.start()
    model = Model(name="m", version="1", sha256="0" * 64, skeleton="infant13", manifest={})
    model_id = writer.register_model(model)
    recording_id = writer.begin_recording(
        Recording(source="file", name="Anna Smith.mp4", infant_id=infant_id, started_us=start_us)
    )
    segment_id = writer.begin_segment(
        Segment(
            recording_id=recording_id, started_us=start_us, width=640, height=480, reason="start"
        )
    )
    for n in range(n_frames):
        points = np.full((13, 2), 100 + n, np.float32)
        writer.append(segment_id, model_id, start_us + n * 40_000, 0, points, np.full(13, 0.9))
    writer.end_recording(recording_id)
    writer.close()
    return recording_id


@pytest.fixture
def engine(tmp_path: Path):
    made = open_database(tmp_path / "cotside.db")
    yield made
    made.dispose()


def test_recordings_of_one_infant_keep_the_days_between_them(engine):
    store = Store(engine)
    infant = store.add_infant("preemie-7")
    first, second = (recorded(engine, START_US + days * DAY_US, infant) for days in (0, 3))
    takes = [gather(store, one, b"k" * 32) for one in (first, second)]
    assert (takes[1].started - takes[0].started).days == 3
    assert (from_us(START_US) - takes[0].started).days == shift_days(b"k" * 32, "preemie-7")
    assert takes[0].subject == "preemie-7"
    assert gather(store, first, None).started == from_us(START_US)


def test_a_recording_of_nobody_known_has_a_number_for_a_name(engine):
    recording = recorded(engine, START_US, None)
    assert gather(Store(engine), recording, b"k" * 32).subject == f"recording-{recording}"


def test_a_recording_without_frames_is_told(engine):
    empty = recorded(engine, START_US, None, n_frames=0)
    with pytest.raises(ExportError, match="no frames"):
        gather(Store(engine), empty, None)


def test_the_key_is_made_once_and_for_its_owner_only(tmp_path: Path):
    folder = tmp_path / "not" / "there"
    key = export_key(folder)
    assert export_key(folder) == key
    assert (folder / "export.key").stat().st_mode & 0o077 == 0
    assert 30 <= shift_days(key, "preemie-7") < 3650


def test_the_command_exports_without_the_name_and_leaves_a_trace(engine, tmp_path: Path):
    recording = recorded(engine, START_US, None)
    out = tmp_path / "out.csv"
    database = str(tmp_path / "cotside.db")
    arguments = ["keypoints", "export", "--recording", str(recording), "--format", "csv"]
    result = CliRunner().invoke(cli, [*arguments, "--out", str(out), "--db", database])
    assert result.exit_code == 0, result.output
    assert len(out.read_text().splitlines()) == 6
    assert "Smith" not in out.read_text() + result.output
    with reading(engine) as session:
        entry = session.query(AuditEntry).one()
    assert (entry.action, entry.subject) == ("exported", f"recording/{recording}")


def test_blocks_are_taken_as_they_are_stored(engine):
    recording = recorded(engine, START_US, None)
    take = gather(Store(engine), recording, None)
    np.testing.assert_array_equal(take.keypoints_tkc[:, 0, 0], [100, 101, 102, 103, 104])
    np.testing.assert_allclose(take.times_s, np.arange(5) * 0.04)
