"""A parametric preterm body: proportions, and the rounded cones around a posed skeleton.

Proportions are in trunk lengths (mid-shoulder to mid-hip; about 13 cm in an infant of 40 cm):
a head of about a quarter of the length, short limbs, thin before 30 weeks, rounder at term.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.synthetic.geometry import Array, ConeList, Cones

PARTS = (
    "head face nose ear_left ear_right neck trunk pelvis "
    "upper_arm_left upper_arm_right forearm_left forearm_right hand_left hand_right "
    "thigh_left thigh_right shank_left shank_right foot_left foot_right nappy hat gear"
).split()
PART = {name: index for index, name in enumerate(PARTS)}
SIDES = ("left", "right")


@dataclass(frozen=True)
class BodyShape:
    """The proportions of one infant, in trunk lengths; ``fat`` scales the flesh."""

    age_weeks: float
    fat: float
    head: float
    shoulder_half: float
    hip_half: float
    upper_arm: float
    forearm: float
    thigh: float
    shank: float
    foot: float
    hand: float
    neck: float


@dataclass
class Skeleton3D:
    """A posed skeleton in the world: frames (3×3, columns are body axes) and joints (3,)."""

    thorax: Array
    pelvis: Array
    head: Array
    joints: dict[str, Array]
    toes: dict[str, Array]
    palms: dict[str, Array]
    fists: dict[str, float]
    breath: float = 0.0


def sample_shape(rng: np.random.Generator) -> BodyShape:
    """Draw an infant of 24 to 44 weeks."""
    age = rng.uniform(24, 44)
    fat = 0.78 + 0.32 * (age - 24) / 20 + rng.normal(0, 0.08)
    head = rng.uniform(0.96, 1.2)
    if rng.uniform() < 0.22:  # a chubby infant some months old: the network meets those too
        age, fat, head = 44.0, rng.uniform(1.15, 1.6), rng.uniform(0.88, 1.05)
    return BodyShape(
        age_weeks=float(age),
        fat=float(np.clip(fat, 0.72, 1.6)),
        head=float(head),
        shoulder_half=float(rng.uniform(0.30, 0.38)),
        hip_half=float(rng.uniform(0.22, 0.30)),
        upper_arm=float(rng.uniform(0.40, 0.54)),
        forearm=float(rng.uniform(0.34, 0.47)),
        thigh=float(rng.uniform(0.42, 0.58)),
        shank=float(rng.uniform(0.46, 0.64)),
        foot=float(rng.uniform(0.30, 0.42)),
        hand=float(rng.uniform(0.24, 0.33)),
        neck=float(rng.uniform(0.40, 0.50)),
    )


def core_cones(shape: BodyShape, pose: Skeleton3D) -> Cones:
    """Return head, neck, trunk and pelvis: what the limbs must not go through."""
    cones = ConeList()
    _add_trunk(cones, shape, pose)
    _add_head(cones, shape, pose)
    return cones.build()


def body_cones(shape: BodyShape, pose: Skeleton3D) -> Cones:
    """Return the whole undressed body in the world."""
    cones = ConeList()
    _add_trunk(cones, shape, pose)
    _add_head(cones, shape, pose)
    for side in SIDES:
        _add_arm(cones, shape, pose, side)
        _add_leg(cones, shape, pose, side)
    return cones.build()


def _add_trunk(cones: ConeList, shape: BodyShape, pose: Skeleton3D) -> None:
    fat, wide = shape.fat, shape.shoulder_half / 0.34
    origin = pose.joints["mid_shoulder"]
    hips = pose.joints["mid_hip"]

    def chest(x: float, y: float, z: float) -> Array:
        return origin + pose.thorax @ np.array([x * wide, y, z], np.float32)

    def basin(x: float, y: float, z: float) -> Array:
        return hips + pose.pelvis @ np.array([x, y, z], np.float32)

    trunk, pelvis = PART["trunk"], PART["pelvis"]
    cones.add(chest(-0.2, -0.04, -0.02), chest(0.2, -0.04, -0.02), 0.13, 0.13, trunk)
    for side in (-1, 1):
        x = 0.12 * side
        cones.add(chest(x, -0.14, 0.0), chest(x * 1.1, -0.48, 0.02), 0.19, 0.21, trunk)
        half = 0.55 * shape.hip_half * side
        cones.add(basin(half, -0.1, -0.07), basin(half, 0.04, -0.04), 0.14 * fat, 0.15, pelvis)
    # Preterm infants breathe with the belly; the chest moves little.
    belly = 0.24 * (0.55 + 0.45 * fat) * (1 + 0.035 * pose.breath)
    middle = 0.5 * (chest(0, -0.55, 0.05) + basin(0, 0.45, 0.05))
    cones.add(chest(0, -0.4, 0.03), middle, 0.2, belly, trunk)
    cones.add(middle, basin(0, 0.2, 0.04), belly, belly * 0.9, trunk)
    half = 0.6 * shape.hip_half
    cones.add(basin(-half, 0.02, 0), basin(half, 0.02, 0), 0.17, 0.17, pelvis)


HEAD_FEATURES = {
    "nose": (0.0, -0.075, 0.395),
    "eye_left": (0.115, 0.0, 0.315),
    "eye_right": (-0.115, 0.0, 0.315),
    "mouth": (0.0, -0.205, 0.315),
}


def _add_head(cones: ConeList, shape: BodyShape, pose: Skeleton3D) -> None:
    h, centre = shape.head, pose.joints["head"]

    def at(x: float, y: float, z: float) -> Array:
        return centre + pose.head @ (h * np.array([x, y, z], np.float32))

    head, face = PART["head"], PART["face"]
    cones.add(at(0, 0.06, -0.13), at(0, 0.05, 0.07), 0.295 * h, 0.27 * h, head)
    cones.add(at(0, 0.12, 0.0), at(0, 0.10, 0.10), 0.26 * h, 0.23 * h, head)
    cones.add(at(0, -0.08, 0.09), at(0, -0.23, 0.13), 0.21 * h, 0.115 * h, face)
    for side, name in ((1, "ear_left"), (-1, "ear_right")):
        cones.add(
            at(0.115 * side, -0.13, 0.15), at(0.1 * side, -0.17, 0.15), 0.12 * h, 0.1 * h, face
        )
        ear = PART[name]
        cones.add(
            at(0.275 * side, 0.03, -0.03), at(0.265 * side, -0.09, -0.01), 0.048 * h, 0.036 * h, ear
        )
    nose = PART["nose"]
    cones.add(at(0, -0.01, 0.305), at(0, -0.07, 0.34), 0.028 * h, 0.045 * h, nose)
    cones.add(at(-0.03, -0.08, 0.325), at(0.03, -0.08, 0.325), 0.03 * h, 0.03 * h, nose)
    cones.add(at(-0.035, -0.19, 0.27), at(0.035, -0.19, 0.27), 0.032 * h, 0.032 * h, face)
    cones.add(at(-0.03, -0.225, 0.262), at(0.03, -0.225, 0.262), 0.03 * h, 0.03 * h, face)
    base = pose.joints["mid_shoulder"] + pose.thorax @ np.array([0, -0.02, -0.02], np.float32)
    cones.add(base, at(0, -0.12, -0.05), 0.15, 0.14 * h, PART["neck"])


def _add_arm(cones: ConeList, shape: BodyShape, pose: Skeleton3D, side: str) -> None:
    shoulder, elbow = pose.joints[f"{side}_shoulder"], pose.joints[f"{side}_elbow"]
    wrist, fat = pose.joints[f"{side}_wrist"], shape.fat
    upper, fore = PART[f"upper_arm_{side}"], PART[f"forearm_{side}"]
    cones.add(shoulder, elbow, 0.118 * fat, 0.082 * fat, upper)
    cones.add(elbow, elbow + 0.45 * (wrist - elbow), 0.08 * fat, 0.083 * fat, fore)
    cones.add(elbow + 0.45 * (wrist - elbow), wrist, 0.083 * fat, 0.052, fore)
    _add_hand(cones, shape, pose, side)


def _add_hand(cones: ConeList, shape: BodyShape, pose: Skeleton3D, side: str) -> None:
    wrist, axes = pose.joints[f"{side}_wrist"], pose.palms[f"{side}"]
    curl, size, hand = pose.fists[side], shape.hand, PART[f"hand_{side}"]
    forward, out, across = axes[:, 0], axes[:, 1], axes[:, 2]
    for lane in (-1, 1):
        start = wrist + 0.018 * lane * across
        cones.add(start, wrist + forward * size * 0.4 + 0.04 * lane * across, 0.042, 0.042, hand)
    for lane in (-1.5, -0.5, 0.5, 1.5):
        knuckle = wrist + forward * size * 0.48 + across * 0.034 * lane
        tip = knuckle + size * 0.42 * (np.cos(curl) * forward + np.sin(curl) * out)
        tip = tip + across * 0.016 * lane * np.cos(curl)
        cones.add(knuckle, tip, 0.027, 0.020, hand)
        if curl > 0.9:
            cones.add(
                tip,
                wrist + forward * size * 0.3 + out * 0.06 + across * 0.03 * lane,
                0.02,
                0.02,
                hand,
            )
    root = wrist + forward * size * 0.15 + across * 0.05
    cones.add(
        root, root + size * 0.32 * (0.6 * forward + 0.5 * across + 0.3 * out), 0.026, 0.02, hand
    )


def _add_leg(cones: ConeList, shape: BodyShape, pose: Skeleton3D, side: str) -> None:
    hip, knee = pose.joints[f"{side}_hip"], pose.joints[f"{side}_knee"]
    ankle, fat = pose.joints[f"{side}_ankle"], shape.fat
    thigh, shank, foot = (PART[f"{n}_{side}"] for n in ("thigh", "shank", "foot"))
    cones.add(hip, knee, 0.155 * fat, 0.103 * fat, thigh)
    calf = knee + 0.4 * (ankle - knee)
    cones.add(knee, calf, 0.1 * fat, 0.094 * fat, shank)
    cones.add(calf, ankle, 0.094 * fat, 0.058, shank)
    forward, sideways = pose.toes[side][:, 0], pose.toes[side][:, 1]
    down = -pose.toes[side][:, 2]
    size = shape.foot
    heel = ankle + down * 0.05 - forward * size * 0.18
    ball = ankle + down * 0.07 + forward * size * 0.5
    cones.add(heel, ball, 0.058, 0.042, foot)
    cones.add(ankle, ball + 0.03 * sideways, 0.055, 0.04, foot)
    for lane, grow in zip((-2, -1, 0, 1, 2), (0.024, 0.022, 0.021, 0.02, 0.018), strict=True):
        root = ball + forward * size * 0.06 + sideways * 0.027 * lane
        cones.add(root, root + forward * size * 0.16, grow, grow * 0.95, foot)
