from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, create_engine
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from db.errors import Unavailable
from db.lifecycle import open_database, open_read_only
from db.migrations import migrate, newest_revision
from db.schema import Base
from db.store import Store


def test_the_migrations_make_exactly_the_mapped_tables(engine: Engine):
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, Base.metadata)
    assert differences == []


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
        parts = {" ".join(part.split()).strip(" ,)(") for part in inner.split("\n")}
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
