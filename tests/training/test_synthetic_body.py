"""Rendered bodies keep within joint limits, lie on the mattress and hold together."""

import numpy as np
import pytest

pytest.importorskip("torch", reason="the training group is not installed")

from training.synthetic.body import SIDES, core_cones, sample_shape
from training.synthetic.pose import (
    ARM_LIMITS,
    HEAD_LIMITS,
    LEG_LIMITS,
    POSTURES,
    TRUNK_LIMITS,
    sample_pose,
    skeleton_of,
)
from training.synthetic.scene import stream


@pytest.fixture(scope="module")
def infants():
    drawn = []
    for seed in range(120):
        shape = sample_shape(stream(seed, "shape"))
        pose = sample_pose(stream(seed, "pose"), shape, POSTURES[seed % 4])
        drawn.append((shape, pose, skeleton_of(shape, pose)))
    return drawn


def test_every_angle_lies_within_its_joint_limits(infants):
    for _, pose, _ in infants:
        for side in SIDES:
            for values, limits in ((pose.arms[side], ARM_LIMITS), (pose.legs[side], LEG_LIMITS)):
                for name, (low, high) in limits.items():
                    assert low <= values[name] <= high, (pose.posture, side, name)
        for values, limits in ((pose.trunk, TRUNK_LIMITS), (pose.head, HEAD_LIMITS)):
            for name, (low, high) in limits.items():
                assert low <= values[name] <= high, (pose.posture, name)


def test_limbs_keep_their_length_in_every_pose(infants):
    for shape, _, skeleton in infants:
        for side in SIDES:
            for upper, lower, length in (
                ("shoulder", "elbow", shape.upper_arm),
                ("elbow", "wrist", shape.forearm),
                ("hip", "knee", shape.thigh),
                ("knee", "ankle", shape.shank),
            ):
                joints = skeleton.joints
                gap = joints[f"{side}_{upper}"] - joints[f"{side}_{lower}"]
                assert np.linalg.norm(gap) == pytest.approx(length, rel=1e-3)


def test_the_trunk_is_one_long_and_proportions_are_those_of_infants(infants):
    for shape, _, skeleton in infants:
        trunk = skeleton.joints["mid_shoulder"] - skeleton.joints["mid_hip"]
        assert np.linalg.norm(trunk) == pytest.approx(1, abs=1e-3)
        assert 0.55 <= 2 * shape.shoulder_half <= 0.8
        assert 0.4 <= 2 * shape.hip_half <= 0.65


def test_limbs_go_neither_through_the_mattress_nor_the_trunk_but_for_few(infants):
    deep = []
    for shape, _, skeleton in infants:
        core = core_cones(shape, skeleton)
        for side in SIDES:
            for name in ("elbow", "wrist", "knee", "ankle"):
                point = skeleton.joints[f"{side}_{name}"]
                inside = -float(core.distance(point[None]).min())
                deep.append(inside > 0.06 or point[2] < -0.05)
    assert np.mean(deep) < 0.03


def test_left_is_the_infants_own_left(infants):
    for _, pose, skeleton in infants:
        if pose.posture != "supine" or abs(pose.pitch_deg) > 10:
            continue
        # On the back, head to +y, seen from above, the infant's left is at +x.
        assert skeleton.joints["left_shoulder"][0] > skeleton.joints["right_shoulder"][0]
        assert skeleton.joints["nose"][2] > skeleton.joints["head"][2] - 0.2
