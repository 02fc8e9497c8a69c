"""The Rauch–Tung–Striebel smoother over the constant-velocity model."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.smoothing.base import Float, body_scale, measured, offline
from pipeline.smoothing.gaps import bridge_gaps, runs
from pipeline.smoothing.kalman import (
    CONSTANT_VELOCITY,
    measurement_variance,
    predict,
    update,
)
from pipeline.types import FloatArray, IntArray


@offline("rts")
def smooth(
    times_us: IntArray, keypoints_tkc: FloatArray, scores_tk: FloatArray
) -> NDArray[np.float32]:
    """Smooth each keypoint over each stretch without a gap of more than 0.2 s.

    Source: Rauch, Tung, Striebel 1965. Inside short gaps the smoother's own prediction stands.
    Returns (T, K, 2), NaN over longer gaps.
    """
    points = measured(keypoints_tkc, scores_tk)
    scale_px = body_scale(points)
    variance_tk = measurement_variance(scores_tk, scale_px)
    out = np.full(points.shape, np.nan, np.float32)
    for k in range(points.shape[1]):
        bridged = np.isfinite(bridge_gaps(times_us, points[:, k])[:, 0])
        for run in runs(times_us, bridged):
            out[run, k] = _smooth_run(times_us[run], points[run, k], variance_tk[run, k], scale_px)
    return out


def _smooth_run(times_us: IntArray, points_tc: Float, variance_t: Float, scale_px: float) -> Float:
    """Filter forwards, then smooth backwards; NaN points are predicted only."""
    n, order = len(times_us), CONSTANT_VELOCITY.order
    states, covariances = np.empty((n, order, 2)), np.empty((n, order, order))
    forwards = np.empty((n, order, order))
    ahead_states, ahead_covariances = np.empty_like(states), np.empty_like(covariances)
    state = np.zeros((1, order, 2))
    state[0, 0] = points_tc[0]
    covariance = CONSTANT_VELOCITY.first_covariance(variance_t[:1], scale_px)
    states[0], covariances[0] = state[0], covariance[0]
    for t in range(1, n):
        gap_s = float(times_us[t] - times_us[t - 1]) / 1e6
        forwards[t], noise = CONSTANT_VELOCITY.transition(gap_s)
        state, covariance = predict(state, covariance, forwards[t], noise * scale_px**2)
        ahead_states[t], ahead_covariances[t] = state[0], covariance[0]
        if np.isfinite(points_tc[t, 0]):
            state, covariance = update(
                state, covariance, points_tc[t : t + 1], variance_t[t : t + 1]
            )
        states[t], covariances[t] = state[0], covariance[0]
    gains = (
        covariances[:-1] @ forwards[1:].transpose(0, 2, 1) @ np.linalg.inv(ahead_covariances[1:])
    )
    for t in range(n - 2, -1, -1):
        states[t] += gains[t] @ (states[t + 1] - ahead_states[t + 1])
    return states[:, 0]
