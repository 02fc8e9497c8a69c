import numpy as np
import pytest

from pipeline.movement.angles import JOINTS, joint_angle
from tests.support.motion import frame_times, still, track_of, turned, value

TIMES_US = frame_times(60, 25)
SECONDS = TIMES_US / 1e6


# Not quite once a second, so that frames meet all its phases.
HZ = 0.97


def nodding(joint, moved, amplitude_deg):
    angle = np.radians(amplitude_deg) * np.sin(2 * np.pi * HZ * SECONDS)
    return turned(still(TIMES_US), joint, moved, angle)


@pytest.mark.parametrize(
    ("joint", "moved"),
    [
        ("left_elbow", ("left_wrist",)),
        ("right_elbow", ("right_wrist",)),
        ("left_shoulder", ("left_elbow", "left_wrist")),
        ("left_hip", ("left_knee", "left_ankle")),
        ("right_knee", ("right_ankle",)),
    ],
)
def test_a_joint_that_turns_about_once_a_second_by_20_degrees(joint, moved):
    """θ = a·sin(2πft): SD a/√2, range 2a, |dθ/dt| has the median 2πfa·cos(45°)."""
    track = track_of(TIMES_US, nodding(joint, moved, 20))
    assert value(track, "angle_sd", joint) == pytest.approx(20 / np.sqrt(2), rel=0.01)
    assert value(track, "angle_range", joint) == pytest.approx(40, rel=0.01)
    peak = 2 * np.pi * HZ * 20
    assert value(track, "angular_speed_median", joint) == pytest.approx(peak / np.sqrt(2), rel=0.02)
    # Quartiles of |cos| lie at cos 67.5° and cos 22.5°, those of sin at ± sin 45°.
    spread = peak * (np.cos(np.pi / 8) - np.sin(np.pi / 8))
    assert value(track, "angular_speed_iqr", joint) == pytest.approx(spread, rel=0.03)
    assert value(track, "angular_acceleration_iqr", joint) == pytest.approx(
        2 * np.pi * HZ * peak * np.sqrt(2), rel=0.03
    )


def test_mirrored_limbs_have_equal_angles():
    track = track_of(TIMES_US, still(TIMES_US))
    for joint in ("shoulder", "elbow", "hip", "knee"):
        left, right = (joint_angle(track, f"{side}_{joint}")[50] for side in ("left", "right"))
        assert left == pytest.approx(right, abs=1e-3)


def test_the_elbow_of_the_made_up_body_has_the_angle_it_was_drawn_with():
    """Shoulder (0.35, −0.5), elbow (0.75, −0.35), wrist (0.9, −0.8)."""
    a, b = np.array([-0.4, -0.15]), np.array([0.15, -0.45])
    drawn = np.degrees(np.arctan2(a[0] * b[1] - a[1] * b[0], a @ b))
    assert value(track_of(TIMES_US, still(TIMES_US)), "angle_mean", "left_elbow") == pytest.approx(
        drawn, abs=0.01
    )


@pytest.mark.parametrize("joint", JOINTS)
def test_angles_do_not_change_when_the_picture_is_moved_turned_or_scaled(joint):
    points = nodding(joint.replace("right", "left"), ("left_wrist", "left_ankle"), 10)
    cos, sin = np.cos(1.1), np.sin(1.1)
    moved = 2.5 * points @ np.array([[cos, sin], [-sin, cos]]) + np.array([300, -50])
    a = joint_angle(track_of(TIMES_US, points), joint)
    b = joint_angle(track_of(TIMES_US, moved), joint)
    np.testing.assert_allclose(a, b, atol=0.01)


def test_an_angle_that_passes_180_degrees_has_no_false_speed_or_spread():
    """Turn the forearm so that the elbow is about straight."""
    straight = turned(
        still(TIMES_US), "left_elbow", ("left_wrist",), np.full(len(TIMES_US), np.radians(92))
    )
    angle = np.radians(10) * np.sin(2 * np.pi * SECONDS)
    track = track_of(TIMES_US, turned(straight, "left_elbow", ("left_wrist",), angle))
    assert np.abs(np.diff(joint_angle(track, "left_elbow"))).max() > 300
    assert value(track, "angle_sd", "left_elbow") == pytest.approx(10 / np.sqrt(2), rel=0.01)
    assert value(track, "angular_speed_median", "left_elbow") < 2 * np.pi * 10


def test_a_missing_wrist_leaves_the_elbow_without_an_angle_and_the_shoulder_with_one():
    points = still(TIMES_US)
    points[:, 5] = np.nan
    track = track_of(TIMES_US, points)
    assert np.isnan(joint_angle(track, "left_elbow")).all()
    assert np.isfinite(joint_angle(track, "left_shoulder")).all()
