"""FAULTS 28: corrupt at start → refused, file kept, restore offered; never a new empty one."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from db.backup import backup
from db.check import check
from db.errors import CorruptDatabase, Unavailable
from db.lifecycle import open_database
from tests.support.recorder import recording
from tests.support.tracks import infant_tracks


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A database with three minutes of one cot, at rest."""
    path = tmp_path / "cotside.db"
    with recording(path, flush_s=0.1) as session:
        session.append(infant_tracks(4500))
    return path


def _overwrite(path: Path, start: int, length: int) -> None:
    content = bytearray(path.read_bytes())
    content[start : start + length] = random.Random(0).randbytes(length)
    path.write_bytes(content)


DAMAGE = {
    "emptied": lambda path: path.write_bytes(b""),
    "first page overwritten": lambda path: _overwrite(path, 0, 4096),
    "table of contents overwritten": lambda path: _overwrite(path, 100, 4000),
    "cut in half": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "cut by one page": lambda path: path.write_bytes(path.read_bytes()[:-4096]),
    "middle overwritten": lambda path: _overwrite(path, 20 * 4096, 30 * 4096),
    "a text file": lambda path: path.write_text("hello " * 1000),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_database_is_refused_and_kept_as_it_is(kind: str, database: Path):
    DAMAGE[kind](database)
    before = database.read_bytes()
    with pytest.raises(CorruptDatabase) as caught:
        open_database(database)
    assert database.read_bytes() == before
    assert "\n" not in str(caught.value)
    assert str(database) in str(caught.value)
    assert "restore a backup" in str(caught.value)
    assert [file.name for file in database.parent.iterdir() if file.suffix == ".db"] == [
        "cotside.db"
    ]


@pytest.mark.parametrize("kind", [kind for kind in DAMAGE if kind != "middle overwritten"])
def test_a_large_database_is_not_read_whole_and_yet_refused(
    kind: str, database: Path, monkeypatch: pytest.MonkeyPatch
):
    """Damage in the middle of gigabytes is for ``cotside db check`` and the reader to find."""
    monkeypatch.setattr("db.lifecycle._CHECKED_WHOLE_BYTES", 0)
    DAMAGE[kind](database)
    before = database.read_bytes()
    with pytest.raises(CorruptDatabase):
        open_database(database)
    assert database.read_bytes() == before


def test_a_large_whole_database_is_opened(database: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("db.lifecycle._CHECKED_WHOLE_BYTES", 0)
    open_database(database).dispose()


def test_the_newest_backup_beside_it_is_offered_and_restores(database: Path):
    saved = database.with_name("cotside.db.2026-01-01.backup")
    backup(database, saved)
    DAMAGE["cut in half"](database)
    with pytest.raises(CorruptDatabase, match=saved.name):
        open_database(database)
    database.unlink()
    saved.rename(database)
    open_database(database).dispose()
    assert check(database).whole


def test_another_programs_database_is_refused_and_kept(tmp_path: Path):
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE songs (title)")
    before = path.read_bytes()
    with pytest.raises(Unavailable, match="not a Cotside database"):
        open_database(path)
    assert path.read_bytes() == before


def test_a_chunk_with_a_flipped_bit_is_found_by_the_check_and_refused_when_read(database: Path):
    content = bytearray(database.read_bytes())
    with closing(sqlite3.connect(database)) as connection:
        (payload,) = connection.execute("SELECT payload FROM chunks LIMIT 1").fetchone()
    place = content.index(payload[20_000:20_100])
    content[place] ^= 1
    database.write_bytes(content)
    report = check(database)
    assert not report.whole
    assert "checksum" in report.faults[0]


def test_the_folder_in_place_of_a_file_says_so(tmp_path: Path):
    with pytest.raises(Unavailable, match="no such database"):
        open_database(tmp_path)
