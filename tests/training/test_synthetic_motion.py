"""Clips move by their law, without jumps, and their figures are those of their keypoints."""

import json
from dataclasses import replace

import av
import numpy as np
import pytest

pytest.importorskip("torch", reason="the training group is not installed")

from pipeline.skeleton import INFANT13
from training.synthetic.body import core_cones
from training.synthetic.cots import demo_clips, unseen_clip
from training.synthetic.motion import Choreography, MotionLaw, movement_figures, wished_pose
from training.synthetic.pose import ARM_LIMITS, LEG_LIMITS, skeleton_of
from training.synthetic.video import write_clip


def points_of(clip, rate_hz, seconds):
    scene = clip.scene
    dance = Choreography.plan(scene.pose, scene.shape, clip.law, scene.seed, seconds)
    series = []
    for t in np.arange(0, seconds, 1 / rate_hz):
        joints = skeleton_of(scene.shape, dance.pose_at(float(t))).joints
        series.append([joints[name] for name in INFANT13.keypoints])
    return np.array(series)


@pytest.mark.slow
def test_nothing_jumps_in_a_demo_clip():
    for clip in demo_clips():
        points = points_of(clip, 15, 6)
        speed = np.linalg.norm(np.diff(points, axis=0), axis=-1) * 15
        assert speed.max() < 6, clip.name  # trunk lengths a second; a startle reaches about 4


def test_angles_stay_within_joint_limits_while_moving():
    scene = unseen_clip(0, 8000).scene
    law = MotionLaw(writhe=0.5, kicks=((0, 4),), kick_deg=90, startles_s=(1.0, 2.0))
    dance = Choreography.plan(scene.pose, scene.shape, law, 1, 4)
    for t in np.arange(0, 4, 0.1):
        pose = dance.pose_at(float(t))
        for limbs, limits in ((pose.arms, ARM_LIMITS), (pose.legs, LEG_LIMITS)):
            for angles in limbs.values():
                for name, (low, high) in limits.items():
                    assert low <= angles[name] <= high


@pytest.mark.slow
def test_kicks_come_at_their_frequency():
    scene = unseen_clip(0, 8000).scene
    law = MotionLaw(
        writhe=0, head_deg=0, kick_hz=1.25, kick_side="left", kicks=((0, 16),), kick_deg=25
    )
    pose = scene.pose
    pose.legs["left"].update(flex=80.0, knee=90.0, spread=20.0, twist=0.0)
    clip = replace(unseen_clip(0, 8000), scene=scene, law=law)
    ankle = points_of(clip, 20, 16)[:, INFANT13.index("left_ankle")]
    path = ankle - ankle.mean(0)
    power = (np.abs(np.fft.rfft(path, axis=0)) ** 2).sum(1)
    assert np.fft.rfftfreq(len(path), 1 / 20)[power.argmax()] == pytest.approx(1.25, abs=0.07)


def test_rest_is_stiller_than_movement():
    clip = unseen_clip(0, 8000)
    clip = replace(clip, law=MotionLaw(writhe=0.12, rests=((4, 9),)))
    speed = np.linalg.norm(np.diff(points_of(clip, 10, 8), axis=0), axis=-1).mean(1)
    assert speed[50:].mean() < 0.05 * speed[:35].mean()


def test_figures_of_a_wrist_at_constant_speed_are_known():
    times = np.arange(50) / 10
    points = np.zeros((50, 13, 2))
    for name, place in (("shoulder", 0.0), ("hip", 40.0)):
        for side in ("left", "right"):
            points[:, INFANT13.index(f"{side}_{name}"), 1] = place
    points[:, INFANT13.index("left_wrist"), 0] = 80 * times  # 2 trunk lengths a second
    figures = movement_figures(times, points)
    assert figures["trunk_px"] == 40
    assert figures["limbs"]["left_arm"]["mean"] == pytest.approx(1.0)  # wrist 2, elbow 0
    assert figures["quantity_of_motion"]["mean"] == pytest.approx(2 / 13, abs=1e-4)
    assert figures["limbs"]["right_arm"]["max"] == 0


def recomputed(truth):
    times = np.arange(len(truth["keypoints_tkc"])) / truth["fps"]
    return movement_figures(times, np.array(truth["keypoints_tkc"]))


def test_a_clip_is_h264_with_a_truth_for_every_frame(tmp_path):
    clip = unseen_clip(0, 8000, seconds=0.5, fps=10)
    clip = replace(
        clip, scene=replace(clip.scene, view=replace(clip.scene.view, size_hw=(96, 128)))
    )
    path = write_clip(tmp_path, clip)
    truth = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        frames = sum(1 for _ in container.decode(stream))
    assert frames == len(truth["keypoints_tkc"]) == len(truth["visibility_tk"]) == 5
    assert recomputed(truth) == truth["movement"]
    assert not list(tmp_path.glob("*.partial*"))
    with pytest.raises(FileExistsError, match="choose another"):
        write_clip(tmp_path, clip)


def test_breathing_widens_the_belly_and_moves_no_joint():
    scene = unseen_clip(2, 8002).scene  # prone: the infant lies on the belly that moves
    out, into = (replace(scene.pose, breath=breath) for breath in (-1.0, 1.0))
    first, second = (skeleton_of(scene.shape, pose) for pose in (out, into))
    for name, point in first.joints.items():
        assert np.array_equal(point, second.joints[name]), name
    radii = [core_cones(scene.shape, skeleton).radius_a for skeleton in (first, second)]
    assert radii[0].sum() < radii[1].sum()


def test_the_trunk_gives_with_the_limbs_and_lies_still_at_rest():
    scene = unseen_clip(0, 8000).scene
    law = MotionLaw(writhe=0.12, rests=((4, 9),))
    bends = [wished_pose(scene.pose, law, t, 1).trunk["bend"] for t in np.arange(0, 8, 0.1)]
    assert np.ptp(bends[:35]) > 1
    assert np.ptp(bends[50:]) < 0.01
