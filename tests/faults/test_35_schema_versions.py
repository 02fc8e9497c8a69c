"""FAULTS 35: newer schema → refused; older → backup, then migration in one transaction."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

import db.migrations as migrations
from db.check import check
from db.errors import DatabaseError, SchemaTooNew, Unavailable
from db.lifecycle import open_database, open_read_only
from db.store import Store
from tests.support.recorder import recording
from tests.support.tracks import infant_tracks

NEXT = """
import sqlalchemy as sa
from alembic import op

revision = "9000"
down_revision = "{before}"

def upgrade():
    with op.batch_alter_table("cots") as batch:
        batch.add_column(sa.Column("ward", sa.String(80)))
        batch.alter_column("name", type_=sa.String(120))
    {then}
"""


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A database of today's schema with a minute of one cot."""
    path = tmp_path / "cotside.db"
    with recording(path, flush_s=0.1) as session:
        session.append(infant_tracks(1500))
    return path


@pytest.fixture
def next_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Let this Cotside be one that has one more migration, which may fail."""

    def install(then: str = "pass") -> None:
        scripts = tmp_path / "scripts"
        shutil.copytree(Path(migrations.__file__).parent, scripts)
        source = NEXT.format(before=migrations.newest_revision(), then=then)
        (scripts / "versions" / "v9000_next.py").write_text(source)
        monkeypatch.setattr(migrations, "FOLDER", scripts)

    return install


def _revision(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT version_num FROM alembic_version").fetchone()[0]


def _columns(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [row[1] for row in connection.execute("PRAGMA table_info(cots)")]


@pytest.mark.parametrize("opened", [open_database, open_read_only])
def test_a_newer_schema_is_refused_and_untouched(database: Path, opened):
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = 'beyond'")
    before = database.read_bytes()
    with pytest.raises(SchemaTooNew, match=r"newer Cotside .*update Cotside"):
        opened(database)
    assert database.read_bytes() == before
    assert list(database.parent.glob("*.backup")) == []


def test_an_older_schema_is_backed_up_then_migrated_with_all_its_rows(database: Path, next_version):
    older = _revision(database)
    next_version()
    engine = open_database(database)
    assert len(Store(engine).keypoints(cot_id=1).block) == 1500
    engine.dispose()
    assert _revision(database) == "9000"
    assert "ward" in _columns(database)
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    (saved,) = database.parent.glob("*.backup")
    assert _revision(saved) == older
    assert "ward" not in _columns(saved)


def test_the_backup_of_a_migration_is_a_whole_database(database: Path, next_version, monkeypatch):
    next_version()
    open_database(database).dispose()
    monkeypatch.undo()
    (saved,) = database.parent.glob("*.backup")
    assert check(saved).whole


@pytest.mark.parametrize("then", ['op.execute("nonsense")', "1 / 0"])
def test_a_migration_that_fails_halfway_leaves_the_database_as_it_was(
    database: Path, next_version, then: str
):
    older = _revision(database)
    next_version(then)
    with pytest.raises((DatabaseError, ZeroDivisionError)):
        open_database(database)
    assert _revision(database) == older
    assert "ward" not in _columns(database)
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("SELECT count(*) FROM cots").fetchone() == (1,)


def test_a_migration_that_would_leave_orphans_is_undone(database: Path, next_version):
    older = _revision(database)
    next_version('op.execute("DELETE FROM cots")')
    with pytest.raises(DatabaseError, match="orphan"):
        open_database(database)
    assert _revision(database) == older


def test_a_reader_of_an_older_schema_is_told_the_command(database: Path, next_version):
    next_version()
    with pytest.raises(Unavailable, match="cotside db migrate"):
        open_read_only(database)
