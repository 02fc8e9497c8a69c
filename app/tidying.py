"""What lies about and was to stay for days only, removed in its time.

Videos sent from browsers that never became part of a review, and exported videos: each copy of an
infant's film that nobody needs any more is one that can be lost.
"""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from sqlalchemy import Engine

from app.jobs.export import exported_file
from app.uploads import Uploads
from db import audit
from db.errors import DatabaseError
from db.store import Store
from db.times import DAY_US, now_us
from pipeline.settings import ReviewSettings

_LOOK_EVERY_S = 3600.0
_STOP_WITHIN_S = 5.0
_log = logging.getLogger(__name__)


class Tidier:
    """Looks once an hour, from a thread of its own; for the dashboard's whole life."""

    def __init__(self, engine: Engine, uploads: Uploads, keep: ReviewSettings) -> None:
        self._engine, self._uploads, self._keep = engine, uploads, keep
        self._store = Store(engine)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="tidier", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(_STOP_WITHIN_S)

    def look(self) -> None:
        """Take one look; raises ``DatabaseError`` and ``OSError``."""
        taken = {Path(path).name for path in self._store.reviewed_paths()}
        for upload_id in self._uploads.clear(taken, self._keep.keep_uploads_days * DAY_US / 1e6):
            self._note("upload removed", f"upload/{upload_id}")
        self._remove_exports()

    def _remove_exports(self) -> None:
        oldest_us = now_us() - round(self._keep.keep_exports_days * DAY_US)
        for job in self._store.export_jobs.all():
            film = exported_file(job)
            if job.state != "finished" or (job.ended_us or 0) >= oldest_us or not film.is_file():
                continue
            try:
                film.unlink()
            except OSError as error:
                _log.warning("the exported video %s cannot be removed: %s", film, error)
                continue
            self._note("export removed", f"export/{job.id}")

    def _note(self, action: str, subject: str) -> None:
        audit.note(self._engine, action, subject, who="cotside", role="program")

    def _watch(self) -> None:
        while not self._stop.is_set():
            try:
                self.look()
            except (DatabaseError, OSError) as error:
                _log.warning("what was sent cannot be tidied: %s", error)
            self._stop.wait(_LOOK_EVERY_S)
