"""What the loop does beside frames, every so often."""

from __future__ import annotations

import time
from collections.abc import Callable


class Chore:
    """Something to be done every so often, by the monotonic clock."""

    def __init__(self, every_s: float, do: Callable[[], None]) -> None:
        self._every_s, self._do, self._due_s = every_s, do, 0.0

    def do_when_due(self) -> None:
        """Do it if the time has come."""
        now_s = time.monotonic()
        if now_s >= self._due_s:
            self._due_s = now_s + self._every_s
            self._do()
