"""How long to wait before the next try: longer each time, never in step with others."""

from __future__ import annotations

import random
from dataclasses import dataclass, field


@dataclass(slots=True)
class Backoff:
    """Waits ``first_s``, then twice as long each time up to ``longest_s``, spread by ``jitter``.

    The spread keeps cameras that failed together (a switch, a power cut) from coming back in one
    instant. Only a try that lived for ``healthy_s`` makes the next wait short again.
    """

    first_s: float = 1.0
    longest_s: float = 60.0
    jitter: float = 0.25
    healthy_s: float = 30.0
    random: random.Random = field(default_factory=random.Random)
    _n: int = 0

    def next_s(self) -> float:
        """Return the next wait, always within ``first_s`` and ``longest_s``."""
        wait_s = min(self.first_s * 2.0**self._n, self.longest_s)
        self._n = min(self._n + 1, 32)
        spread = self.random.uniform(1 - self.jitter, 1 + self.jitter)
        return min(max(wait_s * spread, self.first_s), self.longest_s)

    def lived(self, seconds: float) -> None:
        """Take note of how long the last try lived, on the monotonic clock."""
        if seconds >= self.healthy_s:
            self._n = 0
