"""Which frames of a series belong together: those of a keypoint without a gap of over 0.2 s."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.smoothing.gaps import MAX_GAP_US


def stretches(times_ut: NDArray[np.int64], seen_utk: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Number the stretches of each keypoint, in windows (…, T) of times in µs and (…, T, K) seen.

    Returns (…, T, K): rising numbers from 0; −1 where the keypoint has not been seen for 0.2 s.
    Frames just after the last one seen belong to its stretch: what comes later is not looked at.
    """
    out = np.full(seen_utk.shape, -1, np.int64)
    number = np.full(seen_utk.shape[:-2] + seen_utk.shape[-1:], -1, np.int64)
    last_us = np.full(number.shape, np.iinfo(np.int64).min // 2)
    for t in range(seen_utk.shape[-2]):
        now_us, seen = times_ut[..., t, None], seen_utk[..., t, :]
        number = number + (seen & (now_us - last_us > MAX_GAP_US))
        last_us = np.where(seen, now_us, last_us)
        out[..., t, :] = np.where(now_us - last_us <= MAX_GAP_US, number, -1)
    return out
