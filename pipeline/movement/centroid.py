"""Centroid of motion: where the movement is, and how it wanders.

Source: Adde et al. 2009 (centroid of the moving pixels); Movidea, Brain Sciences 2020, 10:203. The
keypoint form is ours: keypoints weighted by their speed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.movement.base import Measure, register
from pipeline.movement.body import on_trunk, second_rates, step_rates
from pipeline.movement.bootstrap import of_mean
from pipeline.movement.quantity import quantity_of_motion
from pipeline.movement.reduce import mean, point_deviation
from pipeline.movement.samples import Samples, frames
from pipeline.movement.track import Track

# Below this nothing moves that could have a centroid.
MOVING_TRUNKS_S = 0.05


def centroid(track: Track) -> NDArray[np.float64]:
    """Return Σ s p / Σ s over known keypoints (T, 2), in trunks on the trunk's axes.

    s: speed, p: position. NaN while the quantity of motion is under 0.05 trunk/s.
    """
    points = on_trunk(track)
    speeds = np.where(np.isfinite(points[..., 0]), track.speeds_tk, np.nan)
    known = np.isfinite(speeds)
    weights = np.where(known, speeds, 0)
    total_t = weights.sum(axis=1)
    moves_t = quantity_of_motion(track) >= MOVING_TRUNKS_S
    out = np.full((len(points), 2), np.nan)
    summed = (np.where(known[..., None], points, 0) * weights[..., None]).sum(axis=1)
    np.divide(summed, total_t[:, None], out=out, where=(moves_t & (total_t > 0))[:, None])
    return out


def _seen(track: Track) -> NDArray[np.bool_]:
    return np.isfinite(quantity_of_motion(track))


def sample_place(track: Track, _part: str) -> Samples:
    """Take the centroid (x, y) of each frame with movement."""
    return frames(track, centroid(track), _seen(track))


def sample_speed(track: Track, _part: str) -> Samples:
    """Take the centroid's speed from frame to frame."""
    rates = step_rates(track, centroid(track))
    speeds = np.append(np.hypot(rates[:, 0], rates[:, 1]), np.nan)
    return frames(track, speeds, _seen(track))


def sample_acceleration(track: Track, _part: str) -> Samples:
    """Take the size of the centroid's acceleration."""
    rates = second_rates(track, step_rates(track, centroid(track)))
    return frames(track, np.hypot(rates[:, 0], rates[:, 1]), _seen(track))


register(
    Measure("centroid_of_motion_sd", "trunk", ("body",), sample_place, point_deviation),
    Measure("centroid_of_motion_speed", "trunk/s", ("body",), sample_speed, mean, of_mean),
    Measure(
        "centroid_of_motion_acceleration", "trunk/s²", ("body",), sample_acceleration, mean, of_mean
    ),
)
