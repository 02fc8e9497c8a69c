"""Time that a changed wall clock cannot bend.

UTC is read once and carried on by the monotonic clock, so that durations stay right when somebody
sets the wall clock; the jump itself is noticed and told. Stored times are UTC microseconds.
"""

from __future__ import annotations

import time
from collections.abc import Callable

US_PER_S = 1_000_000
# 2026-01-01: a clock that says less was never set.
_EARLIEST_PLAUSIBLE_US = 1_767_225_600 * US_PER_S
_JUMP_US = 2 * US_PER_S


class UtcClock:
    """UTC carried by the monotonic clock from an anchor."""

    def __init__(
        self,
        wall_ns: Callable[[], int] = time.time_ns,
        monotonic_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._wall_ns = wall_ns
        self._monotonic_ns = monotonic_ns
        self._offset_us = 0
        self.anchor()

    def anchor(self) -> None:
        """Take UTC from the wall clock anew."""
        self._offset_us = (self._wall_ns() - self._monotonic_ns()) // 1000

    def at_us(self, monotonic_ns: int) -> int:
        """Return the UTC of an instant of the monotonic clock, in µs."""
        return monotonic_ns // 1000 + self._offset_us

    def now_us(self) -> int:
        """Return the UTC of now, in µs, unmoved by changes of the wall clock."""
        return self.at_us(self._monotonic_ns())

    @property
    def suspect(self) -> bool:
        """Tell whether the anchor is too early to be true (a clock that was never set)."""
        return self.now_us() < _EARLIEST_PLAUSIBLE_US

    def take_jump_us(self) -> int:
        """Return by how much the wall clock left this one (0 within 2 s), and follow it."""
        jump_us = self._wall_ns() // 1000 - self.now_us()
        if abs(jump_us) < _JUMP_US:
            return 0
        self.anchor()
        return jump_us


class StreamTimeline:
    """Stored times of one segment: the stream's own intervals from an anchor in UTC."""

    _MAX_DRIFT_US = 2 * US_PER_S

    def __init__(self, stream_us: int, utc_us: int) -> None:
        self._offset_us = utc_us - stream_us

    def time_us(self, stream_us: int) -> int:
        """Return the stored UTC of a presentation time, in µs."""
        return stream_us + self._offset_us

    def has_drifted(self, stream_us: int, arrival_utc_us: int) -> bool:
        """Tell whether the stream's clock and ours are more than 2 s apart."""
        return abs(self.time_us(stream_us) - arrival_utc_us) > self._MAX_DRIFT_US
