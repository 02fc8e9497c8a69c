"""Keeps a consumer running while there is work, and says what a dead one was at."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time
from pathlib import Path

from app.jobs import LOCK_NAME
from app.supervise import tied
from db.errors import DatabaseError
from db.store import Store
from pipeline.rundir import RunDirectory
from pipeline.settings import Settings

_LOOK_EVERY_S = 2.0
# A consumer that could not start is not started again at every look.
_PATIENCE_S = 20.0
_STOP_WITHIN_S = 4.0
_log = logging.getLogger(__name__)


class JobKeeper:
    """Looks every two seconds, from a thread of its own; for the dashboard's whole life.

    A consumer is not ended with the dashboard, except that of a demonstration (``dies_with_us``).
    """

    def __init__(self, store: Store, settings: Settings, *, dies_with_us: bool = False) -> None:
        self._store, self._settings = store, settings
        self._dies_with_us = dies_with_us
        self._directory = RunDirectory.of(settings.database)
        self._child: subprocess.Popen[bytes] | None = None
        self._started_s = -_PATIENCE_S
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="job keeper", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more; end a consumer that is not to outlive this process."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(2 * _LOOK_EVERY_S)
        child, self._child = self._child, None
        if child is None or not self._dies_with_us or child.poll() is not None:
            return
        child.terminate()
        try:
            child.wait(_STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

    def look(self) -> None:
        """Take one look; raises ``DatabaseError``."""
        if self._child is not None and self._child.poll() is not None:
            self._child, self._started_s = None, -_PATIENCE_S
        if self._is_at_work():
            return
        if time.monotonic() - self._started_s < _PATIENCE_S:
            return
        books = self._store.job_books
        for book in books:
            book.interrupt()
        if any(book.waiting() for book in books):
            self._begin()

    def _is_at_work(self) -> bool:
        lock = self._directory.try_lock(LOCK_NAME)
        if lock is None:
            return True
        lock.release()
        return False

    def _begin(self) -> None:
        data_path = self._settings.data_path
        data_path.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "app.jobs.consumer", "--db", self._settings.database]
        command += ["--data", str(data_path), "--at-once", str(self._settings.review.at_once)]
        self._started_s = time.monotonic()
        with (data_path / "cotside-jobs.log").open("ab") as log:
            self._child = subprocess.Popen(
                tied(command) if self._dies_with_us else command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=Path(__file__).parents[2],
                start_new_session=True,
            )

    def _watch(self) -> None:
        while not self._stop.is_set():
            try:
                self.look()
            except (DatabaseError, OSError) as error:
                _log.warning("jobs cannot be looked after: %s", error)
            self._stop.wait(_LOOK_EVERY_S)
