"""Ctrl-C and SIGTERM for work that has to end in order: asked once it stops where it can."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Stop:
    """Whether somebody asked to stop. The work asks ``check`` where it may be interrupted."""

    def __init__(self) -> None:
        self.asked = False

    def check(self) -> None:
        """Raise ``KeyboardInterrupt`` when it was asked to stop."""
        if self.asked:
            raise KeyboardInterrupt

    def _hear(self, _number: int, _frame: FrameType | None) -> None:
        # Asked again, it does not wait for the work to come to a good place.
        self.check()
        self.asked = True


@contextmanager
def orderly_stop() -> Iterator[Stop]:
    """Hear Ctrl-C and SIGTERM within this block. For the main thread."""
    stop = Stop()
    before = {
        number: signal.signal(number, stop._hear) for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
