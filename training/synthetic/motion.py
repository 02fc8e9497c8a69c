"""Movement by known laws: writhing, kicks, startles, tremor, rest; as joint angles over time.

Every law is a smooth function of time, so a clip can be sampled at any frame rate and its true
movement figures follow from the true keypoints.
"""

from __future__ import annotations

import copy
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, maximum_filter1d

from pipeline.skeleton import INFANT13
from training.synthetic.body import SIDES, BodyShape, Skeleton3D, core_cones
from training.synthetic.geometry import Array
from training.synthetic.pose import (
    ARM_LIMITS,
    HEAD_LIMITS,
    LEG_LIMITS,
    SINK,
    TRUNK_LIMITS,
    Pose,
    arm_points,
    frame_of,
    leg_points,
)
from training.synthetic.scene import stream

Span = tuple[float, float]
# The trunk swings by this share of what a limb would of its range.
_TRUNK_SHARE = 0.7
_BREATHS_HZ = (0.6, 1.1)


@dataclass(frozen=True)
class MotionLaw:
    """What an infant does in a clip; spans are (start, end) in seconds.

    ``writhe`` is a share of each joint's range (0.1 is lively); kicks run at ``kick_hz`` with
    ``kick_deg`` at hip and knee, by ``kick_side`` ('left', 'right', 'both', 'alternate').
    """

    writhe: float = 0.08
    writhe_hz: float = 0.22
    kick_hz: float = 0.9
    kick_deg: float = 38.0
    kick_side: str = "alternate"
    kicks: tuple[Span, ...] = ()
    startles_s: tuple[float, ...] = ()
    tremor_hz: float = 6.0
    tremor_deg: float = 6.0
    tremors: tuple[Span, ...] = ()
    rests: tuple[Span, ...] = ()
    head_deg: float = 12.0


def _within(t: float, spans: tuple[Span, ...], edge_s: float) -> float:
    """Return 1 inside a span, 0 outside, with smooth shoulders of ``edge_s``."""
    level = 0.0
    for start, end in spans:
        x = min((t - start) / edge_s, (end - t) / edge_s)
        x = float(np.clip(x, 0, 1))
        level = max(level, x * x * (3 - 2 * x))
    return level


def _wave(rng: np.random.Generator, t: float, hz: float) -> float:
    """Return a slow wandering between about -1 and 1; each call takes the same number of draws."""
    rates, phases, weights = (
        rng.uniform(0.4, 1.7, 3),
        rng.uniform(0, 2 * np.pi, 3),
        (0.5, 0.35, 0.25),
    )
    return float(
        sum(
            w * np.sin(2 * np.pi * hz * r * t + p)
            for r, p, w in zip(rates, phases, weights, strict=True)
        )
    )


def wished_pose(base: Pose, law: MotionLaw, t: float, seed: int) -> Pose:
    """Return the pose that the law asks for at ``t`` seconds, within joint limits."""
    rng = stream(seed, "motion")
    pose = copy.deepcopy(base)
    awake = 1 - _within(t, law.rests, 0.6)
    _sway(pose, law, t, seed, awake)
    for name, limits in HEAD_LIMITS.items():
        share = law.head_deg * (1.0 if name == "turn" else 0.4)
        pose.head[name] += awake * share * _wave(rng, t, 0.5 * law.writhe_hz)
        pose.head[name] = float(np.clip(pose.head[name], *limits))
    for limbs, table in ((pose.arms, ARM_LIMITS), (pose.legs, LEG_LIMITS)):
        for side in SIDES:
            for name, (low, high) in table.items():
                swing = law.writhe * (high - low) * _wave(rng, t, law.writhe_hz)
                limbs[side][name] += awake * swing
    for side in SIDES:
        pose.fists[side] += 0.5 * awake * _wave(rng, t, 1.5 * law.writhe_hz)
        pose.wrists[side] += 14 * awake * _wave(rng, t, 1.2 * law.writhe_hz)
        pose.ankles[side] += 14 * awake * _wave(rng, t, 1.2 * law.writhe_hz)
        _kick(pose, law, t, side)
        _startle(pose, law, t, side)
        shake = (
            _within(t, law.tremors, 0.3) * law.tremor_deg * np.sin(2 * np.pi * law.tremor_hz * t)
        )
        pose.arms[side]["elbow"] += float(shake)
    for limbs, table in ((pose.arms, ARM_LIMITS), (pose.legs, LEG_LIMITS)):
        for side in SIDES:
            for name, limits in table.items():
                limbs[side][name] = float(np.clip(limbs[side][name], *limits))
    return pose


