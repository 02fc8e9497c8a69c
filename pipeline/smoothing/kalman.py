"""Kalman filters with constant velocity or acceleration, noise from confidence.

State of each keypoint and coordinate: position, velocity (, acceleration). Driving noise is white
in the highest derivative plus one (Bar-Shalom, Li, Kirubarajan 2001, section 6.2, continuous white
noise model). The covariance is shared by x and y. The measurement's standard deviation is
``NOISE_BODY`` body lengths at score 1 and grows as 1/score (ours).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from pipeline.smoothing.base import BodyScale, Float, causal, measured
from pipeline.smoothing.gaps import MAX_GAP_US
from pipeline.types import FloatArray

NOISE_BODY = 0.03
_FIRST_SPEED_BODY = 2.0
_FIRST_ACCELERATION_BODY = 10.0


@dataclass(frozen=True, slots=True)
class MotionModel:
    """A constant-velocity (order 2) or constant-acceleration (order 3) model.

    ``driving``: spectral density of the driving noise in body lengths² per s^(2·order − 1).
    """

    order: int
    driving: float

    def transition(self, gap_s: float) -> tuple[Float, Float]:
        """Return F (n, n) and Q (n, n), Q for a body of one pixel."""
        return _transition(self.order, self.driving, gap_s)

    def first_covariance(self, variance_k: Float, scale_px: float) -> Float:
        """Return the (K, n, n) covariance after one first measurement of a given variance."""
        spread = [_FIRST_SPEED_BODY, _FIRST_ACCELERATION_BODY][: self.order - 1]
        covariance = np.zeros((len(variance_k), self.order, self.order))
        covariance[:, 0, 0] = variance_k
        for i, value in enumerate(spread, start=1):
            covariance[:, i, i] = (value * scale_px) ** 2
        return covariance


CONSTANT_VELOCITY = MotionModel(order=2, driving=0.7)
CONSTANT_ACCELERATION = MotionModel(order=3, driving=100.0)


@lru_cache(maxsize=1024)
def _transition(order: int, driving: float, gap_s: float) -> tuple[Float, Float]:
    forward, noise = np.eye(order), np.zeros((order, order))
    last = order - 1
    for i in range(order):
        for j in range(order):
            if j > i:
                forward[i, j] = gap_s ** (j - i) / math.factorial(j - i)
            power = (last - i) + (last - j) + 1
            scale = math.factorial(last - i) * math.factorial(last - j) * power
            noise[i, j] = driving * gap_s**power / scale
    return forward, noise


def measurement_variance(scores_k: FloatArray, scale_px: float) -> Float:
    """Return the variance in px² of measurements with these scores (any shape)."""
    deviation_px = NOISE_BODY * scale_px / np.clip(np.nan_to_num(scores_k), 0.05, 1.0)
    return np.asarray(deviation_px, np.float64) ** 2


def predict(state: Float, covariance: Float, forward: Float, noise: Float) -> tuple[Float, Float]:
    """Move states (K, n, 2) and covariances (K, n, n) on by one step."""
    return forward @ state, forward @ covariance @ forward.T + noise


def update(
    state: Float, covariance: Float, points_kc: Float, variance_k: Float
) -> tuple[Float, Float]:
    """Take in measurements (K, 2) of variance (K,)."""
    gain = covariance[:, :, 0] / (covariance[:, 0, 0] + variance_k)[:, None]
    surprise = points_kc - state[:, 0]
    state = state + gain[:, :, None] * surprise[:, None, :]
    covariance = covariance - gain[:, :, None] * covariance[:, None, 0, :]
    # Rounding would otherwise make it slowly lose its symmetry over days of frames.
    return state, (covariance + covariance.transpose(0, 2, 1)) / 2


class _Kalman:
    """Filter all keypoints of a series; predicts through gaps of at most 0.2 s, then NaN."""

    model: ClassVar[MotionModel]

    def __init__(self) -> None:
        self._scale = BodyScale()
        self.reset()

    def reset(self) -> None:
        """Forget the past."""
        self._state: Float | None = None
        self._covariance: Float = np.empty(0)
        self._seen_us: NDArray[np.int64] = np.empty(0, np.int64)
        self._known: NDArray[np.bool_] = np.empty(0, np.bool_)
        self._last_us = 0

    def step(
        self, time_us: int, keypoints_kc: FloatArray, scores_k: FloatArray
    ) -> NDArray[np.float32]:
        """Take one frame; return (K, 2): filtered, predicted for up to 0.2 s, then NaN."""
        now = measured(keypoints_kc, scores_k)
        scale_px = self._scale.update(now)
        variance_k = measurement_variance(scores_k, scale_px)
        seen = np.isfinite(now[:, 0])
        self._predict(time_us, len(now), scale_px)
        known, state, covariance = self._known, self._state_of(len(now)), self._covariance
        fresh, again = seen & ~known, seen & known
        state[fresh] = 0.0
        state[fresh, 0] = now[fresh]
        covariance[fresh] = self.model.first_covariance(variance_k[fresh], scale_px)
        state[again], covariance[again] = update(
            state[again], covariance[again], now[again], variance_k[again]
        )
        self._seen_us[seen] = time_us
        self._known = known | seen
        return np.where(self._known[:, None], state[:, 0], np.nan).astype(np.float32)

    def _state_of(self, n_keypoints: int) -> Float:
        if self._state is None:
            self._state = np.zeros((n_keypoints, self.model.order, 2))
        return self._state

    def _predict(self, time_us: int, n_keypoints: int, scale_px: float) -> None:
        """Move on to ``time_us`` and drop what has not been seen for 0.2 s."""
        gap_us = time_us - self._last_us
        self._last_us = time_us
        if self._state is None or gap_us <= 0:
            order = self.model.order
            self._state = np.zeros((n_keypoints, order, 2))
            self._covariance = np.zeros((n_keypoints, order, order))
            self._seen_us = np.zeros(n_keypoints, np.int64)
            self._known = np.zeros(n_keypoints, np.bool_)
            return
        self._known = self._known & (time_us - self._seen_us <= MAX_GAP_US)
        if gap_us <= MAX_GAP_US:
            forward, noise = self.model.transition(gap_us / 1e6)
            self._state, self._covariance = predict(
                self._state, self._covariance, forward, noise * scale_px**2
            )


@causal("kalman_cv")
class KalmanConstantVelocity(_Kalman):
    """The constant-velocity filter: calm, a little behind in turns."""

    model = CONSTANT_VELOCITY
    lag_s: ClassVar[float] = 0.03


@causal("kalman_ca")
class KalmanConstantAcceleration(_Kalman):
    """The constant-acceleration filter: less behind in turns, noisier."""

    model = CONSTANT_ACCELERATION
    lag_s: ClassVar[float] = 0.0
