"""Notices that decoding fell behind a live stream, and leaves pictures out until it caught up."""

from __future__ import annotations

from dataclasses import dataclass

MAX_LAG_US = 500_000
_CAUGHT_UP_US = 300_000
_PATIENCE_US = 400_000
_GIVE_UP_US = 10_000_000
_JUMP_US = 2_000_000
# Clocks of cameras drift; a baseline that may rise by 0.1 % follows any of them.
_DRIFT = 1000


@dataclass(slots=True)
class CatchUp:
    """Watches arrival against presentation time of one opened stream.

    The lag is counted from the quickest arrival seen so far. ``skipping`` turns on when the lag
    stays above ``MAX_LAG_US`` (a short burst after a network jam catches up by itself), and off
    at the first key picture after it fell; between them only key pictures are decoded.
    """

    skipping: bool = False
    lag_us: int = 0
    _offset_us: int | None = None
    _last_arrival_us: int = 0
    _last_stream_us: int = 0
    _late_since_us: int | None = None

    def arrived(self, stream_us: int | None, arrival_us: int, *, is_key: bool) -> bool:
        """Take note of a packet (both times in µs, monotonic) and return ``skipping``."""
        if stream_us is None:
            return self.skipping
        self._measure(stream_us, arrival_us)
        if self.lag_us <= _CAUGHT_UP_US:
            self._late_since_us = None
            self.skipping = self.skipping and not is_key
        elif self.lag_us > MAX_LAG_US:
            self._be_late(arrival_us)
        return self.skipping

    def _measure(self, stream_us: int, arrival_us: int) -> None:
        offset_us = arrival_us - stream_us
        jumped = abs(stream_us - self._last_stream_us) > _JUMP_US
        if self._offset_us is None or jumped or offset_us < self._offset_us:
            self._offset_us = offset_us
        else:
            self._offset_us += (arrival_us - self._last_arrival_us) // _DRIFT
        self._last_arrival_us, self._last_stream_us = arrival_us, stream_us
        self.lag_us = max(0, offset_us - self._offset_us)

    def _be_late(self, arrival_us: int) -> None:
        if self._late_since_us is None:
            self._late_since_us = arrival_us
        late_us = arrival_us - self._late_since_us
        if late_us > _GIVE_UP_US:  # not ours: the stream itself is that late
            self._offset_us, self._late_since_us = None, None
            self.lag_us = 0
        elif late_us > _PATIENCE_US:
            self.skipping = True


@dataclass(slots=True)
class Backlog:
    """Tells a lag without presentation times: reads that never have to wait mean a backlog."""

    _last_wait_ns: int | None = None

    def read(self, now_ns: int, *, waited: bool) -> bool:
        """Take note of a read (monotonic ns) and return whether its picture is to be left out."""
        if waited or self._last_wait_ns is None:
            self._last_wait_ns = now_ns
        return now_ns - self._last_wait_ns > MAX_LAG_US * 1000
