import cv2
import numpy as np
import pytest

from pipeline.skeleton import INFANT13
from training.data.augment import camera_faults, cover, look
from training.data.ward import h264, hand, infrared
from training.spec import AugmentSpec

OFF = dict.fromkeys(
    ("colour", "grey", "dark", "blur", "noise", "jpeg", "occluders", "infrared", "hands", "h264"),
    0.0,
)


@pytest.fixture
def image():
    rng = np.random.default_rng(0)
    small = rng.integers(0, 256, (12, 12, 3), np.uint8)
    return cv2.resize(small, (96, 64), interpolation=cv2.INTER_CUBIC)


def test_infrared_has_no_colour_and_falls_off_from_its_lamp(image):
    seen = infrared(image, np.random.default_rng(1))
    assert (seen[..., 0] == seen[..., 1]).all()
    assert (seen[..., 1] == seen[..., 2]).all()
    even = np.full_like(image, 128)
    seen = infrared(even, np.random.default_rng(1))[..., 0].astype(float)
    blocks = cv2.resize(seen, (6, 4), interpolation=cv2.INTER_AREA)
    assert blocks.max() - blocks.min() > 15


def test_a_hand_comes_in_from_the_edge_in_one_piece(image):
    for seed in range(20):
        changed, mask = hand(image, np.random.default_rng(seed))
        assert np.array_equal(changed[mask == 0], image[mask == 0])
        edge = np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]])
        assert edge.any()
        assert cv2.connectedComponents(mask)[0] == 2


def test_h264_keeps_the_picture_and_loses_its_detail(image):
    coded = h264(image, np.random.default_rng(0))
    assert coded.shape == image.shape
    difference = np.abs(coded.astype(int) - image).mean()
    assert 0.5 < difference < 40
    assert np.corrcoef(coded.ravel(), image.ravel())[0, 1] > 0.8


def test_each_is_switched_by_the_spec(image):
    rng = np.random.default_rng(0)
    off = AugmentSpec(**OFF)
    assert np.array_equal(camera_faults(look(image, off, rng), off, rng), image)
    infra = look(image, AugmentSpec(**OFF | {"infrared": 1.0}), rng)
    assert (infra[..., 0] == infra[..., 2]).all()
    coded = camera_faults(image, AugmentSpec(**OFF | {"h264": 1.0}), rng)
    assert not np.array_equal(coded, image)


def test_points_under_a_hand_are_occluded_and_not_absent(image):
    points = np.full((len(INFANT13), 3), 2, np.float32)
    points[:, :2] = np.random.default_rng(2).uniform((5, 5), (90, 60), (13, 2))
    spec, hidden = AugmentSpec(**OFF | {"hands": 1.0}), 0
    for seed in range(10):
        covered, seen = cover(image, points, spec, np.random.default_rng(seed))
        assert np.array_equal(seen[:, :2], points[:, :2])
        assert set(np.unique(seen[:, 2])) <= {1.0, 2.0}
        hidden += int((seen[:, 2] == 1).sum())
        assert not np.array_equal(covered, image)
    assert hidden > 0


def test_without_hands_and_covers_nothing_is_covered(image):
    points = np.full((len(INFANT13), 3), 2, np.float32)
    covered, seen = cover(image, points, AugmentSpec(**OFF), np.random.default_rng(0))
    assert covered is image
    assert np.array_equal(seen, points)
