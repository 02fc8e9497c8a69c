"""FAULTS 55: what is exported holds pseudonyms, shifted dates and no face, by default."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import cli
from db.engine import local_file, writing
from db.infants import InfantAges
from db.schema import Recording
from db.times import from_us
from pipeline.export import format_names
from tests.support.filmed import (
    N_FRAMES,
    TRUNK_PX,
    TRUTH_TKC,
    detail_energy,
    film,
    pictures,
)
from tests.support.hour import STARTED_US
from tests.support.signing_in import SETUP

SUFFIXES = {"coco": "json", "dlc": "csv", "netcdf": "nc"}
# DeepLabCut's table has no place for either.
NAMELESS = {"dlc"}


@pytest.fixture
def out_of(state, tmp_path: Path):
    """Export the film of an infant in a format, with the command and nothing asked beyond it."""
    _, recording = film(state.engine, tmp_path)
    infant = state.store.admit_infant("P-9", InfantAges(), cot_id=None, by=SETUP)
    with writing(state.engine) as session:
        row = session.get_one(Recording, recording)
        row.infant_id, row.name = infant, "Anna Smith.mp4"

    def export(name: str) -> Path:
        out = tmp_path / f"a.{SUFFIXES.get(name, name)}"
        arguments = ["keypoints", "export", "--recording", str(recording), "--format", name]
        arguments += ["--out", str(out), "--db", str(local_file(state.engine))]
        done = CliRunner().invoke(cli, arguments)
        assert done.exit_code == 0, done.output + str(done.exception)
        assert "Anna" not in done.output
        return out

    return export


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", format_names())
def test_keypoints_leave_under_a_pseudonym_on_another_day(out_of, name: str):
    content = out_of(name).read_bytes()
    assert b"Anna" not in content
    assert f"{from_us(STARTED_US):%Y-%m-%d}".encode() not in content
    assert (b"P-9" in content) == (name not in NAMELESS | {"csv"})


def test_a_video_leaves_without_a_face_a_name_or_a_date(out_of):
    out = out_of("video")
    assert b"Anna" not in out.read_bytes()
    original = pictures(out.with_name("Anna Smith.mp4"))
    for t in range(0, N_FRAMES, 10):
        head = TRUTH_TKC[t, 0], 0.35 * TRUNK_PX
        after = detail_energy(pictures(out)[t], *head)
        assert after < 0.1 * detail_energy(original[t], *head)
