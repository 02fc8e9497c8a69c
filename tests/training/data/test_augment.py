import numpy as np
import pytest

from pipeline.skeleton import INFANT13
from training.data.augment import (
    camera_faults,
    cover,
    crop_affine,
    draw_affine,
    move_points,
    upright_angle,
)
from training.spec import AugmentSpec

LYING = np.column_stack(
    [np.linspace(10, 90, 13), np.linspace(20, 80, 13)[::-1], np.full(13, 2)]
).astype(np.float32)
BOX = np.array([10, 20, 80, 60], np.float32)


def test_mirroring_swaps_left_and_right():
    affine = crop_affine(np.array([50.0, 50.0]), 100.0, 0.0, True, (96, 96))
    moved = move_points(LYING, affine, True, INFANT13)
    left, right = INFANT13.index("left_wrist"), INFANT13.index("right_wrist")
    mirrored = LYING[right, :2] @ affine[:, :2].T + affine[:, 2]
    assert moved[left, :2] == pytest.approx(mirrored, abs=1e-4)


def test_mirroring_twice_is_nothing():
    affine = crop_affine(np.array([47.5, 47.5]), 96.0, 0.0, True, (96, 96))
    there = move_points(LYING, affine, True, INFANT13)
    assert move_points(there, affine, True, INFANT13) == pytest.approx(LYING, abs=1e-3)


@pytest.mark.parametrize("angle", [0.0, 1.0, np.pi, -2.0])
def test_the_centre_of_the_crop_stays_the_centre(angle):
    affine = crop_affine(np.array([30.0, 40.0]), 50.0, angle, False, (64, 96))
    assert affine @ (30, 40, 1) == pytest.approx((31.5, 47.5))


def test_an_upright_crop_has_the_hips_below_the_shoulders():
    rng = np.random.default_rng(0)
    spec = AugmentSpec(upright=1.0, upright_jitter_deg=0.0, half_body=0.0, flip=0.0)
    affine, flip, away = draw_affine(LYING, BOX, INFANT13, spec, (96, 96), rng)
    moved = move_points(LYING, affine, flip, INFANT13)
    assert not away
    assert upright_angle(moved, INFANT13) == pytest.approx(0.0, abs=1e-6)


def test_a_crop_turned_away_says_so():
    rng = np.random.default_rng(0)
    spec = AugmentSpec(upright=1.0, turned=1.0, half_body=0.0, flip=0.0)
    affine, flip, away = draw_affine(LYING, BOX, INFANT13, spec, (96, 96), rng)
    moved = move_points(LYING, affine, flip, INFANT13)
    assert away
    assert abs(upright_angle(moved, INFANT13)) > np.deg2rad(100) or np.isclose(
        abs(upright_angle(moved, INFANT13)), np.pi
    )


def test_points_under_a_patch_become_occluded_and_stay_where_they_are():
    rng = np.random.default_rng(3)
    image = np.zeros((96, 96, 3), np.uint8)
    hidden = 0
    for _ in range(20):
        _, points = cover(image, LYING, AugmentSpec(occluders=1.0, hands=0.0), rng)
        assert np.array_equal(points[:, :2], LYING[:, :2])
        assert set(np.unique(points[:, 2])) <= {1.0, 2.0}
        hidden += int((points[:, 2] == 1).sum())
    assert hidden > 0


def test_a_cameras_noise_is_worst_in_the_dark_or_even_and_never_moves_the_mean_far():
    only_noise = AugmentSpec(blur=0, noise=1, jpeg=0, h264=0)
    picture = np.zeros((64, 128, 3), np.uint8)
    picture[:, :64], picture[:, 64:] = 40, 200
    rng = np.random.default_rng(5)
    noisy = [camera_faults(picture, only_noise, rng).astype(float) for _ in range(30)]
    dark, bright = (np.mean([n[:, half].std() for n in noisy]) for half in (np.s_[:60], np.s_[68:]))
    assert dark > 0.9 * bright > 1
    assert np.mean([n[:, :60].mean() for n in noisy]) == pytest.approx(40, abs=1.5)
