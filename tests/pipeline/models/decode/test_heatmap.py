import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.models.decode import decoder_for
from pipeline.models.manifest import Manifest
from tests.support.tiny_models import manifest_for

WIDTH, HEIGHT, STRIDE = 96, 128, 4
MAP_W, MAP_H = WIDTH // STRIDE, HEIGHT // STRIDE


def manifest(decoder, sigma=2.0, alignment="corner"):
    output = {
        "kind": "heatmap",
        "decoder": decoder,
        "stride": STRIDE,
        "sigma": sigma,
        "alignment": alignment,
    }
    return Manifest.model_validate_json(json.dumps(manifest_for(b"", output=output)))


def rendered(x, y, sigma=2.0, height=1.0):
    """Render one Gaussian in a map of one keypoint, (1, 1, H, W)."""
    rows, columns = np.indices((MAP_H, MAP_W))
    hill = height * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * sigma**2))
    return hill[None, None].astype(np.float32)


def decode(decoder, maps, **more):
    chosen = manifest(decoder, **more)
    return decoder_for(chosen).decode([maps], chosen)


inside_x, inside_y = st.floats(4, MAP_W - 5), st.floats(4, MAP_H - 5)


@given(st.floats(9, MAP_W - 10), st.floats(9, MAP_H - 10), st.floats(1.5, 2.5))
@settings(deadline=None)
def test_dark_recovers_a_gaussian_to_a_twentieth_of_a_cell(x, y, sigma):
    points, _ = decode("dark", rendered(x, y, sigma), sigma=sigma)
    np.testing.assert_allclose(points[0, 0] / STRIDE, (x, y), atol=0.05)


@given(inside_x, inside_y)
@settings(deadline=None)
def test_dark_near_the_border_is_off_by_a_fifth_of_a_cell_at_most(x, y):
    points, _ = decode("dark", rendered(x, y))
    np.testing.assert_allclose(points[0, 0] / STRIDE, (x, y), atol=0.2)


@given(inside_x, inside_y)
@settings(deadline=None)
def test_argmax_recovers_a_gaussian_to_a_third_of_a_cell(x, y):
    points, _ = decode("argmax", rendered(x, y))
    # Where the two cells beside a peak differ by rounding only, the quarter step may go either way.
    np.testing.assert_allclose(points[0, 0] / STRIDE, (x, y), atol=0.26)


@pytest.mark.parametrize("decoder", ["argmax", "dark"])
@given(x=st.floats(8, 14), y=st.floats(8, 20), dx=st.integers(-3, 3), dy=st.integers(-3, 3))
@settings(deadline=None, max_examples=40)
def test_a_shifted_map_gives_a_shifted_point(decoder, x, y, dx, dy):
    maps = rendered(x, y)
    shifted, _ = decode(decoder, np.roll(maps, (dy, dx), (2, 3)))
    still, _ = decode(decoder, maps)
    np.testing.assert_allclose(shifted[0, 0] - still[0, 0], (dx * STRIDE, dy * STRIDE), atol=0.05)


@pytest.mark.parametrize("decoder", ["argmax", "dark"])
@given(x=inside_x, y=inside_y, height=st.floats(0.05, 1))
@settings(deadline=None, max_examples=40)
def test_the_score_is_the_height_and_the_height_moves_nothing(decoder, x, y, height):
    low, score = decode(decoder, rendered(x, y, height=height))
    high, _ = decode(decoder, rendered(x, y))
    assert score[0, 0] == rendered(x, y, height=height).max()
    np.testing.assert_allclose(low, high, atol=0.02 if decoder == "dark" else 0)


@pytest.mark.parametrize("decoder", ["argmax", "dark"])
@pytest.mark.parametrize("x", [-3, 0, 1, MAP_W - 2, MAP_W - 1, MAP_W + 3])
@pytest.mark.parametrize("y", [-3, 0, 1, MAP_H - 2, MAP_H - 1, MAP_H + 3])
def test_at_the_border_the_point_stays_within_a_cell_of_the_map(decoder, x, y):
    points, _ = decode(decoder, rendered(x, y))
    expected = np.clip((x, y), 0, (MAP_W - 1, MAP_H - 1))
    np.testing.assert_allclose(points[0, 0] / STRIDE, expected, atol=1.0)


