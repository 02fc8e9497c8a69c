"""Bringing a database to today's schema, by Alembic, in one transaction.

How to add a change: edit ``db/schema.py``, write ``versions/vNNNN_WHAT.py`` beside the others
(``down_revision`` is the one before), and mirror it in ``tests/db/test_migrations.py``. SQLite
cannot alter a column in place: use ``op.batch_alter_table``.
"""

from __future__ import annotations

import threading
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, column, func, inspect, select, table

from db.backup import copy_database
from db.engine import local_file, translated
from db.errors import DatabaseError, SchemaTooNew, Unavailable

FOLDER = Path(__file__).parent
_WRITTEN = table("alembic_version", column("version_num"))
_TURN = int.from_bytes(b"cotside")  # any number that nobody else locks
_ONE_AT_A_TIME = threading.Lock()  # Alembic hands the connection to env.py through a global


def revisions() -> list[str]:
    """Return the revisions that this version of Cotside knows, the oldest first: NNNN each."""
    return sorted(file.stem[1:5] for file in (FOLDER / "versions").glob("v[0-9]*.py"))


def newest_revision() -> str:
    """Return the revision that this version of Cotside writes."""
    known = revisions()
    if not known:
        raise DatabaseError("the installation holds no migrations; install Cotside again")
    return known[-1]


def current_revision(connection: Connection) -> str | None:
    """Return the revision of a database; None when it has no tables yet.

    Raises ``Unavailable`` for a database of something else.
    """
    tables = inspect(connection).get_table_names()
    written = _WRITTEN.name in tables
    revision = connection.scalar(select(_WRITTEN.c.version_num)) if written else None
    if revision is None and set(tables) - {_WRITTEN.name}:
        raise Unavailable(f"{_name(connection.engine)}: is not a Cotside database; name another")
    return revision


def require_known(connection: Connection) -> str | None:
    """Return the revision; raise ``SchemaTooNew`` when this version does not know it."""
    revision = current_revision(connection)
    if revision is not None and revision not in revisions():
        raise SchemaTooNew(
            f"{_name(connection.engine)}: was written by a newer Cotside (schema {revision}, "
            f"this version knows {newest_revision()}); update Cotside"
        )
    return revision


def migrate(engine: Engine) -> Path | None:
    """Bring the database to the newest schema in one transaction; return the backup's path.

    A backup is written beside the file first, unless there is nothing to change (returns None)
    or nothing in it yet. On any error the database stays as it was. Raises ``SchemaTooNew``.
    """
    writer = engine.execution_options(writes=True)
    with (
        translated(engine),
        writer.connect() as connection,
        _KeysUnchecked(connection),
        connection.begin(),
    ):
        _wait_for_turn(connection)
        revision = require_known(connection)
        if revision == newest_revision():
            return None
        backup = _backup_before(engine, revision)
        with _ONE_AT_A_TIME:
            _upgrade(connection)
        _check_keys(connection)
    return backup


def _upgrade(connection: Connection, revision: str = "head") -> None:
    # Here, because most starts find nothing to change and Alembic takes a quarter second to load.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _name(engine: Engine) -> str:
    return str(local_file(engine) or engine.url.database)


def _backup_before(engine: Engine, revision: str | None) -> Path | None:
    """Copy a file database as the transaction found it; a server's backups are its keeper's."""
    path = local_file(engine)
    if path is None or revision is None:
        return None
    now = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    backup = path.with_name(f"{path.name}.schema-{revision}-{now}.backup")
    with closing(engine.raw_connection()) as source:
        copy_database(source.driver_connection, backup)
    return backup


def _wait_for_turn(connection: Connection) -> None:
    """Let two programs that start at once on a server migrate one after the other.

    On SQLite the transaction holds the only write lock already.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_TURN)))


class _KeysUnchecked:
    """Switch SQLite's foreign keys off, which is ignored inside a transaction, then on again.

    Altering a table there means copying it and dropping the old one.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        self._set("OFF")

    def __exit__(self, *_error: object) -> None:
        self._set("ON")

    def _set(self, state: str) -> None:
        if self._connection.dialect.name == "sqlite":
            driver = self._connection.connection.driver_connection
            if driver is not None:
                driver.execute(f"PRAGMA foreign_keys = {state}")


def _check_keys(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        return
    orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if orphans:
        raise DatabaseError(
            f"{_name(connection.engine)}: the migration would leave {len(orphans)} orphan rows "
            f"(first in {orphans[0][0]}); nothing was changed"
        )
