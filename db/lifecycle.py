"""From an address to a database that can be used: created, checked, migrated, or refused."""

from __future__ import annotations

import os
import tempfile
from contextlib import closing
from pathlib import Path

from sqlalchemy import Engine

from db.engine import database_url, open_engine, reading, sqlite_path, translated
from db.errors import CorruptDatabase, Unavailable
from db.migrations import migrate, newest_revision, require_known

_CHECKED_WHOLE_BYTES = 100_000_000
_MAGIC = b"SQLite format 3\0"


def open_database(url_or_path: str | Path, *, create: bool = True) -> Engine:
    """Open a database for reading and writing, bringing it to today's schema first.

    A file that is not there is created (with ``create``), whole or not at all. A file that is
    there is looked over (a second or two). Raises ``Unavailable``, ``CorruptDatabase`` (the file
    is kept, and the newest backup beside it is named), ``SchemaTooNew``, ``DatabaseBusy``.
    """
    path = sqlite_path(database_url(url_or_path))
    if path is not None:
        if not path.exists():
            if not create:
                raise Unavailable(f"{path}: no such database")
            _create(path)
        look_over(path)
    engine = open_engine(url_or_path)
    try:
        migrate(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


def open_read_only(url_or_path: str | Path) -> Engine:
    """Open an existing database of today's schema for reading; nothing of it is changed.

    Raises ``Unavailable`` (also for an older schema, naming the command that migrates),
    ``CorruptDatabase``, ``SchemaTooNew``.
    """
    path = sqlite_path(database_url(url_or_path))
    if path is not None:
        look_over(path)
    engine = open_engine(url_or_path, read_only=True)
    try:
        with reading(engine) as session:
            revision = require_known(session.connection())
        if revision != newest_revision():
            raise Unavailable(f"{path or 'database'}: has an older schema; run: cotside db migrate")
    except BaseException:
        engine.dispose()
        raise
    return engine


def look_over(path: Path) -> None:
    """Refuse a file that is missing, damaged or not Cotside's, as a quick look shows.

    A file up to 100 MB is read whole; all of a larger one takes :func:`db.check.check`.
    """
    if not path.is_file():
        raise Unavailable(f"{path}: no such database")
    try:
        with path.open("rb") as file:
            head = file.read(len(_MAGIC))
    except OSError as error:
        raise Unavailable(f"{path}: cannot be read: {error.strerror}") from None
    if head != _MAGIC:
        what = "is empty (0 bytes)" if not head else "is not a database, or its start is damaged"
        raise CorruptDatabase(f"{path}: {what}; {_advice(path)}")
    engine = open_engine(path, read_only=True)
    try:
        fault = _first_fault(engine, path.stat().st_size)
        if fault is None:
            with translated(engine), engine.connect() as connection:
                require_known(connection)
    except CorruptDatabase as error:
        fault = str(error.__cause__)
    finally:
        engine.dispose()
    if fault is not None:
        raise CorruptDatabase(f"{path}: is damaged ({fault}); {_advice(path)}")


def _first_fault(engine: Engine, size: int) -> str | None:
    """Return the first fault that a look of a second or two finds, or None.

    SQLite cannot be stopped in the middle of its own check (before 3.42), and reads all of the
    file for it. Of a large one only the newest row of each table is read; a file cut short shows
    at once, for it is smaller than it says itself.
    """
    with translated(engine), closing(engine.raw_connection()) as pooled:
        connection = pooled.driver_connection
        if connection is None:
            return None
        if size <= _CHECKED_WHOLE_BYTES:
            (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            return None if verdict == "ok" else str(verdict).splitlines()[0]
        tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        for (name,) in tables.fetchall():
            # The first column of every table of ours is (the first of) its key.
            connection.execute(f'SELECT * FROM "{name}" ORDER BY 1 DESC LIMIT 1').fetchall()
    return None


def _advice(path: Path) -> str:
    """Say what to do about a damaged file: the newest backup beside it, if any."""
    backups = [file for file in path.parent.glob(f"{path.stem}*.backup") if file.is_file()]
    kept = "it was left as it is; move it away"
    if not backups:
        return f"{kept} and restore a backup, or begin a new one"
    newest = max(backups, key=lambda file: file.stat().st_mtime)
    return f"{kept} and copy the newest backup over it: {newest.name}"


def _create(path: Path) -> None:
    """Make a new database under another name and move it into place when it is whole.

    Two processes may start at once: the second finds the first one's file and keeps it.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(".new", f".{path.name}.", path.parent)  # mode 0600
        os.close(handle)
        part = Path(name)
    except OSError as error:
        raise Unavailable(f"{path}: cannot be created: {error.strerror}") from None
    engine = open_engine(part)
    try:
        migrate(engine)
        engine.dispose()
        _move_unless_there(part, path)
    finally:
        engine.dispose()
        part.unlink(missing_ok=True)


def _move_unless_there(part: Path, path: Path) -> None:
    try:
        path.hardlink_to(part)
    except FileExistsError:
        return
    except OSError:  # a file system without hard links
        if not path.exists():
            part.rename(path)
