"""What drivers say went wrong, as errors of ours; SQLite by its codes, PostgreSQL by SQLSTATE."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from db.errors import (
    CorruptDatabase,
    DatabaseBusy,
    DatabaseError,
    DiskFull,
    RowRejected,
    Unavailable,
)

BUSY_TIMEOUT_S = 5.0
_SQLITE: dict[int, type[DatabaseError]] = {
    sqlite3.SQLITE_BUSY: DatabaseBusy,
    sqlite3.SQLITE_LOCKED: DatabaseBusy,
    sqlite3.SQLITE_FULL: DiskFull,
    sqlite3.SQLITE_IOERR: DiskFull,
    sqlite3.SQLITE_CORRUPT: CorruptDatabase,
    sqlite3.SQLITE_NOTADB: CorruptDatabase,
    sqlite3.SQLITE_CANTOPEN: Unavailable,
    sqlite3.SQLITE_READONLY: Unavailable,
    sqlite3.SQLITE_PERM: Unavailable,
}
# The longest beginning that fits counts. P0001: a trigger of ours refused (see append_only.py).
_POSTGRESQL: dict[str, type[DatabaseError]] = {
    "55P03": DatabaseBusy,
    "40": DatabaseBusy,
    "53": DiskFull,
    "58": DiskFull,
    "XX00": CorruptDatabase,
    "P0001": RowRejected,
    "08": Unavailable,
    "25006": Unavailable,
    "28": Unavailable,
    "3D": Unavailable,
    "57P": Unavailable,
}
_SAID: dict[type[DatabaseError], str] = {
    RowRejected: "{place}: the row was refused: {cause}",
    DatabaseBusy: "{place}: another program has been writing for over "
    f"{BUSY_TIMEOUT_S:.0f} s; close it or try again",
    DiskFull: "{place}: cannot be written ({cause}); free space on its disk",
    CorruptDatabase: "{place}: is damaged ({cause}); it was left as it is",
    Unavailable: "{place}: cannot be opened ({cause})",
}


def in_our_words(error: DBAPIError | sqlite3.Error, place: str) -> DatabaseError:
    """Return the error to raise instead; ``place`` names the database."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    kind = _kind_of(error, cause)
    line = " ".join(str(cause).split())
    return kind(_SAID.get(kind, "{place}: {cause}").format(place=place, cause=line))


def _kind_of(error: DBAPIError | sqlite3.Error, cause: BaseException | None) -> type[DatabaseError]:
    # Too long a word, or a NUL in it, is refused by a server only; SQLite takes both.
    if isinstance(error, IntegrityError | DataError | sqlite3.IntegrityError):
        return RowRejected
    if isinstance(cause, sqlite3.Error):
        code = getattr(cause, "sqlite_errorcode", 0) & 0xFF
        return _SQLITE.get(code, DatabaseError)
    state = getattr(cause, "sqlstate", None)
    if state is None:  # the server was not reached, or went away
        return Unavailable if isinstance(error, DBAPIError) else DatabaseError
    fitting = [known for known in _POSTGRESQL if state.startswith(known)]
    return _POSTGRESQL[max(fitting, key=len)] if fitting else DatabaseError
