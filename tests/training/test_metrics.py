import numpy as np
import pytest

pytest.importorskip("mmengine")

from training.metrics import share_within, trunk_errors, trunk_lengths

STANDING = np.array(
    [
        (0, -60),
        *[(10, -40), (-10, -40), (20, -20), (-20, -20), (25, 0), (-25, 0)],
        *[(8, 0), (-8, 0), (8, 20), (-8, 20), (8, 40), (-8, 40)],
    ],
    float,
)[None]
BOX = np.array([[-25.0, -60, 50, 100]])


def test_a_trunk_is_from_mid_shoulder_to_mid_hip():
    assert trunk_lengths(STANDING, BOX) == pytest.approx([40.0])


def test_a_trunk_seen_end_on_is_a_quarter_of_the_box():
    end_on = STANDING.copy()
    end_on[:, 1:3] = end_on[:, 7:9]
    assert trunk_lengths(end_on, BOX) == pytest.approx([0.25 * np.sqrt(5000)])


def test_errors_are_in_trunks_and_a_missing_point_is_infinitely_far():
    found = STANDING + np.array([8.0, 0.0])
    found[0, 3] = np.nan
    errors = trunk_errors(found, STANDING, BOX)
    assert errors[0, 0] == pytest.approx(0.2)
    assert np.isinf(errors[0, 3])


def test_shares_count_visible_limb_joints_only():
    errors = np.full((1, 13), 0.05)
    errors[0, :3] = 9.0
    visibility = np.full((1, 13), 2.0)
    visibility[0, 1] = 1
    shares = share_within(errors, visibility, 0.1)
    assert shares["limbs"] == pytest.approx(10 / 11)
    assert np.isnan(shares["left_shoulder"])
