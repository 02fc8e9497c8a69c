"""The body's own axes: parts by name, and positions that turning the camera does not change."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.movement.track import Track
from pipeline.skeleton import INFANT13

Float = NDArray[np.float64]

SIDES = ("left", "right")
# The joints that a limb moves; its root belongs to the trunk.
LIMBS = {
    "left_arm": ("left_elbow", "left_wrist"),
    "right_arm": ("right_elbow", "right_wrist"),
    "left_leg": ("left_knee", "left_ankle"),
    "right_leg": ("right_knee", "right_ankle"),
}
ENDS = ("left_wrist", "right_wrist", "left_ankle", "right_ankle")
_UPPER = ("nose", "shoulder", "elbow", "wrist")


def point(track: Track, name: str) -> Float:
    """Return a keypoint's path (T, 2) in pixels."""
    return track.keypoints_tkc[:, INFANT13.index(name)]


def middle(track: Track, joint: str) -> Float:
    """Return the path (T, 2) of the point between the left and the right joint."""
    return np.asarray((point(track, f"left_{joint}") + point(track, f"right_{joint}")) / 2)


def unit(vectors_tc: Float) -> Float:
    """Return vectors (T, 2) of length 1; NaN for those without a length."""
    lengths_t = np.hypot(vectors_tc[:, 0], vectors_tc[:, 1])
    out = np.full(vectors_tc.shape, np.nan)
    np.divide(vectors_tc, lengths_t[:, None], out=out, where=(lengths_t > 0)[:, None])
    return out


def in_body(track: Track, name: str) -> Float:
    """Return a keypoint's path (T, 2) in trunk lengths in the frame of its girdle.

    Upper points from mid-shoulder along the shoulder line, lower ones from mid-hip along the hip
    line (Chambers et al. 2020): x rises to the infant's left, y towards the feet. NaN where the
    girdle or the point is missing.
    """
    joint = "shoulder" if name.endswith(_UPPER) else "hip"
    origin = middle(track, joint)
    leftward = unit(point(track, f"left_{joint}") - point(track, f"right_{joint}"))
    footward = np.stack([-leftward[:, 1], leftward[:, 0]], axis=1) * _handed(track, leftward)
    away = (point(track, name) - origin) / track.trunk_px
    return np.stack([(away * leftward).sum(axis=1), (away * footward).sum(axis=1)], axis=1)


def _handed(track: Track, leftward: Float) -> Float:
    """Return ±1 (T, 1): is the way to the feet a quarter turn clockwise from that to the left?

    So it is for an infant seen from the front. Where the trunk is not seen, as most of the time.
    """
    trunk = middle(track, "hip") - middle(track, "shoulder")
    turn_t = leftward[:, 0] * trunk[:, 1] - leftward[:, 1] * trunk[:, 0]
    known = turn_t[np.isfinite(turn_t)]
    usual = -1.0 if len(known) and np.median(known) < 0 else 1.0
    return np.where(np.isfinite(turn_t), np.where(turn_t < 0, -1.0, 1.0), usual)[:, None]


def on_trunk(track: Track) -> Float:
    """Return all keypoints (T, K, 2) in trunk lengths from mid-trunk, the trunk upright.

    y runs from mid-shoulder to mid-hip, x a quarter turn clockwise from it: to the infant's right
    in a front view, to its left in one from behind. NaN where the trunk or the point is missing.
    """
    shoulders, hips = middle(track, "shoulder"), middle(track, "hip")
    down = unit(hips - shoulders)
    across = np.stack([-down[:, 1], down[:, 0]], axis=1)
    away = (track.keypoints_tkc - ((shoulders + hips) / 2)[:, None]) / track.trunk_px
    return np.stack([(away * across[:, None]).sum(-1), (away * down[:, None]).sum(-1)], axis=-1)


def limb_mean(speeds_tk: Float, limb: str) -> Float:
    """Return the mean speed (T,) of a limb's two joints; NaN unless both are known."""
    joints = [INFANT13.index(name) for name in LIMBS[limb]]
    return np.asarray(speeds_tk[:, joints].mean(axis=1))


def limb_speed(track: Track, limb: str) -> Float:
    """Return the mean speed (T,) of a limb's two joints in trunk/s.

    NaN unless both are known, and where the network was so unsure that it would say nothing.
    """
    speed_t = limb_mean(track.speeds_tk, limb)
    return np.full(len(speed_t), np.nan) if track.unsteady else speed_t


def step_rates(track: Track, values_tc: Float, *, circle: float | None = None) -> Float:
    """Return the change a second (T − 1, C) from each frame to the next; NaN over gaps.

    ``circle``: the values are angles that start again after so much.
    """
    steps = np.diff(values_tc, axis=0)
    if circle is not None:
        steps = np.remainder(steps + circle / 2, circle) - circle / 2
    return np.asarray(steps / track.near_s[:, None])


def to_frames(step_values: Float) -> Float:
    """Return values of frames (T,) as the mean of those of the steps (T − 1,) beside them."""
    padded = np.concatenate([[np.nan], step_values, [np.nan]])
    pairs = np.stack([padded[:-1], padded[1:]])
    known = np.isfinite(pairs)
    out = np.full(pairs.shape[1], np.nan)
    np.divide(np.where(known, pairs, 0).sum(0), known.sum(0), out=out, where=known.any(0))
    return out


def second_rates(track: Track, rates: Float) -> Float:
    """Return the change a second (T, C) of the rates of steps (T − 1, C); NaN beside gaps."""
    out = np.full((len(rates) + 1, rates.shape[1]), np.nan)
    between_s = (track.near_s[:-1] + track.near_s[1:]) / 2
    out[1:-1] = np.diff(rates, axis=0) / between_s[:, None]
    return out
