"""How late: the lag from a frame's arrival to its pose."""

from __future__ import annotations

from collections import deque

import numpy as np


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
