"""Quantity of motion: how fast the body moves, in trunk lengths a second."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from pipeline.movement.base import measure
from pipeline.movement.track import Track
from pipeline.skeleton import INFANT13

# The joints that a limb moves; its root belongs to the trunk.
LIMBS = {
    "left_arm": ("left_elbow", "left_wrist"),
    "right_arm": ("right_elbow", "right_wrist"),
    "left_leg": ("left_knee", "left_ankle"),
    "right_leg": ("right_knee", "right_ankle"),
}
_NEEDED_SHARE = 0.8
_UNIT = "trunk/s"


def _mean_speed(
    track: Track, keypoints: tuple[str, ...], needed_share: float
) -> NDArray[np.float64]:
    speeds_tk = track.speeds_tk[:, [INFANT13.index(name) for name in keypoints]]
    known_tk = np.isfinite(speeds_tk)
    enough_t = known_tk.mean(axis=1) >= needed_share
    total_t = np.where(known_tk, speeds_tk, 0).sum(axis=1)
    values_t = np.full(len(speeds_tk), np.nan)
    np.divide(total_t, known_tk.sum(axis=1), out=values_t, where=enough_t)
    return values_t


@measure("quantity_of_motion", _UNIT)
def quantity_of_motion(track: Track) -> NDArray[np.float64]:
    """Return the mean over keypoints of speed / trunk, for frames with at least 80 % of them.

    Source: Adde et al. 2009 (quantity of motion in pictures); the keypoint form is ours.
    """
    return _mean_speed(track, INFANT13.keypoints, _NEEDED_SHARE)


def _limb(track: Track, keypoints: tuple[str, ...]) -> NDArray[np.float64]:
    """Return the mean speed / trunk of a limb's two joints, both needed."""
    return _mean_speed(track, keypoints, 1.0)


for _name, _keypoints in LIMBS.items():
    measure(f"quantity_of_motion_{_name}", _UNIT)(partial(_limb, keypoints=_keypoints))
