"""True motions without pictures: rendered infants' joints over time, seen by cameras drawn anew.

Making a pose costs a millisecond, a camera nothing; so joints are made once, in three dimensions,
kept in a file, and seen from elsewhere, faster, slower or mirrored each time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import typer
from numpy.typing import NDArray

from pipeline.skeleton import INFANT13
from training.errors import DatasetError
from training.synthetic.body import sample_shape
from training.synthetic.cots import sample_law
from training.synthetic.motion import Choreography, MotionLaw
from training.synthetic.pose import sample_pose, skeleton_of
from training.synthetic.scene import stream
from training.synthetic.view import View

Float = NDArray[np.float64]

FPS = 20
# Tracks of these seeds are for learning; those of a comparison begin elsewhere.
TRAINING_SEED, UNSEEN_SEED = 3_000_000, 4_000_000
_SLOWEST, _FASTEST = 0.6, 2.2


def lively_law(rng: np.random.Generator, seconds: float) -> MotionLaw:
    """Draw what an infant does, with a wider range of pace than rendered clips show."""
    law = sample_law(rng, seconds)
    return replace(
        law,
        writhe=float(rng.uniform(0.03, 0.28)),
        writhe_hz=float(rng.uniform(0.1, 0.5)),
        head_deg=float(rng.uniform(4, 25)),
    )


def joints_of(seed: int, seconds: float, fps: int = FPS) -> Float:
    """Return one infant's joints (T, 13, 3) in trunk lengths."""
    shape = sample_shape(stream(seed, "shape"))
    pose = sample_pose(stream(seed, "pose"), shape)
    law = lively_law(stream(seed, "law"), seconds)
    dance = Choreography.plan(pose, shape, law, seed, seconds)
    frames = []
    for number in range(round(seconds * fps)):
        joints = skeleton_of(shape, dance.pose_at(number / fps)).joints
        frames.append(np.stack([joints[name] for name in INFANT13.keypoints]))
    return np.asarray(frames, np.float64)


def make_tracks(path: Path, count: int, seconds: float, seed: int) -> Float:
    """Make ``count`` motions (N, T, 13, 3), keep them in ``path`` and return them."""
    with typer.progressbar(range(count), label="motions") as numbers:
        joints = np.stack([joints_of(seed + number, seconds) for number in numbers])
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part.npz")
    np.savez_compressed(part, joints=joints.astype(np.float32), seed=seed)
    part.replace(path)
    return joints


def read_tracks(path: Path, count: int, seconds: float, seed: int) -> Float:
    """Return kept motions (N, T, 13, 3), made first where the file is not there.

    Raises ``DatasetError`` where the file holds others than those asked for.
    """
    if not path.exists():
        return make_tracks(path, count, seconds, seed)
    with np.load(path) as kept:
        joints, made_with = np.asarray(kept["joints"], np.float64), int(kept["seed"])
    if joints.shape[:2] != (count, round(seconds * FPS)) or made_with != seed:
        raise DatasetError(f"{path}: holds other motions than the spec asks for; remove it")
    return joints


@dataclass(frozen=True, slots=True)
class Seen:
    """Windows of motion as cameras see them, in trunk lengths (median over each window).

    ``points_ntkc`` (N, T, 13, 2); ``times_nt`` (N, T) in seconds.
    """

    points_ntkc: Float
    times_nt: Float


def windows(
    joints: Float, rng: np.random.Generator, count: int, frames: int, rates: tuple[float, ...]
) -> Seen:
    """Draw windows: any track, start, pace, frame rate, camera, and side (mirrored)."""
    seconds = (joints.shape[1] - 1) / FPS
    points, times = [], []
    for _ in range(count):
        pace = float(np.exp(rng.uniform(np.log(_SLOWEST), np.log(_FASTEST))))
        step_s = 1 / float(rng.choice(rates))
        steps = step_s * (1 + 0.1 * rng.uniform(-1, 1, frames))
        # Now and then frames are lost on the way from the camera.
        steps *= np.where(rng.uniform(size=frames) < 0.02, 2, 1)
        at_s = np.cumsum(steps) - steps[0]
        pace = min(pace, 0.95 * seconds / at_s[-1])
        start_s = rng.uniform(0, seconds - pace * at_s[-1])
        track = joints[int(rng.integers(len(joints)))]
        points.append(_in_trunks(seen_by(random_view(rng), _at(track, start_s + pace * at_s))))
        times.append(at_s)
    both = np.stack(points)
    mirrored = rng.uniform(size=count) < 0.5
    both[mirrored] = both[mirrored][:, :, list(INFANT13.flip_indices)] * (-1, 1)
    return Seen(both, np.stack(times))


def random_view(rng: np.random.Generator) -> View:
    """Draw a camera over the cot, from above to far aside."""
    tilt = float(min(abs(rng.normal(0, 26)), 65))
    yaw, azimuth = rng.uniform(0, 360, 2)
    return View((1, 1), float(yaw), tilt, float(azimuth), float(rng.uniform(5, 14)), 1.0, (0, 0))


def seen_by(view: View, joints_tkc: Float) -> Float:
    """Return joints (T, K, 3) as a camera sees them, (T, K, 2)."""
    return np.asarray(view.project(joints_tkc.astype(np.float32))[..., :2], np.float64)


def _at(track_tkc: Float, at_s: Float) -> Float:
    """Return a track at any times, by straight lines between its frames."""
    place = np.clip(at_s * FPS, 0, len(track_tkc) - 1.001)
    before = place.astype(int)
    share = (place - before)[:, None, None]
    return (1 - share) * track_tkc[before] + share * track_tkc[before + 1]


def trunk_of(points_tkc: Float) -> float:
    """Return the median length from mid-shoulder to mid-hip of a series (T, 13, 2)."""
    index = INFANT13.index
    middle = [
        0.5 * (points_tkc[:, index(f"left_{part}")] + points_tkc[:, index(f"right_{part}")])
        for part in ("shoulder", "hip")
    ]
    return float(np.nanmedian(np.linalg.norm(middle[0] - middle[1], axis=-1)))


def _in_trunks(points_tkc: Float) -> Float:
    # From far aside a trunk is short; its length then says little of the body's.
    return points_tkc / max(trunk_of(points_tkc), 0.35)
