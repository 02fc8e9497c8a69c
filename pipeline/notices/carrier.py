"""Carries notices from the record to one channel, from a thread of its own.

The monitor and the dashboard both start carriers, so that either may be dead; a lock in the run
directory, which the kernel frees at any death, lets one of them carry for a channel at a time.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from db.errors import DatabaseError
from db.notices import Outcome, Waiting
from db.store import Store
from pipeline.notices import channels_of
from pipeline.notices.base import Channel, NoticeFailed, notice_of, priorities_from
from pipeline.rundir import HeldLock, RunDirectory
from pipeline.settings import NoticeSettings

_log = logging.getLogger(__name__)
_LOOK_EVERY_S = 1.0
_US_PER_S = 1_000_000
# What is older when it is first seen is no news: a channel just set up tells no long past.
_NEWS_FOR_US = 3600 * _US_PER_S
_GIVE_UP_AFTER_US = 24 * 3600 * _US_PER_S
_LONGEST_WAIT_S = 300


class Carrier:
    """Hands one channel its notices, each until it is taken."""

    def __init__(
        self,
        store: Store,
        channel: Channel,
        directory: RunDirectory,
        now_us: Callable[[], int] = lambda: time.time_ns() // 1000,
    ) -> None:
        self._store, self._channel, self._directory = store, channel, directory
        self._now_us = now_us
        self._lock: HeldLock | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"to-{channel.name}", daemon=True)

    def start(self) -> None:
        """Begin to carry."""
        self._thread.start()

    def stop(self, timeout_s: float = 0.2) -> None:
        """End; what is being sent is not waited for longer than ``timeout_s``."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def carry(self) -> int:
        """Send what is due, until the first failure; return how many were taken."""
        now_us = self._now_us()
        due = self._store.notices_due(
            self._channel.name,
            told=sorted(self._channel.told),
            priorities=priorities_from(self._channel.at_least),
            now_us=now_us,
            news_since_us=now_us - _NEWS_FOR_US,
        )
        for count, waiting in enumerate(due):
            if self._stop.is_set() or not self._send(waiting):
                return count
        return len(due)

    def _send(self, waiting: Waiting) -> bool:
        attempts = waiting.attempts + 1
        error: str | None = None
        try:
            self._channel.send(notice_of(waiting))
        except NoticeFailed as failure:
            error = str(failure)
            level = logging.DEBUG if waiting.attempts else logging.WARNING
            _log.log(level, "%s: %s", self._channel.name, error)
        now_us = self._now_us()
        wait_s = min(2**attempts, _LONGEST_WAIT_S)
        is_late = now_us - waiting.transition.time_us > _GIVE_UP_AFTER_US
        self._store.note_delivery(
            waiting.transition.id,
            self._channel.name,
            Outcome(
                attempts=attempts,
                next_us=now_us + wait_s * _US_PER_S,
                done_us=now_us if error is None or is_late else None,
                error=f"given up: {error}" if error and is_late else error,
            ),
        )
        return error is None

    def _run(self) -> None:
        while not self._stop.wait(_LOOK_EVERY_S):
            self._lock = self._lock or self._directory.try_lock(f"notices-{self._channel.name}")
            if self._lock is None:
                continue  # another process carries
            try:
                self.carry()
            except DatabaseError as error:
                _log.warning("notices could not be read or noted: %s", error)
            except Exception:  # the thread must outlive any fault, and say it
                _log.exception("a notice could not be sent")
        if self._lock is not None:
            self._lock.release()


def carriers(store: Store, settings: NoticeSettings, directory: RunDirectory) -> list[Carrier]:
    """Return a carrier for each channel that is set up."""
    return [Carrier(store, channel, directory) for channel in channels_of(settings)]
