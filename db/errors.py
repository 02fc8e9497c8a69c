"""The errors of the database.

DatabaseError                what a person may be shown as one line
├── CorruptDatabase          the file is damaged; it is kept as it is
├── SchemaTooNew             written by a newer Cotside
├── DatabaseBusy             another writer holds it
├── DiskFull                 nothing was written; what is stored is whole
├── Unavailable              not there, or not to be opened
├── NotFound                 no row of that id or name
├── RowRejected              an orphan, a name taken, a value that the schema forbids
├── LastAdministrator        nobody could manage people any more
├── AuditBroken              the audit trail cannot be continued
└── CodecError               a keypoint chunk that cannot be encoded or decoded
"""

from __future__ import annotations


class DatabaseError(Exception):
    """Base of every database error meant for a person: what, where, what to do, in one line."""


class CorruptDatabase(DatabaseError):
    """The database file is damaged; it is left untouched."""


class SchemaTooNew(DatabaseError):
    """The database was written by a newer version of Cotside."""


class DatabaseBusy(DatabaseError):
    """Another process has held the write lock for longer than the wait allowed."""


class DiskFull(DatabaseError):
    """The disk is full or refuses to be written; the transaction was rolled back."""


class Unavailable(DatabaseError):
    """The database is not there, or may not be opened."""


class NotFound(DatabaseError):
    """There is no row of that id or name."""


class RowRejected(DatabaseError):
    """The row contradicts the schema: an orphan, a name that is taken, a forbidden value."""


class LastAdministrator(DatabaseError):
    """The change would leave nobody who can manage people."""


class AuditBroken(DatabaseError):
    """The audit trail has lost its head, so that no entry can be added to it."""


class CodecError(DatabaseError):
    """A keypoint chunk that cannot be encoded or decoded."""
