"""The One-Euro filter: steady when still, quick when moving."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from pipeline.smoothing.base import BodyScale, Float, causal, measured
from pipeline.smoothing.gaps import MAX_GAP_US
from pipeline.types import FloatArray

_MIN_CUTOFF_HZ = 1.2
_CUTOFF_PER_SPEED = 1.5
_SPEED_CUTOFF_HZ = 2.0


@causal("one_euro")
class OneEuro:
    """Smooth each keypoint with a cut-off that rises with its speed.

    Source: Casiez, Roussel, Vogel 2012, "1€ Filter". Ours: the cut-off follows the speed of the
    point, not of each coordinate, so turning the picture changes nothing; speeds are in body
    lengths a second; a keypoint missing in a frame is NaN in that frame, and starts anew after a
    gap of more than 0.2 s.
    """

    lag_s: ClassVar[float] = 0.03

    def __init__(self) -> None:
        self._scale = BodyScale()
        self.reset()

    def reset(self) -> None:
        """Forget the past."""
        self._points: Float | None = None
        self._speeds: Float = np.empty(0)
        self._times_us: NDArray[np.int64] = np.empty(0, np.int64)

    def step(
        self, time_us: int, keypoints_kc: FloatArray, scores_k: FloatArray
    ) -> NDArray[np.float32]:
        """Take one frame; return (K, 2), NaN where the keypoint is missing now."""
        now = measured(keypoints_kc, scores_k)
        scale_px = self._scale.update(now)
        if self._points is None:
            self._points = np.full(now.shape, np.nan)
            self._speeds = np.zeros(now.shape)
            self._times_us = np.zeros(len(now), np.int64)
        seen = np.isfinite(now[:, 0])
        gap_us = time_us - self._times_us
        known = seen & np.isfinite(self._points[:, 0]) & (gap_us > 0) & (gap_us <= MAX_GAP_US)
        fresh = seen & ~known
        self._points[fresh], self._speeds[fresh] = now[fresh], 0.0
        if known.any():
            self._filter(known, now[known], gap_us[known, None] / 1e6, scale_px)
        self._times_us[seen] = time_us
        return np.where(seen[:, None], self._points, np.nan).astype(np.float32)

    def _filter(self, known: NDArray[np.bool_], now: Float, gap_s: Float, scale_px: float) -> None:
        if self._points is None:
            return
        last, speeds = self._points[known], self._speeds[known]
        speeds = speeds + _share(_SPEED_CUTOFF_HZ, gap_s) * ((now - last) / gap_s - speeds)
        pace = np.linalg.norm(speeds, axis=1, keepdims=True) / scale_px
        cutoff_hz = _MIN_CUTOFF_HZ + _CUTOFF_PER_SPEED * pace
        self._points[known] = last + _share(cutoff_hz, gap_s) * (now - last)
        self._speeds[known] = speeds


def _share(cutoff_hz: Float | float, gap_s: Float) -> Float:
    """Return the share of the new value in an exponential filter (equation 3)."""
    turn = 2 * math.pi * cutoff_hz * gap_s
    return np.asarray(turn / (turn + 1))
