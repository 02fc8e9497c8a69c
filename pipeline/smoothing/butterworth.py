"""The zero-phase Butterworth low-pass, the filter behind every measure of movement.

``scipy.signal`` takes a second to load, for which a page that filters nothing does not wait.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pipeline.smoothing.base import Float, measured, offline
from pipeline.smoothing.gaps import MAX_GAP_US, bridge_gaps, runs
from pipeline.types import FloatArray, IntArray

CUTOFF_HZ = 6.0
_MOST_OF_RATE = 0.4
_ONE_WAY_ORDER = 2
_PAD_SAMPLES = 12
_REGULAR_WITHIN = 0.02
# Two passes lower the cut-off; Winter's correction raises each pass (2^(1/2) − 1)^(1/4).
_TWO_PASSES = (math.sqrt(2) - 1) ** 0.25


def frame_rate(times_us: IntArray) -> float:
    """Return the frames a second by the median step of no more than 0.2 s; NaN if there is none."""
    steps_us = np.diff(times_us)
    steps_us = steps_us[(steps_us > 0) & (steps_us <= MAX_GAP_US)]
    return 1e6 / float(np.median(steps_us)) if len(steps_us) else math.nan


def cutoff_hz(fps: float) -> float:
    """Return the cut-off at a frame rate: 6 Hz, or 0.4 × the rate if that is less; NaN of NaN."""
    return float(np.minimum(CUTOFF_HZ, _MOST_OF_RATE * fps))


@offline("butterworth")
def smooth(
    times_us: IntArray, keypoints_tkc: FloatArray, scores_tk: FloatArray
) -> NDArray[np.float32]:
    """Low-pass each keypoint at 6 Hz (or 0.4 × the frame rate), order 4, without delay.

    Source: Winter 2009, Biomechanics and Motor Control of Human Movement, section 3.4: a second
    order filter there and back, −3 dB at the cut-off. Gaps up to 0.2 s are bridged by straight
    lines first. Frames at uneven times are brought to an even grid and back by straight lines.
    Returns (T, K, 2), NaN over longer gaps.
    """
    points = measured(keypoints_tkc, scores_tk)
    out = np.full(points.shape, np.nan, np.float32)
    fps = frame_rate(times_us)
    if math.isnan(fps):
        return points.astype(np.float32)
    groups: dict[tuple[int, int], list[int]] = {}
    for k in range(points.shape[1]):
        points[:, k] = bridge_gaps(times_us, points[:, k])
        for run in runs(times_us, np.isfinite(points[:, k, 0])):
            groups.setdefault((run.start, run.stop), []).append(k)
    for (start, stop), keypoints in groups.items():
        run = slice(start, stop)
        out[run, keypoints] = _filter_run(times_us[run], points[run][:, keypoints], fps)
    return out


def _filter_run(times_us: IntArray, points_tkc: Float, fps: float) -> Float:
    if len(times_us) < 2:
        return points_tkc
    steps_us = np.diff(times_us)
    uneven = np.abs(steps_us * fps / 1e6 - 1).max() > _REGULAR_WITHIN
    if not uneven:
        return _filter_even(points_tkc, fps)
    n_even = max(2, round((times_us[-1] - times_us[0]) * fps / 1e6) + 1)
    even_us = np.linspace(times_us[0], times_us[-1], n_even)
    return _resample(even_us, _filter_even(_resample(times_us, points_tkc, even_us), fps), times_us)


def _filter_even(points_tkc: Float, fps: float) -> Float:
    from scipy.signal import sosfiltfilt

    pad = min(_PAD_SAMPLES, len(points_tkc) - 1)
    return np.asarray(sosfiltfilt(sections(round(fps, 3)), points_tkc, axis=0, padlen=pad))


@lru_cache(maxsize=64)
def sections(fps: float) -> Float:
    """Return the second-order sections of one pass at a frame rate."""
    from scipy.signal import butter

    warped = math.tan(math.pi * cutoff_hz(fps) / fps) / _TWO_PASSES
    return np.asarray(butter(_ONE_WAY_ORDER, 2 * math.atan(warped) / math.pi, output="sos"))


def _resample(from_us: Float | IntArray, points_tkc: Float, to_us: Float | IntArray) -> Float:
    flat = points_tkc.reshape(len(from_us), -1)
    columns = [np.interp(to_us, from_us, column) for column in flat.T]
    return np.stack(columns, axis=1).reshape(len(to_us), *points_tkc.shape[1:])
