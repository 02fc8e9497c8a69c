from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from db import migrations
from db.engine import open_engine
from db.errors import Unavailable
from db.lifecycle import open_database, open_read_only
from db.migrations import migrate, newest_revision
from db.schema import Base
from db.store import Store

_OUTER_COMMA = re.compile(r",(?![^(]*\))")


def test_the_migrations_make_exactly_the_mapped_tables(engine: Engine):
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, Base.metadata)
    assert differences == []


def test_alembic_reads_the_same_revisions_in_the_same_order():
    scripts = ScriptDirectory(str(migrations.FOLDER))
    read = [script.revision for script in scripts.walk_revisions()]
    assert read[::-1] == migrations.revisions()


def test_a_database_of_today_is_opened_without_loading_alembic(tmp_path: Path):
    path = tmp_path / "cotside.db"
    open_database(path).dispose()
    opens = f"import sys; from db.lifecycle import open_database; open_database({str(path)!r})"
    asks = f"{opens}; assert 'alembic' not in sys.modules"
    subprocess.run([sys.executable, "-c", asks], check=True)


def test_every_index_and_check_of_the_mapped_tables_is_in_the_file(engine: Engine, tmp_path: Path):
    """Compare what SQLite itself says: Alembic does not look at checks and partial indices."""
    fresh = create_engine(f"sqlite:///{tmp_path / 'mapped.db'}")
    Base.metadata.create_all(fresh)
    assert _catalogue(fresh) == _catalogue(engine)
    fresh.dispose()


def _catalogue(engine: Engine) -> dict[str, set[str]]:
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL"
            " AND tbl_name != 'alembic_version'"
        ).fetchall()
    found: dict[str, set[str]] = {}
    for table, sql in rows:
        flat = sql.replace('"', "").replace("TABLE IF NOT EXISTS", "TABLE")
        inner = flat.partition("(")[2] if flat.startswith("CREATE TABLE") else flat
        # A column added later stands after the table's constraints; the order is not compared.
        parts = {" ".join(part.split()).strip(" ,)(") for part in _OUTER_COMMA.split(inner)}
        found.setdefault(table, set()).update(part for part in parts if part)
    return found


def test_the_tables_can_be_made_on_postgresql():
    """The statements compile for it; a server to run them is not at hand in the tests."""
    dialect = postgresql.dialect()
    statements = [
        str(CreateTable(table).compile(dialect=dialect)) for table in Base.metadata.sorted_tables
    ]
    made = "".join(statements)
    assert "payload BYTEA NOT NULL" in made
    assert "start_us BIGINT NOT NULL" in made


def test_migrating_twice_does_nothing_the_second_time(engine: Engine, database: Path):
    assert migrate(engine) is None
    assert [file.name for file in database.parent.iterdir() if "backup" in file.name] == []


def test_two_processes_that_start_at_once_share_one_database(database: Path):
    """Both find no file; the one that comes second keeps the first one's."""
    with ThreadPoolExecutor(4) as pool:
        engines = list(pool.map(lambda _: open_database(database), range(4)))
    for number, engine in enumerate(engines):
        Store(engine).add_cot(f"cot {number}")
    assert len(Store(engines[0]).cots()) == 4
    for engine in engines:
        engine.dispose()
    left = {file.name for file in database.parent.iterdir()}
    assert left <= {"cotside.db", "cotside.db-wal", "cotside.db-shm"}


def test_a_new_database_is_readable_by_its_owner_only(engine: Engine, database: Path):
    assert database.stat().st_mode & 0o077 == 0


def test_a_reader_changes_nothing(engine: Engine, database: Path):
    reader = open_read_only(database)
    with pytest.raises(Unavailable, match="readonly"):
        Store(reader).add_cot("A")
    reader.dispose()
    assert Store(engine).cots() == []


def test_the_newest_revision_stands_in_the_file(engine: Engine, database: Path):
    with sqlite3.connect(database) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [
            (newest_revision(),)
        ]
    connection.close()


def test_minutes_of_the_first_schema_have_the_later_figures_as_not_assessable(database: Path):
    _make_with_schema("0001", database, _A_MINUTE_OF_THE_FIRST_SCHEMA)
    engine = open_database(database)
    (minute,) = zip(*_figures(Store(engine)), strict=True)
    engine.dispose()
    assert minute == (0.4, True, True, None, {})


_A_MINUTE_OF_THE_FIRST_SCHEMA = (
    "INSERT INTO cots (id, name, position, keep_video, created_us) VALUES (1, 'A', 0, 0, 0)",
    "INSERT INTO recordings (id, cot_id, source, name, started_us, clock_suspect)"
    " VALUES (1, 1, 'live', 'A', 0, 0)",
    "INSERT INTO minute_rollups VALUES (1, 60000000, 1, 900, 900, 900, 1, 0.4, 0, 1, '{}', '{}')",
)


def _make_with_schema(revision: str, path: Path, statements: tuple[str, ...]) -> None:
    """Make a database as an older Cotside left it."""
    sqlite3.connect(path).close()
    engine = open_engine(path)
    with engine.execution_options(writes=True).begin() as connection:
        migrations._upgrade(connection, revision)
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


def _figures(store: Store):
    trend = store.rollups(1)
    yield trend.quantity_of_motion_mean
    yield np.isnan(trend.symmetry)
    yield np.isnan(trend.handled_s)
    yield trend.posture
    yield trend.covered
