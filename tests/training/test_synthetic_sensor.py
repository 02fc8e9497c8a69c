"""The camera's noise is that of a sensor: grown by light, laid by columns, thin in colour."""

import cv2
import numpy as np
import pytest

pytest.importorskip("torch", reason="the training group is not installed")

from training.synthetic.sensor import Sensor

CAMERA = {
    "read": 0.01,
    "shot": 0.05,
    "columns": 0.0,
    "halo": 0.0,
    "halo_px": 1.0,
    "half_colour": False,
    "soft": False,
    "mono": False,
}


def counted(light, **changes):
    sensor = Sensor(**{**CAMERA, **changes})
    return sensor.counted(light, np.random.default_rng(1), np.random.default_rng(2))


def flat(level):
    return np.full((128, 128, 3), level, np.float32)


def test_noise_grows_with_the_light_and_is_there_in_the_dark():
    dark, middle, bright = (counted(flat(v))[..., 1].std() for v in (0.0, 0.25, 1.0))
    assert dark == pytest.approx(0.01, rel=0.1)
    assert middle == pytest.approx(0.01 + 0.05 * 0.5, rel=0.1)
    assert bright == pytest.approx(0.06, rel=0.1)


def test_red_and_blue_grain_is_coarser_than_green():
    grain = counted(flat(0.5)) - 0.5
    neighbours = [float((grain[:, 1:, c] * grain[:, :-1, c]).mean()) for c in range(3)]
    assert neighbours[0] > 10 * abs(neighbours[1])
    assert neighbours[2] > 10 * abs(neighbours[1])


def test_columns_stay_where_they_are_from_frame_to_frame():
    sensor = Sensor(**{**CAMERA, "read": 0.0, "shot": 0.0, "columns": 0.02})
    frames = [
        sensor.counted(flat(0.5), np.random.default_rng(1), np.random.default_rng(frame))
        for frame in (2, 3)
    ]
    assert np.array_equal(*frames)
    assert frames[0].mean((0, 2)).std() == pytest.approx(0.02, rel=0.3)
    assert frames[0].std(0).max() < 1e-6


def test_sharpening_leaves_a_halo_and_colour_is_kept_at_half_the_size():
    picture = np.full((32, 32, 3), 0.3, np.float32)
    picture[:, 16:] = 0.7
    assert Sensor(**{**CAMERA, "halo": 1.0}).finished(picture).max() > 0.72
    stripes = np.zeros((32, 32, 3), np.float32)
    stripes[:, ::2, 2] = 1
    thin = Sensor(**{**CAMERA, "half_colour": True}).finished(stripes)
    colours = cv2.cvtColor(thin, cv2.COLOR_BGR2YCrCb)
    assert np.ptp(colours[..., 1]) < 0.02
    assert np.ptp(colours[..., 0]) > 0.2
