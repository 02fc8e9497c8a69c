"""Whole copies of a database in use, by SQLite's own backup (a plain copy of a live file is not).

A copy is written under another name first and renamed when whole, so a backup is never half.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from db.engine import database_url, open_engine, sqlite_path, translated
from db.errors import Unavailable

_PAGES_PER_STEP = 4096


def backup(url_or_path: str | Path, out: Path) -> int:
    """Copy a database, while it is being written, to a file that must not exist; return its bytes.

    Raises ``Unavailable`` when the file is there already, or for a server (which has tools of its
    own), ``DiskFull`` and ``CorruptDatabase`` as they say.
    """
    if sqlite_path(database_url(url_or_path)) is None:
        raise Unavailable("a database server is backed up with its own tools, such as pg_dump")
    engine = open_engine(url_or_path, read_only=True)
    try:
        with translated(engine), closing(engine.raw_connection()) as source:
            copy_database(source.driver_connection, out)
    finally:
        engine.dispose()
    return out.stat().st_size


def copy_database(source: sqlite3.Connection | None, out: Path) -> None:
    """Copy one consistent state of ``source`` to a new file, flushed to the disk."""
    if source is None:
        raise Unavailable("the database was closed during the backup; try again")
    if out.exists():
        raise Unavailable(f"{out}: is there already; name another file for the backup")
    if not out.parent.is_dir():
        raise Unavailable(f"{out.parent}: no such folder for the backup")
    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        with closing(sqlite3.connect(part)) as target:
            # One view held throughout: else each commit of the writer starts the copy anew.
            source.execute("BEGIN")
            try:
                source.execute("SELECT count(*) FROM sqlite_schema").fetchone()
                source.backup(target, pages=_PAGES_PER_STEP)
            finally:
                source.execute("ROLLBACK")
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.rename(out)
    finally:
        part.unlink(missing_ok=True)
