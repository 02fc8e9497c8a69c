import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.models.crop import Crop, Warper, covering
from pipeline.types import Rectangle
from tests.support.tiny_models import draw_dots, standing_body

INPUT = (96, 128)
numbers = st.floats(-500, 500)
sizes = st.floats(10, 2000)


@given(numbers, numbers, sizes, sizes, st.floats(-7, 7))
def test_the_way_to_the_input_and_back_is_the_identity(x, y, width, height, angle):
    crop = Crop((x, y), (width, height), angle)
    there, back = crop.input_from_picture(INPUT), crop.picture_from_input(INPUT)
    point = np.array([37.5, -4.25])
    came_back = back[:, :2] @ (there[:, :2] @ point + there[:, 2]) + back[:, 2]
    np.testing.assert_allclose(came_back, point, atol=1e-6)


def test_the_middle_of_the_input_is_the_centre_of_the_crop():
    crop = Crop((200.0, 100.0), (96.0, 128.0), 1.0)
    middle = np.array([[(96 - 1) / 2, (128 - 1) / 2]])
    np.testing.assert_allclose(crop.to_picture(middle, INPUT), [[200, 100]], atol=1e-5)


def test_an_unscaled_unturned_crop_copies_pixels_exactly():
    picture = np.random.default_rng(1).integers(0, 256, (200, 300, 3), np.uint8)
    crop = Crop((50 + 95 / 2, 20 + 127 / 2), INPUT)
    np.testing.assert_array_equal(Warper(INPUT).warp(picture, crop), picture[20:148, 50:146])


def test_a_crop_turned_clockwise_looks_to_the_right():
    crop = Crop((100.0, 100.0), (96.0, 128.0), math.pi / 2)
    top = np.array([[95 / 2, 0.0]])
    np.testing.assert_allclose(crop.to_picture(top, INPUT), [[100 + 127 / 2, 100]], atol=1e-4)


def test_what_lies_outside_the_picture_is_black():
    picture = np.full((100, 100, 3), 200, np.uint8)
    crop = Crop((-500.0, -500.0), INPUT)
    assert not Warper(INPUT).warp(picture, crop).any()


@pytest.mark.parametrize("angle", [0.0, math.pi / 2, 0.6])
def test_a_covering_crop_holds_the_whole_rectangle(angle):
    box = Rectangle(30, 40, 400, 150)
    crop = covering(box, 0.75, angle)
    assert crop.size_wh[0] / crop.size_wh[1] == pytest.approx(0.75)
    matrix = crop.input_from_picture(INPUT)
    for corner in [(30, 40), (429, 40), (30, 189), (429, 189)]:
        x, y = matrix[:, :2] @ corner + matrix[:, 2]
        assert -0.51 <= x <= 95.51
        assert -0.51 <= y <= 127.51


def test_corners_run_clockwise_from_the_crop_s_own_top_left():
    corners = Crop((0.0, 0.0), (2.0, 4.0), math.pi / 2).corners()
    np.testing.assert_allclose(corners, [[2, -1], [2, 1], [-2, 1], [-2, -1]], atol=1e-9)


def test_shrinking_averages_instead_of_skipping_pixels():
    stripes = np.zeros((1024, 768, 3), np.uint8)
    stripes[:, ::8] = 255
    small = Warper(INPUT).warp(stripes, Crop((383.5, 511.5), (768, 1024)))
    # Point sampling would show rows of pure black or white; the mean of the stripes is 32.
    assert small[20:-20, 20:-20].astype(float).std(axis=1).max() < 64
    assert small.mean() == pytest.approx(255 / 8, abs=8)


@pytest.mark.parametrize("angle", [0.0, 0.4, -2.0])
def test_dots_land_where_the_matrix_says_in_every_turn_and_scale(angle):
    body = standing_body((320, 240))
    for size in ((200, 800 / 3), (500, 2000 / 3)):
        crop = Crop((320.0, 240.0), size, angle)
        small = Warper(INPUT).warp(draw_dots(body), crop).astype(float)
        matrix = crop.input_from_picture(INPUT)
        nose = matrix[:, :2] @ body[0] + matrix[:, 2]
        blue = (small[..., 0] > 200) & (small[..., 1] < 40) & (small[..., 2] < 40)
        found = np.argwhere(blue).mean(axis=0)[::-1]
        np.testing.assert_allclose(found, nose, atol=0.6)
