"""True keypoints of rendered infants that move by a known law, without drawing a picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter

from db.codec import KeypointBlock
from pipeline.movement import Track, make_track
from pipeline.skeleton import INFANT13
from training.synthetic.cots import cot_scene
from training.synthetic.motion import Choreography, MotionLaw
from training.synthetic.pose import skeleton_of

FPS = 15
# From frame to frame the bundled model's keypoints shake by 0.001 to 0.002 trunks; beside that they
# wander, which true keypoints do not: see training/wander.py.
JITTER_TRUNKS = 0.002


@dataclass(frozen=True)
class Truth:
    """A clip's true keypoints (T, 13, 2) in pixels at its times (T,) in µs."""

    times_us: np.ndarray
    keypoints_tkc: np.ndarray
    law: MotionLaw
    posture: str

    def track(self, scores: np.ndarray | float = 0.9) -> Track:
        """Return the track of the true keypoints."""
        return _track(self.times_us, self.keypoints_tkc, scores)

    def seen(
        self,
        seed: int = 0,
        jitter: float = JITTER_TRUNKS,
        carried: float = 0.0,
        scores: np.ndarray | float = 0.9,
    ) -> Track:
        """Return the track that a detector with jitter would give.

        ``carried``: the share of the jitter that is carried over to the next frame.
        """
        trunk_px = self.track().trunk_px
        white = np.random.default_rng(seed).normal(
            0, np.sqrt(1 - carried**2), self.keypoints_tkc.shape
        )
        noise = lfilter([1.0], [1.0, -carried], white, axis=0) * jitter * trunk_px
        return _track(self.times_us, self.keypoints_tkc + noise, scores)


def moving_infant(
    seed: int, law: MotionLaw, seconds: float = 30.0, posture: str | None = None
) -> Truth:
    """Let a rendered infant move by a law and note where its joints are."""
    scene = cot_scene(seed, (480, 640), posture=posture)
    dance = Choreography.plan(scene.pose, scene.shape, law, seed, seconds)
    times_s = np.arange(round(seconds * FPS)) / FPS
    frames = []
    for time_s in times_s:
        joints = skeleton_of(scene.shape, dance.pose_at(float(time_s))).joints
        points = np.stack([joints[name] for name in INFANT13.keypoints])
        frames.append(scene.view.project(points)[:, :2])
    times_us = (times_s * 1e6).round().astype(np.int64)
    return Truth(times_us, np.array(frames, np.float64), law, scene.pose.posture)


def _track(times_us: np.ndarray, points_tkc: np.ndarray, scores: np.ndarray | float) -> Track:
    scores_tk = np.broadcast_to(np.asarray(scores, float), points_tkc.shape[:2])
    flags_t = np.zeros(len(times_us), np.uint16)
    return make_track(KeypointBlock(times_us, flags_t, points_tkc, scores_tk))
