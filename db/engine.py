"""Opening the database: the same promises on every connection, library errors as our own.

SQLite in WAL mode, foreign keys on, ``synchronous=FULL``. A transaction that will write begins
``IMMEDIATE``, because a read transaction that turns into a writing one fails at once instead of
waiting. No connection checkpoints by itself: SQLite before 3.51.3 can lose pages when a checkpoint
races with a writer that starts the log anew, so :func:`checkpoint` runs only while it holds the
write lock itself. On a PostgreSQL server a reader sees one moment too and nobody waits longer for a
lock; the rest is the server's.
"""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import numpy as np
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.orm import Session

from db.driver_errors import BUSY_TIMEOUT_S, in_our_words
from db.errors import Unavailable

_LOG_LIMIT_BYTES = 8 * 1024 * 1024

# sqlite3 stores what it does not know by its bytes: numpy numbers would become BLOBs.
for _kind in (np.bool_, *np.sctypeDict.values()):
    if issubclass(_kind, np.integer | np.bool_):
        sqlite3.register_adapter(_kind, int)
    elif issubclass(_kind, np.floating):
        sqlite3.register_adapter(_kind, float)


def database_url(url_or_path: str | Path) -> URL:
    """Read a path or a SQLAlchemy URL; raise ``Unavailable`` for what is neither."""
    given = str(url_or_path)
    if "://" not in given:
        return URL.create("sqlite", database=str(Path(given).expanduser().absolute()))
    try:
        url = make_url(given)
    except ArgumentError:
        raise Unavailable("the database address cannot be read; give a path or a URL") from None
    if url.drivername in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
        raise Unavailable("a database in memory cannot be shared by processes; give a path")
    return url


def sqlite_path(url: URL) -> Path | None:
    """Return the file of an SQLite address, None for a server."""
    if url.get_backend_name() != "sqlite" or url.database is None:
        return None
    return Path(url.database)


def open_engine(url_or_path: str | Path, *, read_only: bool = False) -> Engine:
    """Make an engine for an existing database; nothing is opened or created yet.

    Most callers want :func:`db.migrations.open_database`, which checks and migrates first.
    """
    url = database_url(url_or_path)
    path = sqlite_path(url)
    if path is None:
        return _open_server(url, read_only=read_only)
    mode = "ro" if read_only else "rw"
    opened = URL.create(
        "sqlite", database=f"file:{quote(str(path))}", query={"mode": mode, "uri": "true"}
    )
    engine = create_engine(
        opened,
        json_serializer=to_json,
        connect_args={"timeout": BUSY_TIMEOUT_S, "check_same_thread": False},
    )
    event.listen(engine, "connect", _prepare_reader if read_only else _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _open_server(url: URL, *, read_only: bool) -> Engine:
    options = f"-c lock_timeout={int(1000 * BUSY_TIMEOUT_S)}"
    if read_only:
        options += " -c default_transaction_read_only=on"
    try:
        return create_engine(
            url,
            json_serializer=to_json,
            pool_pre_ping=True,
            connect_args={"connect_timeout": int(BUSY_TIMEOUT_S), "options": options},
        )
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        raise Unavailable(
            f"no driver for {url.get_backend_name()} databases is installed ({error}); for "
            "PostgreSQL run: uv sync --extra postgresql"
        ) from None


def _prepare(connection: sqlite3.Connection, record: object) -> None:
    _prepare_reader(connection, record)
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "wal_autocheckpoint = 0",
        "secure_delete = ON",  # what is deleted is overwritten: an erased infant must be gone
        f"journal_size_limit = {_LOG_LIMIT_BYTES}",
    ):
        connection.execute(f"PRAGMA {pragma}").fetchall()


def _prepare_reader(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # the driver must not begin transactions of its own
    connection.execute("PRAGMA foreign_keys = ON")


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """Open a session over one consistent view; objects read stay usable afterwards."""
    view = engine
    if engine.dialect.name != "sqlite":  # there every statement would see what is newest
        view = engine.execution_options(isolation_level="REPEATABLE READ")
    with translated(engine), Session(view, expire_on_commit=False) as session:
        yield session


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """Open a session that holds the write lock, commits at the end and rolls back on an error.

    Raises ``DatabaseBusy`` when another writer holds the lock for more than 5 s, ``DiskFull``,
    ``RowRejected`` and ``CorruptDatabase`` as they say.
    """
    writer = engine.execution_options(writes=True)
    with translated(engine), Session(writer, expire_on_commit=False) as session, session.begin():
        yield session


def checkpoint(engine: Engine) -> None:
    """Move the write-ahead log into the database file, while no one else can write."""
    if engine.dialect.name != "sqlite":
        return
    writer = engine.execution_options(writes=True)
    with (
        translated(engine),
        writer.connect() as holder,
        holder.begin(),
        closing(engine.raw_connection()) as worker,
        closing(worker.cursor()) as cursor,
    ):
        cursor.execute("PRAGMA wal_checkpoint(PASSIVE)")
        cursor.fetchall()


@contextmanager
def translated(engine: Engine) -> Iterator[None]:
    """Turn errors of SQLAlchemy and of the driver into those of ``db.errors``."""
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        raise in_our_words(error, str(local_file(engine) or "the database")) from error


def local_file(engine: Engine) -> Path | None:
    """Return the file behind an engine of ours, None for a server."""
    path = sqlite_path(engine.url)
    return None if path is None else Path(unquote(str(path).removeprefix("file:")))


def to_json(value: Any) -> str:
    """Return compact JSON; numpy values become numbers, NaN null."""
    return json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _plain(value: Any) -> Any:
    """Make numpy values and NaN fit for JSON: numbers stay numbers, NaN becomes null."""
    if isinstance(value, dict):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