def _sway(pose: Pose, law: MotionLaw, t: float, seed: int, awake: float) -> None:
    """Bend and twist the trunk as the limbs writhe, and breathe, which moves no joint."""
    rng = stream(seed, "trunk")
    for name, limits in TRUNK_LIMITS.items():
        swing = _TRUNK_SHARE * law.writhe * (limits[1] - limits[0])
        pose.trunk[name] += awake * swing * _wave(rng, t, 0.7 * law.writhe_hz)
        pose.trunk[name] = float(np.clip(pose.trunk[name], *limits))
    rate_hz = rng.uniform(*_BREATHS_HZ)
    depth = rng.uniform(0.4, 1.0) * (1 + 0.4 * np.sin(2 * np.pi * 0.07 * t))
    pose.breath = float(depth * np.sin(2 * np.pi * rate_hz * t))


def _kick(pose: Pose, law: MotionLaw, t: float, side: str) -> None:
    if law.kick_side not in (side, "both", "alternate"):
        return
    phase = np.pi if law.kick_side == "alternate" and side == "right" else 0.0
    beat = 0.5 - 0.5 * np.cos(2 * np.pi * law.kick_hz * t + phase)
    push = float(_within(t, law.kicks, 0.5) * law.kick_deg * beat)
    pose.legs[side]["flex"] -= push
    pose.legs[side]["knee"] -= 1.3 * push


def _startle(pose: Pose, law: MotionLaw, t: float, side: str) -> None:
    jolt = 0.0
    for start in law.startles_s:
        if t > start:
            jolt += (1 - np.exp(-(((t - start) / 0.17) ** 2))) * np.exp(-(t - start) / 0.8)
    pose.arms[side]["raise"] += 45 * jolt
    pose.arms[side]["elbow"] -= 70 * jolt
    pose.arms[side]["forward"] += 28 * jolt
    pose.legs[side]["flex"] += 14 * jolt


def lifts_needed(shape: BodyShape, pose: Pose) -> NDArray[np.float64]:
    """Return by how many degrees each limb (:data:`LIMBS`) must rise to lie clear.

    Clear of the mattress and of trunk and head; arms rise by ``forward``, legs by ``flex``.
    """
    skeleton = frame_of(shape, replace(pose, breath=0.0))
    core = core_cones(shape, skeleton)
    tries = np.linspace(0, 75, 16)
    needed = np.zeros(len(LIMBS))
    for number, (limb, side) in enumerate(LIMBS):
        limbs, points_of, frame, root = _limb(pose, skeleton, limb, side)
        name, limits = _RISES[limb]
        angles = {k: np.full(len(tries), v) for k, v in limbs[side].items()}
        angles[name] = np.clip(angles[name] + _upward(frame) * tries, *limits)
        middle, end, _, way, _ = points_of(shape, frame, skeleton.joints[root], side, angles)
        depth = np.zeros(len(tries))
        for points, radius in ((middle, 0.08), (end, 0.065), (end + 0.15 * way, 0.05)):
            depth = np.maximum(depth, radius - SINK - points[:, 2])
            depth = np.maximum(depth, 0.8 * radius - core.distance(points).min(1))
        needed[number] = _first_clear(tries, depth)
    return needed


LIMBS = tuple((limb, side) for limb in ("arm", "leg") for side in SIDES)
_RISES = {"arm": ("forward", ARM_LIMITS["forward"]), "leg": ("flex", LEG_LIMITS["flex"])}


def _upward(frame: Array) -> float:
    """Return the sign by which 'to the front' is 'up from the mattress'."""
    return 1.0 if frame[2, 2] > -0.3 else -1.0


def _limb(pose: Pose, skeleton: Skeleton3D, limb: str, side: str) -> tuple[Any, ...]:
    if limb == "arm":
        return pose.arms, arm_points, skeleton.thorax, f"{side}_shoulder"
    return pose.legs, leg_points, skeleton.pelvis, f"{side}_hip"


