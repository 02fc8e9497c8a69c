"""What was sent from browsers and never became part of a review, removed in its time."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from sqlalchemy import Engine

from app.uploads import Uploads
from db import audit
from db.errors import DatabaseError
from db.store import Store

_LOOK_EVERY_S = 3600.0
_DAY_S = 24 * 3600.0
_STOP_WITHIN_S = 5.0
_log = logging.getLogger(__name__)


class Tidier:
    """Looks once an hour, from a thread of its own; for the dashboard's whole life."""

    def __init__(self, engine: Engine, uploads: Uploads, keep_days: float) -> None:
        self._engine, self._uploads, self._keep_s = engine, uploads, keep_days * _DAY_S
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
        for upload_id in self._uploads.clear(taken, self._keep_s):
            subject = f"upload/{upload_id}"
            audit.note(self._engine, "upload removed", subject, who="cotside", role="program")

    def _watch(self) -> None:
        while not self._stop.is_set():
            try:
                self.look()
            except (DatabaseError, OSError) as error:
                _log.warning("what was sent cannot be tidied: %s", error)
            self._stop.wait(_LOOK_EVERY_S)
