"""Minutes counted beside the loop: a frame must not wait while a minute's figures are made."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections import deque
from dataclasses import dataclass

import scipy.signal  # noqa: F401  loaded before the cameras: later it would cost frames

from db.schema import MinuteRollup
from pipeline.monitor.minutes import CutMinute
from pipeline.monitor.recorder import RecordingOnDesk

# Twenty-four cots, and more minutes behind than any that still has a chance to be caught up.
MOST_WAITING = 24 * 5
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ToCount:
    """A minute, whose it is, and the recording that it belongs to (None: there is none)."""

    cot_id: int
    recording: RecordingOnDesk | None
    minute: CutMinute


@dataclass(frozen=True, slots=True)
class Counted:
    """A minute's row, without its recording."""

    cot_id: int
    recording: RecordingOnDesk | None
    row: MinuteRollup


class MinuteCounter:
    """Counts minutes on a thread of its own, in the order in which they were handed over.

    ``given_up`` counts those for which there was no room or whose figures could not be made; the
    frames are on record, and ``cotside movement recompute`` makes such minutes later.
    """

    def __init__(self, most_waiting: int = MOST_WAITING) -> None:
        self._waiting: queue.Queue[ToCount | None] = queue.Queue(most_waiting)
        self._counted: deque[Counted] = deque()
        self._stopped = False
        self.given_up = 0
        self._thread = threading.Thread(target=self._run, name="cotside-minutes", daemon=True)
        self._thread.start()

    def hand_over(self, given: ToCount) -> None:
        """Queue a minute; never waits."""
        try:
            self._waiting.put_nowait(given)
        except queue.Full:
            self._give_up(given, "the machine is too busy")

    def take_counted(self) -> list[Counted]:
        """Return what was counted since this was last asked, in order."""
        return [self._counted.popleft() for _ in range(len(self._counted))]

    def close(self, within_s: float) -> bool:
        """Count what waits and end; return False when that was not done in time."""
        until_s = time.monotonic() + within_s
        try:
            self._waiting.put(None, timeout=within_s)
        except queue.Full:
            self._stopped = True
        self._thread.join(max(0.0, until_s - time.monotonic()))
        self._stopped = True
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._stopped:
            given = self._waiting.get()
            if given is None:
                return
            try:
                row = given.minute.count()
            except Exception as error:  # one bad minute must not end the counting of all others
                _log.exception("a minute could not be counted")
                self._give_up(given, f"{type(error).__name__}: {error}")
            else:
                self._counted.append(Counted(given.cot_id, given.recording, row))

    def _give_up(self, given: ToCount, why: str) -> None:
        self.given_up += 1
        _log.warning(
            "minute %d of cot %d was not counted (%s); `cotside movement recompute` makes it",
            given.minute.minute_us,
            given.cot_id,
            why,
        )
