"""Poses within joint limits: supine, prone, on either side, flexed and frog, hands to the face.

A pose is a set of angles; forward kinematics gives the skeleton. Limbs are drawn by trying a few
dozen settings inside the joint limits and keeping one that goes through neither the mattress, the
trunk, the head nor a limb already placed, and that gravity would allow.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np

from training.synthetic.body import SIDES, BodyShape, Skeleton3D, body_cones, core_cones
from training.synthetic.geometry import Array, Cones, turn, unit
from training.synthetic.manners import HABITS, Habit, arm_means, leg_means

POSTURES = ("supine", "prone", "left_side", "right_side")
# Postures of older infants that no cot shows: training meets them so that a pose is judged by the
# body, whatever stands beneath it. `lift` is how high the trunk hangs, in trunk lengths.
FREE_POSTURES = ("sitting", "crawling", "standing")
POSTURE_SHARES = (0.58, 0.16, 0.13, 0.13)
ROLL_DEG = {"supine": 0.0, "prone": 180.0, "left_side": 90.0, "right_side": -90.0}

# Joint limits in degrees: (lowest, highest) of each angle that a limb is set by.
ARM_LIMITS = {"raise": (-5, 170), "forward": (-25, 95), "twist": (-50, 130), "elbow": (5, 150)}
LEG_LIMITS = {"flex": (-12, 130), "spread": (-8, 80), "twist": (-35, 75), "knee": (3, 145)}
TRUNK_LIMITS = {"flex": (-15, 35), "bend": (-20, 20), "twist": (-22, 22)}
HEAD_LIMITS = {"turn": (-80, 80), "nod": (-28, 30), "tilt": (-22, 22)}
SINK = 0.035  # how far the body presses into the mattress, in trunk lengths
CANDIDATES = 40


@dataclass
class Pose:
    """Angles in degrees; ``arms`` and ``legs`` map side → angle name → value."""

    posture: str
    roll_deg: float
    pitch_deg: float
    trunk: dict[str, float]
    head: dict[str, float]
    arms: dict[str, dict[str, float]] = field(default_factory=dict)
    legs: dict[str, dict[str, float]] = field(default_factory=dict)
    fists: dict[str, float] = field(default_factory=dict)
    wrists: dict[str, float] = field(default_factory=dict)
    ankles: dict[str, float] = field(default_factory=dict)
    lift: float = 0.0
    breath: float = 0.0  # -1 breathed out to 1 breathed in


def arm_points(shape: BodyShape, frame: Array, shoulder: Array, side: str, angles: dict) -> tuple:
    """Return elbow (C, 3), wrist (C, 3), and unit axes of the upper arm and forearm.

    ``angles`` holds arrays (C,) in degrees. raise: 0 along the trunk, 90 straight out, 170 by the
    head; forward: out of the coronal plane to the front; twist: where the elbow folds to (0: to
    the front, 90: to the head, negative: to the feet).
    """
    sign = 1.0 if side == "left" else -1.0
    up, ahead, twist, bend = (np.radians(np.atleast_1d(angles[k])) for k in ARM_LIMITS)
    axis = np.stack(
        [sign * np.sin(up) * np.cos(ahead), -np.cos(up) * np.cos(ahead), np.sin(ahead)], -1
    )
    front = np.stack([-sign * 0.35 * np.ones_like(up), 0 * up, np.ones_like(up)], -1)
    headward = np.stack([sign * 0.0 * up, np.ones_like(up), 0 * up], -1)
    wish = np.cos(twist)[:, None] * front + np.sin(twist)[:, None] * headward
    fold = unit(wish - (wish * axis).sum(-1, keepdims=True) * axis)
    fore = np.cos(bend)[:, None] * axis + np.sin(bend)[:, None] * fold
    axis, fore, fold = (v @ frame.T for v in (axis, fore, fold))
    elbow = shoulder + shape.upper_arm * axis
    return elbow, elbow + shape.forearm * fore, axis, fore, fold


def leg_points(shape: BodyShape, frame: Array, hip: Array, side: str, angles: dict) -> tuple:
    """Return knee (C, 3), ankle (C, 3), and unit axes of thigh, shank and the fold.

    flex: 0 straight, 90 to the front; spread: away from the midline; twist: positive turns the
    shank inwards under the body, as in the frog posture.
    """
    sign = 1.0 if side == "left" else -1.0
    flex, spread, twist, bend = (np.radians(np.atleast_1d(angles[k])) for k in LEG_LIMITS)
    axis = np.stack(
        [sign * np.sin(spread), -np.cos(spread) * np.cos(flex), np.cos(spread) * np.sin(flex)], -1
    )
    back = np.stack([0 * flex, -np.sin(flex), -np.cos(flex)], -1)
    back = unit(back - (back * axis).sum(-1, keepdims=True) * axis)
    inward = np.cross(axis, back) * 1.0
    inward *= np.where(inward[:, :1] * sign > 0, -1, 1)
    fold = np.cos(twist)[:, None] * back + np.sin(twist)[:, None] * inward
    shin = np.cos(bend)[:, None] * axis + np.sin(bend)[:, None] * fold
    axis, shin, fold = (v @ frame.T for v in (axis, shin, fold))
    knee = hip + shape.thigh * axis
    return knee, knee + shape.shank * shin, axis, shin, fold


def _draw(
    rng: np.random.Generator, limits: dict, means: dict, spread: float, posture: str
) -> dict[str, Array]:
    """Draw settings around ``means`` (deviation as a share of the range), kept within limits.

    Off the back the mattress rules out most of them: later ones are drawn ever wider.
    """
    n = CANDIDATES
    widening = np.ones(n) if posture == "supine" else np.linspace(1, 4, n)
    drawn = {}
    for name, (low, high) in limits.items():
        value = means[name] + rng.normal(0, spread * (high - low), n) * widening
        drawn[name] = np.clip(value, low, high)
    return drawn


def head_side(pose: Pose) -> str:
    """Return where the face points: 'left', 'right' (the infant's own) or 'middle'."""
    turn_deg = pose.head["turn"]
    return "middle" if abs(turn_deg) < 25 else ("left" if turn_deg > 0 else "right")


def sample_pose(
    rng: np.random.Generator, shape: BodyShape, posture: str | None = None, habit: str = ""
) -> Pose:
    """Draw a whole pose that is free of collisions as far as the tries allow.

    ``habit`` names one of :data:`HABITS`; without one every limb is drawn for itself.
    """
    posture = posture or str(rng.choice(POSTURES, p=POSTURE_SHARES))

    def within(limits: tuple[float, float], deviation: float) -> float:
        return float(np.clip(rng.normal(0, deviation), *limits))

    trunk = {name: within(TRUNK_LIMITS[name], 9) for name in TRUNK_LIMITS}
    head = {
        "turn": float(rng.choice([-1, 1]) * np.clip(rng.gamma(2, 20), 0, 80)),
        "nod": within(HEAD_LIMITS["nod"], 10),
        "tilt": within(HEAD_LIMITS["tilt"], 8),
    }
    if posture == "prone":
        head["turn"] = float(rng.choice([-1, 1]) * rng.uniform(62, 80))
        trunk["flex"] = abs(trunk["flex"]) * 0.3
    if posture.endswith("side"):
        head["turn"] *= 0.4
        trunk["flex"] = float(rng.uniform(0, 30))
    pitch = float(rng.normal(0, 3))
    if posture == "supine" and rng.uniform() < 0.12:  # propped up, or held sitting
        pitch = float(rng.uniform(15, 75))
    if posture == "prone" and rng.uniform() < 0.25:  # lifts head and chest
        pitch = float(rng.uniform(-40, -10))
        head["turn"] *= rng.uniform(0, 0.6)
        head["nod"] = float(rng.uniform(-28, 0))
    lift = 0.0
    if posture in FREE_POSTURES:
        pitch, lift = _free_trunk(rng, posture)
        head["turn"] *= rng.uniform(0, 1)
        head["nod"] += -rng.uniform(0, 35) if posture == "crawling" else 0.0
    way = HABITS[habit] if habit else Habit()
    pitch = float(rng.uniform(*way.pitch)) if way.pitch else pitch
    head["nod"] = float(rng.uniform(*way.nod)) if way.nod else head["nod"]
    head["turn"] *= way.facing
    roll = ROLL_DEG.get(posture, 180.0 if posture == "crawling" else 0.0) + rng.normal(
        0, 9 if posture in ("supine", "prone") else 16
    )
    pose = Pose(posture, float(roll), pitch, trunk, head, lift=lift)
    for side in SIDES:
        pose.fists[side] = float(rng.choice([rng.uniform(0.1, 0.8), rng.uniform(1.2, 2.2)]))
        pose.wrists[side] = float(rng.normal(0, 25))
        pose.ankles[side] = float(rng.normal(15, 22))
    _place_limbs(rng, shape, pose, way)
    return pose


def swaddled(rng: np.random.Generator, shape: BodyShape, pose: Pose) -> Pose:
    """Return a pose with the limbs as a swaddling cloth holds them."""
    held = replace(pose, arms={}, legs={})
    _place_limbs(rng, shape, held, HABITS["swaddled"])
    return held


def _free_trunk(rng: np.random.Generator, posture: str) -> tuple[float, float]:
    """Draw the trunk's pitch in degrees and its height over the floor in trunk lengths."""
    if posture == "sitting":
        return float(rng.uniform(50, 105)), 0.0
    if posture == "standing":
        return float(rng.uniform(75, 105)), float(rng.uniform(0.6, 1.0))
    return float(rng.uniform(-45, 20)), float(rng.uniform(0.15, 0.75))


def _place_limbs(rng: np.random.Generator, shape: BodyShape, pose: Pose, way: Habit) -> None:
    """Choose arm and leg angles one limb after the other."""
    firm = 1 - way.soft
    base = frame_of(shape, pose)
    obstacles = core_cones(shape, base)
    for side in SIDES:
        means = way.arms or arm_means(rng, pose.posture)
        drawn = _draw(rng, ARM_LIMITS, means, 0.16, pose.posture)
        shoulder = base.joints[f"{side}_shoulder"]
        elbow, wrist, _, fore, _ = arm_points(shape, base.thorax, shoulder, side, drawn)
        hand = wrist + 0.8 * shape.hand * fore
        best = _best(rng, obstacles, [(elbow, 0.08), (wrist, 0.06), (hand, 0.05)], firm)
        pose.arms[side] = {name: float(values[best]) for name, values in drawn.items()}
        obstacles = _with_limb(obstacles, elbow[best], hand[best], 0.05)
    for side in SIDES:
        means = way.legs or leg_means(rng, pose.posture)
        drawn = _draw(rng, LEG_LIMITS, means, 0.13, pose.posture)
        hip = base.joints[f"{side}_hip"]
        knee, ankle, _, shin, _ = leg_points(shape, base.pelvis, hip, side, drawn)
        best = _best(rng, obstacles, [(knee, 0.1), (ankle + 0.06 * shin, 0.07)], firm)
        pose.legs[side] = {name: float(values[best]) for name, values in drawn.items()}
        obstacles = _with_limb(obstacles, knee[best], ankle[best], 0.07)


def _with_limb(obstacles: Cones, a: Array, b: Array, radius: float) -> Cones:
    """Return the obstacles and one more cone."""
    radii = np.array([radius], np.float32)
    limb = Cones(a[None], b[None], radii, radii, np.array([-1]))
    return Cones.joined([obstacles, limb])


def _best(
    rng: np.random.Generator,
    obstacles: Cones,
    chain: list[tuple[Array, float]],
    firm: float = 1.0,
) -> int:
    """Return the candidate that collides least; among the free ones, nearly any.

    ``firm``: how much of the body's resistance counts; the mattress always gives none.
    """
    cost = rng.gumbel(0, 0.10, len(chain[0][0]))
    ends = [points for points, _ in chain]
    radii = [radius for _, radius in chain]
    between = [0.5 * (a + b) for a, b in pairwise(ends)]
    for points, radius in zip(ends + between, radii + radii[1:], strict=True):
        cost += 8 * np.maximum(radius - SINK - points[:, 2], 0)
        inside = np.maximum(0.9 * radius - obstacles.distance(points), 0)
        cost += 8 * firm * inside.max(1)
        cost += 0.25 * points[:, 2]
    return int(cost.argmin())


def frame_of(shape: BodyShape, pose: Pose) -> Skeleton3D:
    """Place trunk and head on the mattress; limbs are not set yet."""
    rad = np.radians
    thorax = turn("y", rad(pose.roll_deg)) @ turn("x", rad(pose.pitch_deg))
    trunk = pose.trunk
    pelvis = thorax @ turn("x", rad(-trunk["flex"])) @ turn("z", rad(trunk["bend"]))
    pelvis = pelvis @ turn("y", rad(trunk["twist"]))
    down = np.array([0, -0.5, 0], np.float32)
    joints = {"mid_shoulder": np.zeros(3, np.float32)}
    joints["mid_hip"] = thorax @ down + pelvis @ down
    joints["mid_hip"] /= max(float(np.linalg.norm(joints["mid_hip"])), 1e-6)
    head = thorax @ turn("y", rad(pose.head["turn"])) @ turn("x", rad(pose.head["nod"]))
    head = head @ turn("z", rad(pose.head["tilt"]))
    lean = turn("z", rad(0.6 * pose.head["tilt"])) @ turn("x", rad(0.5 * pose.head["nod"]))
    reach = shape.neck + 0.1 * (shape.head - 1)
    joints["head"] = thorax @ lean @ np.array([0, reach, 0.04], np.float32)
    skeleton = Skeleton3D(thorax, pelvis, head, joints, {}, {}, {})
    for side, sign in (("left", 1), ("right", -1)):
        joints[f"{side}_shoulder"] = thorax @ np.array(
            [sign * shape.shoulder_half, -0.0, 0.0], np.float32
        )
        joints[f"{side}_hip"] = joints["mid_hip"] + pelvis @ np.array(
            [sign * shape.hip_half, 0, 0], np.float32
        )
    _rest(shape, skeleton, 0.0 if abs(pose.pitch_deg) > 9 or pose.lift else 1.0)
    if pose.lift:
        for name in joints:
            joints[name] = joints[name] + np.array([0, 0, pose.lift], np.float32)
    skeleton.breath = pose.breath  # after the body came to rest: breathing moves no joint
    return skeleton


def _rest(shape: BodyShape, skeleton: Skeleton3D, limp: float) -> None:
    """Lower the trunk, then the head where the neck is ``limp`` (1), on to the mattress (z = 0)."""
    cones = core_cones(shape, skeleton)
    bottom = np.minimum(cones.a[:, 2] - cones.radius_a, cones.b[:, 2] - cones.radius_b)
    is_head = cones.part <= 4
    lift = -float(bottom[~is_head].min()) - SINK
    for name in skeleton.joints:
        skeleton.joints[name] = skeleton.joints[name] + np.array([0, 0, lift], np.float32)
    gap = float(bottom[is_head].min()) + lift + SINK
    # The neck gives way by so much; a head lying higher than that rests on a fold or a pillow.
    drop = np.clip(gap, -0.35, 0.3 * limp)
    skeleton.joints["head"] = skeleton.joints["head"] - np.array([0, 0, drop], np.float32)


def skeleton_of(shape: BodyShape, pose: Pose) -> Skeleton3D:
    """Return the posed skeleton with all joints, hands and feet."""
    skeleton = frame_of(shape, pose)
    joints = skeleton.joints
    for side in SIDES:
        arm = {name: np.array([value]) for name, value in pose.arms[side].items()}
        elbow, wrist, _, fore, fold = (
            v[0] for v in arm_points(shape, skeleton.thorax, joints[f"{side}_shoulder"], side, arm)
        )
        leg = {name: np.array([value]) for name, value in pose.legs[side].items()}
        knee, ankle, _, shin, back = (
            v[0] for v in leg_points(shape, skeleton.pelvis, joints[f"{side}_hip"], side, leg)
        )
        for name, point in (("elbow", elbow), ("wrist", wrist), ("knee", knee), ("ankle", ankle)):
            joints[f"{side}_{name}"] = point.astype(np.float32)
        skeleton.palms[side] = _palm(fore, fold, pose.wrists[side])
        skeleton.toes[side] = _foot(shin, back, pose.ankles[side])
        skeleton.fists[side] = pose.fists[side]
    nose = shape.head * np.array([0, -0.075, 0.395], np.float32)
    joints["nose"] = joints["head"] + skeleton.head @ nose
    _above_mattress(skeleton)
    return skeleton


def _palm(fore: Array, fold: Array, bend_deg: float) -> Array:
    """Return the hand's axes as columns: forward, palm side, across."""
    palm = unit(fold - (fold @ fore) * fore)
    angle = np.radians(bend_deg)
    forward = np.cos(angle) * fore + np.sin(angle) * palm
    out = np.cos(angle) * palm - np.sin(angle) * fore
    return np.stack([forward, out, np.cross(forward, out)], 1).astype(np.float32)


def _foot(shin: Array, back: Array, point_deg: float) -> Array:
    """Return the foot's axes as columns: toes, across, up the shank; 0° is a right angle."""
    front = -unit(back - (back @ shin) * shin)
    # With the leg stretched the fold and the shank are nearly parallel; unit() keeps it finite.
    angle = np.radians(point_deg)
    toes = np.cos(angle) * front + np.sin(angle) * shin
    up = -np.cos(angle) * shin + np.sin(angle) * front
    return np.stack([toes, np.cross(up, toes), up], 1).astype(np.float32)


def _above_mattress(skeleton: Skeleton3D) -> None:
    """Turn hands and feet flat where they would press through the mattress."""
    for side in SIDES:
        for axes, origin in (
            (skeleton.palms[side], skeleton.joints[f"{side}_wrist"]),
            (skeleton.toes[side], skeleton.joints[f"{side}_ankle"]),
        ):
            tip = origin[2] + 0.3 * axes[2, 0]
            if tip < 0.02:
                forward = axes[:, 0].copy()
                forward[2] = max((0.02 - origin[2]) / 0.3, -0.9)
                forward = unit(forward)
                out = unit(axes[:, 1] - (axes[:, 1] @ forward) * forward)
                axes[:] = np.stack([forward, out, np.cross(forward, out)], 1)


def figure_of(shape: BodyShape, pose: Pose) -> tuple[Skeleton3D, Cones]:
    """Return skeleton and undressed body in the world."""
    skeleton = skeleton_of(shape, pose)
    return skeleton, body_cones(shape, skeleton)
