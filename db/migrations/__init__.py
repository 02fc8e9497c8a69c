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

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, Engine, func, inspect, select

from db.backup import copy_database
from db.engine import local_file, translated
from db.errors import DatabaseError, SchemaTooNew, Unavailable

SCRIPTS = "db:migrations"
_TURN = int.from_bytes(b"cotside")  # any number that nobody else locks
_ONE_AT_A_TIME = threading.Lock()  # Alembic hands the connection to env.py through a global


def newest_revision() -> str:
    """Return the revision that this version of Cotside writes."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if head is None:
        raise DatabaseError("the installation holds no migrations; install Cotside again")
    return head


def current_revision(connection: Connection) -> str | None:
    """Return the revision of a database; None when it has no tables yet.

    Raises ``Unavailable`` for a database of something else.
    """
    revision = MigrationContext.configure(connection).get_current_revision()
    if revision is None and inspect(connection).get_table_names():
        raise Unavailable(f"{_name(connection.engine)}: is not a Cotside database; name another")
    return revision


def require_known(connection: Connection) -> str | None:
    """Return the revision; raise ``SchemaTooNew`` when this version does not know it."""
    revision = current_revision(connection)
    if revision is not None:
        try:
            ScriptDirectory.from_config(_config()).get_revision(revision)
        except CommandError:
            raise SchemaTooNew(
                f"{_name(connection.engine)}: was written by a newer Cotside (schema {revision}, "
                f"this version knows {newest_revision()}); update Cotside"
            ) from None
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
            command.upgrade(_config(connection), "head")
        _check_keys(connection)
    return backup


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", SCRIPTS)
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


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