@pytest.mark.parametrize("decoder", ["argmax", "dark"])
@pytest.mark.parametrize("value", [0.0, 0.3, -1.0])
def test_a_flat_map_gives_a_finite_point(decoder, value):
    points, scores = decode(decoder, np.full((2, 13, MAP_H, MAP_W), value, np.float32))
    assert np.isfinite(points).all()
    assert np.isfinite(scores).all()


@pytest.mark.parametrize("decoder", ["argmax", "dark"])
def test_noise_around_the_peak_moves_it_little(decoder):
    generator = np.random.default_rng(0)
    maps = np.repeat(rendered(11.4, 15.7), 200, 0)
    noisy = (maps + generator.normal(0, 0.02, maps.shape)).astype(np.float32)
    points, _ = decode(decoder, noisy)
    error = np.linalg.norm(points[:, 0] / STRIDE - (11.4, 15.7), axis=1)
    assert np.quantile(error, 0.95) < (0.25 if decoder == "dark" else 0.9)


@pytest.mark.parametrize(
    ("alignment", "expected"),
    [("corner", (40, 60)), ("centre", (41.5, 61.5)), ("udp", (10 * 95 / 23, 15 * 127 / 31))],
)
def test_cells_lie_where_the_alignment_says(alignment, expected):
    points, _ = decode("dark", rendered(10, 15), alignment=alignment)
    np.testing.assert_allclose(points[0, 0], expected, atol=0.05)


def test_a_batch_is_decoded_map_by_map():
    places = [(5.3, 6.1), (12.8, 20.2), (18.0, 9.5), (7.7, 25.0)]
    maps = np.concatenate([rendered(*p) for p in places]).reshape(2, 2, MAP_H, MAP_W)
    points, _ = decode("dark", maps)
    np.testing.assert_allclose(points.reshape(-1, 2) / STRIDE, places, atol=0.05)


def dark_by_the_book(map_hw, sigma):
    """Write equations 4 to 9 out for one map whose peak lies inside, over the whole map."""
    radius = round(2.5 * sigma)
    bell = np.exp(-(np.arange(-radius, radius + 1) ** 2) / (2 * sigma**2))
    bell /= bell.sum()
    smooth = np.apply_along_axis(np.convolve, 0, map_hw.astype(float), bell, "same")
    smooth = np.apply_along_axis(np.convolve, 1, smooth, bell, "same")
    y, x = np.unravel_index(map_hw.argmax(), map_hw.shape)
    log = np.log(smooth)
    slope = np.array([log[y, x + 1] - log[y, x - 1], log[y + 1, x] - log[y - 1, x]]) / 2
    across = (log[y, x + 2] - 2 * log[y, x] + log[y, x - 2]) / 4
    down = (log[y + 2, x] - 2 * log[y, x] + log[y - 2, x]) / 4
    both = log[y + 1, x + 1] - log[y - 1, x + 1] - log[y + 1, x - 1] + log[y - 1, x - 1]
    curve = np.array([[across, both / 4], [both / 4, down]])
    return np.array([x, y]) - np.linalg.solve(curve, slope)


@given(st.floats(5, MAP_W - 6), st.floats(5, MAP_H - 6), st.floats(1.5, 2.5), st.floats(0, 0.1))
@settings(deadline=None)
def test_dark_is_what_its_equations_say_in_any_batch(x, y, sigma, noise):
    maps = np.concatenate([rendered(x, y, sigma), rendered(MAP_W - 1 - x, y, sigma)])
    maps += np.random.default_rng(0).uniform(0, noise + 1e-3, maps.shape).astype(np.float32)
    points, _ = decode("dark", maps, sigma=sigma)
    for point, one in zip(points[:, 0] / STRIDE, maps[:, 0], strict=True):
        np.testing.assert_allclose(point, dark_by_the_book(one, sigma), atol=1e-3)
