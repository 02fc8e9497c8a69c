from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import cli
from db import audit
from db.engine import open_engine
from db.errors import NotFound, Unavailable
from pipeline.errors import SettingsError, SourceError
from pipeline.movement import MOVEMENT_VERSION, measure_names
from tests.support.motion import still, turned, with_noise
from tests.support.recorder import recording
from tests.support.tracks import START_US, infant_tracks

FRAMES = 40 * 25


@pytest.fixture(scope="module")
def database(tmp_path_factory) -> Path:
    """A recording of 40 s of an infant whose left arm swings."""
    path = tmp_path_factory.mktemp("movement") / "cotside.db"
    block = infant_tracks(FRAMES)
    seconds = (block.times_us - block.times_us[0]) / 1e6
    angle = 0.4 * (seconds % 10 < 5) * (seconds * 5 % 6.28 - 3.14)
    points = turned(still(block.times_us), "left_shoulder", ("left_elbow", "left_wrist"), angle)
    block.keypoints_tkc[:] = with_noise(points, 0.001)
    block.scores_tk[:] = 0.9
    with recording(path) as session:
        session.append(block)
        session.writer.end_recording(session.recording_id)
    return path


def _run(*args: str) -> str:
    result = CliRunner().invoke(cli, ["movement", *args], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_every_measure_of_a_recording_comes_as_json(database: Path):
    found = json.loads(_run("--db", str(database), "--recording", "1", "--json"))
    assert {one["measure"] for one in found["figures"]} == set(measure_names())
    assert found["research_use_only"] is True
    for one in found["figures"]:
        assert one["version"] == MOVEMENT_VERSION
        assert (one["value"] is None) == (one["reason"] is not None)
        assert 0 <= one["coverage"] <= 1
    (left,) = (
        one
        for one in found["figures"]
        if (one["measure"], one["part"]) == ("quantity_of_motion", "left_arm")
    )
    assert left["interval"][0] < left["value"] < left["interval"][1]


def test_the_page_stands_by_itself_and_says_what_it_is(database: Path, tmp_path: Path):
    page = tmp_path / "movement.html"
    _run("--db", str(database), "--recording", "1", "--html", str(page))
    text = page.read_text(encoding="utf-8")
    assert "Research use only" in text
    assert "not assessable" in text
    assert "<svg" in text
    assert not re.search(r"(?:src|href)=|<script|https?://", text)
    assert list(tmp_path.iterdir()) == [page]


def test_who_looks_at_a_recording_or_takes_its_figures_out_stands_in_the_audit_trail(
    database: Path, tmp_path: Path
):
    _run("--db", str(database), "--recording", "1", "--html", str(tmp_path / "page.html"))
    _run("--db", str(database), "--recording", "1")
    engine = open_engine(database)
    newest = audit.entries(engine, limit=2)
    engine.dispose()
    assert [(one.action, one.subject) for one in newest] == [
        ("viewed", "recording/1"),
        ("exported", "recording/1"),
    ]
    assert "at the terminal" in newest[0].who


def test_a_span_of_a_recording_has_its_own_figures(database: Path):
    span = "2026-05-28T20:27:00+00:00/2026-05-28T20:27:10+00:00"
    found = json.loads(_run("--db", str(database), "--recording", "1", "--span", span, "--json"))
    first_us, last_us = found["window_us"]
    assert first_us == START_US
    assert last_us - first_us == 10_000_000


@pytest.mark.parametrize(
    ("args", "error", "line"),
    [
        ((), SettingsError, "name either --recording or --video"),
        (("--recording", "9"), NotFound, "9"),
        (("--recording", "1", "--span", "yesterday"), SettingsError, "no time with a zone"),
        (
            ("--recording", "1", "--span", "2020-01-01T00:00Z/2020-01-02T00:00Z"),
            SettingsError,
            "no frames in that span",
        ),
    ],
)
def test_a_bad_request_is_one_line(database: Path, args, error, line):
    with pytest.raises(error, match=line) as caught:
        _run("--db", str(database), *args)
    assert "\n" not in str(caught.value)


def test_files_that_cannot_be_read_are_named(tmp_path: Path):
    text = tmp_path / "notes.mp4"
    text.write_text("not a video")
    with pytest.raises(SourceError, match="notes"):
        _run("--video", str(text))
    with pytest.raises(Unavailable, match="absent"):
        _run("--db", str(tmp_path / "absent.db"), "--recording", "1")


def test_minutes_are_made_anew_once(database: Path):
    args = ("recompute", "--db", str(database), "--json")
    assert json.loads(_run(*args)) == {"made": 1, "current": 0, "left": 0}
    assert json.loads(_run(*args)) == {"made": 0, "current": 1, "left": 0}
    with pytest.raises(SettingsError, match="no cot 'Z'; there are: cot 1"):
        _run("recompute", "--db", str(database), "--cot", "Z")
