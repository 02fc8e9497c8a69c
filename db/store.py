"""The read side, and the small edits that pages make: one object over one engine.

Every call is a short transaction of its own, so a ``Store`` may be shared by threads. Objects
that come back are detached: plain values, safe to cache.
"""

from __future__ import annotations

from sqlalchemy import Engine

from db.advisories import AdvisoryLog
from db.annotations import Annotations
from db.bins import BinReader
from db.cots import Cots
from db.infants import Infants
from db.jobs import Jobs
from db.journal import Journal
from db.minutes import Minutes
from db.notices import NoticeBook
from db.people import People
from db.provenance import Provenance
from db.reviews import Reviews
from db.series import SeriesReader
from db.ward import Ward


class Store(
    Ward,
    Cots,
    SeriesReader,
    BinReader,
    Minutes,
    Journal,
    AdvisoryLog,
    NoticeBook,
    Reviews,
    Jobs,
    People,
    Infants,
    Provenance,
    Annotations,
):
    """Everything that is read from the database, by topic."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
