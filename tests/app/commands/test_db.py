from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import cli
from db.errors import CorruptDatabase, Unavailable
from tests.support.recorder import recording
from tests.support.tracks import infant_tracks

FRAMES = 3 * 1500


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "cotside.db"
    with recording(path) as session:
        session.append(infant_tracks(FRAMES))
        session.writer.end_recording(session.recording_id)
    return path


def _run(*args: str, expected: int = 0) -> str:
    result = CliRunner().invoke(cli, ["db", *args], catch_exceptions=False)
    assert result.exit_code == expected, result.output
    return result.stdout


def test_info_counts_what_is_stored(database: Path):
    found = json.loads(_run("info", "--db", str(database), "--json"))
    assert found["frames"] == FRAMES
    assert found["recordings"] == 1
    assert found["open_recordings"] == 0
    assert found["integrity"] == "ok"
    assert found["bytes"] == database.stat().st_size
    assert found["bytes_per_frame"] == pytest.approx(found["bytes"] / FRAMES, abs=0.01)


def test_info_reads_the_settings_file_for_the_address(database: Path, tmp_path: Path):
    config = tmp_path / "cotside.toml"
    config.write_text(f'database = "{database}"\n')
    assert "frames      4,500" in _run("info", "--config", str(config))


def test_check_says_whole(database: Path):
    assert "whole" in _run("check", "--db", str(database))
    assert json.loads(_run("check", "--db", str(database), "--json"))["whole"] is True


def test_check_names_a_damaged_chunk_and_exits_with_1(database: Path):
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE chunks SET payload = substr(payload, 1, 500) WHERE id = 2")
    found = json.loads(_run("check", "--db", str(database), "--json", expected=1))
    assert found["whole"] is False
    assert found["faults"] == ["chunk 2 of segment 1: " + found["faults"][0].partition(": ")[2]]


def test_backup_copies_it_whole(database: Path, tmp_path: Path):
    out = tmp_path / "copy.db"
    written = json.loads(_run("backup", str(out), "--db", str(database), "--json"))
    assert written["bytes"] == out.stat().st_size
    assert json.loads(_run("info", "--db", str(out), "--json"))["frames"] == FRAMES


def test_migrate_has_nothing_to_do_on_todays_schema(database: Path):
    assert "nothing to do" in _run("migrate", "--db", str(database))


@pytest.mark.parametrize("command", ["info", "check", "migrate"])
def test_a_database_that_is_not_there_is_not_created(command: str, tmp_path: Path):
    with pytest.raises(Unavailable, match="no such database"):
        _run(command, "--db", str(tmp_path / "none.db"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["info", "check", "migrate"])
def test_a_damaged_database_is_refused_in_one_line(command: str, database: Path):
    database.write_bytes(database.read_bytes()[:5000])
    with pytest.raises(CorruptDatabase) as caught:
        _run(command, "--db", str(database))
    assert "\n" not in str(caught.value)
