"""Bodies that move by a known law, as tracks ready to be measured."""

from __future__ import annotations

import numpy as np

from db.codec import KeypointBlock
from pipeline.movement import Track, figure, make_track
from pipeline.skeleton import INFANT13
from tests.support.tiny_models import standing_body

TRUNK_PX = 80.0
BODY_KC = standing_body(trunk=TRUNK_PX)
_FPS = 15
# A joint and the points that turn about it with the limb.
TURNS = (
    ("left_shoulder", ("left_elbow", "left_wrist")),
    ("right_shoulder", ("right_elbow", "right_wrist")),
    ("left_hip", ("left_knee", "left_ankle")),
    ("right_hip", ("right_knee", "right_ankle")),
    ("left_elbow", ("left_wrist",)),
    ("right_elbow", ("right_wrist",)),
    ("left_knee", ("left_ankle",)),
    ("right_knee", ("right_ankle",)),
)


def frame_times(seconds: float = 60, fps: float = 25, start_us: int = 0) -> np.ndarray:
    return start_us + (np.arange(round(seconds * fps)) * 1e6 / fps).round().astype(np.int64)


def still(times_us: np.ndarray, body_kc: np.ndarray = BODY_KC) -> np.ndarray:
    return np.repeat(body_kc[None], len(times_us), 0)


def shifted(points_tkc: np.ndarray, name: str, x: np.ndarray | float, y: np.ndarray | float = 0):
    """Move a keypoint by so many trunks."""
    out = points_tkc.copy()
    out[:, INFANT13.index(name), 0] += x * TRUNK_PX
    out[:, INFANT13.index(name), 1] += y * TRUNK_PX
    return out


def turned(points_tkc: np.ndarray, joint: str, moved: tuple[str, ...], angle_rad: np.ndarray):
    """Turn keypoints about a joint, clockwise in the picture."""
    out = points_tkc.copy()
    centre = points_tkc[:, INFANT13.index(joint)]
    cos, sin = np.cos(angle_rad), np.sin(angle_rad)
    for name in moved:
        x, y = (points_tkc[:, INFANT13.index(name)] - centre).T
        out[:, INFANT13.index(name)] = centre + np.stack([cos * x - sin * y, sin * x + cos * y], 1)
    return out


def with_noise(points_tkc: np.ndarray, trunks: float, seed: int = 0) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(0, trunks * TRUNK_PX, points_tkc.shape)
    return points_tkc + noise


def track_of(times_us, points_tkc, *, scores=0.9, flags=None, **more) -> Track:
    flags = np.zeros(len(times_us), np.uint16) if flags is None else flags
    scores_tk = np.broadcast_to(np.asarray(scores, float), points_tkc.shape[:2])
    return make_track(KeypointBlock(times_us, flags, points_tkc, scores_tk), **more)


def value(track: Track, name: str, part: str = "body", window_us=None):
    """Return a measure's value over the whole track."""
    window_us = window_us or (int(track.times_us[0]), int(track.times_us[-1]) + 1)
    return figure(track, window_us, name, part, with_interval=False).value


def restless_infant(seed: int, minutes: int) -> Track:
    """Return a track at 15 frames/s: every joint wanders, and swings in bouts of seconds."""
    generator = np.random.default_rng(seed)
    times_us = np.arange(minutes * 60 * _FPS) * (1_000_000 // _FPS)
    points = still(times_us)
    awake = _slow(generator, len(times_us), 4.0) > 0.3
    for joint, moved in TURNS:
        own = awake & (_slow(generator, len(times_us), 1.5) > 0)
        size = _smooth(own.astype(float), 0.4)
        swing = size * np.sin(
            2 * np.pi * np.cumsum(1 + 0.4 * _slow(generator, len(size), 3)) / _FPS
        )
        angle = 0.25 * _slow(generator, len(times_us), 2.0) + 0.4 * swing
        points = turned(points, joint, moved, angle)
    return track_of(times_us, with_noise(points, 0.001, seed))


def _slow(generator: np.random.Generator, count: int, seconds: float) -> np.ndarray:
    """Return noise (count,) of unit deviation that changes within ``seconds``."""
    smooth = _smooth(generator.normal(size=count), seconds)
    return smooth / smooth.std()


def _smooth(values: np.ndarray, seconds: float) -> np.ndarray:
    window = np.hanning(round(seconds * _FPS) + 2)
    return np.convolve(values, window / window.sum(), "same")
