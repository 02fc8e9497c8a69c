"""Joint angles, as seen by the camera.

Source: Chambers et al. 2020 (IEEE TNSRE 28:2431): signed angles by atan2(det, dot) between the two
segments that meet at a joint; at shoulders and hips the second segment is the shoulder or hip line.
The right side is mirrored, so that limbs that mirror each other have equal angles. An angle in the
picture is not the anatomical one: a limb that turns towards the camera changes it too.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.movement.base import Measure, register
from pipeline.movement.body import SIDES, point, second_rates, step_rates, to_frames
from pipeline.movement.bootstrap import at_least, of_direction
from pipeline.movement.reduce import (
    circular_deviation_deg,
    circular_mean_deg,
    circular_range_deg,
    median,
    quartile_range,
)
from pipeline.movement.samples import Samples, frames
from pipeline.movement.track import Track

# joint: (towards the body, away from it); "across" is the same joint of the other side.
_SEGMENTS = {
    "shoulder": ("across", "elbow"),
    "elbow": ("shoulder", "wrist"),
    "hip": ("across", "knee"),
    "knee": ("hip", "ankle"),
}
JOINTS = tuple(f"{side}_{joint}" for side in SIDES for joint in _SEGMENTS)


def joint_angle(track: Track, part: str) -> NDArray[np.float64]:
    """Return a joint's angle (T,) in degrees, −180..180; NaN where one of its points is missing."""
    side, joint = part.split("_")
    inner, outer = _SEGMENTS[joint]
    other = SIDES[1 - SIDES.index(side)]
    from_name = f"{other}_{joint}" if inner == "across" else f"{side}_{inner}"
    here = point(track, part)
    a, b = point(track, from_name) - here, point(track, f"{side}_{outer}") - here
    determinant = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
    angle = np.degrees(np.arctan2(determinant, (a * b).sum(axis=1)))
    return np.asarray(angle if side == "left" else -angle)


def sample(track: Track, part: str) -> Samples:
    """Take the angle of each frame, in degrees."""
    return frames(track, joint_angle(track, part))


def _rates(track: Track, part: str) -> NDArray[np.float64]:
    return step_rates(track, joint_angle(track, part)[:, None], circle=360.0)


def sample_speed(track: Track, part: str) -> Samples:
    """Take the size of the angle's change a second: the mean of the steps beside a frame."""
    return frames(track, to_frames(np.abs(_rates(track, part)[:, 0])))


def sample_acceleration(track: Track, part: str) -> Samples:
    """Take the signed change a second of the angle's change."""
    return frames(track, second_rates(track, _rates(track, part)))


register(
    Measure("angle_mean", "°", JOINTS, sample, circular_mean_deg, of_direction),
    Measure("angle_sd", "°", JOINTS, sample, circular_deviation_deg),
    Measure("angle_range", "°", JOINTS, sample, circular_range_deg, at_least),
    Measure("angular_speed_median", "°/s", JOINTS, sample_speed, median),
    Measure("angular_speed_iqr", "°/s", JOINTS, sample_speed, quartile_range),
    Measure("angular_acceleration_iqr", "°/s²", JOINTS, sample_acceleration, quartile_range),
)
