"""Meters of the live path: how often, and how late."""

from __future__ import annotations

from collections import deque

import numpy as np


class RateMeter:
    """Events a second over the last ``window_s`` seconds of the monotonic clock."""

    def __init__(self, window_s: float = 10.0) -> None:
        self._window_ns = int(window_s * 1e9)
        self._times_ns: deque[int] = deque()

    def tick(self, now_ns: int) -> None:
        """Count one event."""
        self._times_ns.append(now_ns)
        self._forget(now_ns)

    def per_s(self, now_ns: int) -> float:
        """Return the rate over the window, or over the time since the first event if shorter."""
        self._forget(now_ns)
        if len(self._times_ns) < 2:
            return 0.0
        span_s = (now_ns - self._times_ns[0]) / 1e9
        return (len(self._times_ns) - 1) / span_s if span_s > 0 else 0.0

    def _forget(self, now_ns: int) -> None:
        while self._times_ns and now_ns - self._times_ns[0] > self._window_ns:
            self._times_ns.popleft()


class LagMeter:
    """Median and 95th percentile of the last ``size`` lags, in milliseconds."""

    def __init__(self, size: int = 600) -> None:
        self._lags_ms: deque[float] = deque(maxlen=size)

    def add(self, lag_ms: float) -> None:
        """Count one lag."""
        self._lags_ms.append(lag_ms)

    def percentiles_ms(self) -> tuple[float, float] | tuple[None, None]:
        """Return (median, 95th percentile), or (None, None) before the first lag."""
        if not self._lags_ms:
            return None, None
        median, high = np.percentile(self._lags_ms, (50, 95))
        return float(median), float(high)