@dataclass(frozen=True)
class Choreography:
    """A clip's movement: the law, and how far limbs rise so as not to go through anything.

    ``lifts`` (T, 4) are degrees at ``times_s`` (T,), smooth in time.
    """

    base: Pose
    shape: BodyShape
    law: MotionLaw
    seed: int
    times_s: NDArray[np.float64]
    lifts: NDArray[np.float64]

    @staticmethod
    def plan(
        base: Pose, shape: BodyShape, law: MotionLaw, seed: int, seconds: float
    ) -> Choreography:
        """Work out the lifts ten times a second, widened and smoothed so that nothing jumps."""
        times = np.arange(0, seconds + 0.1, 0.1)
        raw = np.stack([lifts_needed(shape, wished_pose(base, law, t, seed)) for t in times])
        wide = maximum_filter1d(raw, 5, axis=0, mode="nearest")
        return Choreography(
            base, shape, law, seed, times, gaussian_filter1d(wide, 2.2, axis=0, mode="nearest")
        )

    def pose_at(self, t: float) -> Pose:
        """Return the pose at ``t`` seconds, within joint limits."""
        pose = wished_pose(self.base, self.law, t, self.seed)
        frame = frame_of(self.shape, pose)
        for number, (limb, side) in enumerate(LIMBS):
            limbs, _, axes, _ = _limb(pose, frame, limb, side)
            name, limits = _RISES[limb]
            lift = np.interp(t, self.times_s, self.lifts[:, number])
            limbs[side][name] = float(np.clip(limbs[side][name] + _upward(axes) * lift, *limits))
        return pose


def _first_clear(angle: NDArray[np.float64], depth: NDArray[np.float64]) -> float:
    """Return the first angle with depth under a hair's breadth, interpolated; else the clearest."""
    allowed = 0.01
    clear = np.nonzero(depth <= allowed)[0]
    if not len(clear):
        return float(angle[depth.argmin()])
    k = int(clear[0])
    if k == 0:
        return float(angle[0])
    share = (depth[k - 1] - allowed) / max(depth[k - 1] - depth[k], 1e-9)
    return float(angle[k - 1] + share * (angle[k] - angle[k - 1]))


def movement_figures(
    times_s: NDArray[np.float64], keypoints_tkc: NDArray[np.float64]
) -> dict[str, Any]:
    """Return true movement of a clip from true keypoints (T, 13, 2) in pixels.

    Quantity of motion: mean over keypoints of speed divided by the trunk length (median over the
    clip of mid-shoulder to mid-hip, as seen), in trunk lengths a second; whole and per limb; mean,
    SD and maximum over the frames. Speeds are differences between neighbouring frames.
    """
    index = INFANT13.index
    shoulders = 0.5 * (
        keypoints_tkc[:, index("left_shoulder")] + keypoints_tkc[:, index("right_shoulder")]
    )
    hips = 0.5 * (keypoints_tkc[:, index("left_hip")] + keypoints_tkc[:, index("right_hip")])
    trunk = float(np.median(np.linalg.norm(shoulders - hips, axis=-1)))
    step = np.linalg.norm(np.diff(keypoints_tkc, axis=0), axis=-1) / trunk
    speed_tk = step / np.diff(times_s)[:, None]
    limbs = {
        f"{side}_{limb}": speed_tk[:, [index(f"{side}_{n}") for n in names]].mean(1)
        for side in SIDES
        for limb, names in (("arm", ("elbow", "wrist")), ("leg", ("knee", "ankle")))
    }
    whole = speed_tk.mean(1)
    return {
        "trunk_px": round(trunk, 3),
        "quantity_of_motion": _summary(whole),
        "limbs": {name: _summary(values) for name, values in limbs.items()},
    }


def _summary(values: NDArray[np.float64]) -> dict[str, float]:
    return {
        "mean": round(float(values.mean()), 5),
        "sd": round(float(values.std()), 5),
        "max": round(float(values.max()), 5),
    }


def law_record(law: MotionLaw) -> dict[str, Any]:
    """Return the law's parameters for a truth file."""
    return asdict(law)
