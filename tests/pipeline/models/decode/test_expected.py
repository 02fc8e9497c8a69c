import json

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.models.decode import decoder_for
from pipeline.models.manifest import Manifest
from tests.support.tiny_models import manifest_for

SIDE, STRIDE, SIGMA = 32, 4, 1.5


def decode(maps, reach=2.5):
    output = {
        "kind": "heatmap",
        "decoder": "expected",
        "stride": STRIDE,
        "sigma": SIGMA,
        "reach": reach,
    }
    chosen = Manifest.model_validate_json(json.dumps(manifest_for(b"", output=output)))
    return decoder_for(chosen).decode([maps], chosen)


def hills(*hills_xyh, keypoints=13):
    """Draw the same hills (x, y, height) on each keypoint's map, (1, K, H, W)."""
    rows, columns = np.indices((SIDE, SIDE))
    drawn = sum(
        h * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * SIGMA**2))
        for x, y, h in hills_xyh
    )
    return np.repeat(drawn[None, None], keypoints, 1).astype(np.float32)


inside = st.floats(6, SIDE - 7)


@given(inside, inside)
@settings(deadline=None)
def test_a_single_hill_is_found_to_a_tenth_of_a_cell(x, y):
    points, _ = decode(hills((x, y, 1)))
    np.testing.assert_allclose(points[0] / STRIDE, np.tile((x, y), (13, 1)), atol=0.1)


def test_many_low_neighbours_outweigh_one_high_hill_that_stands_alone():
    together = [(20 + dx, 20 + dy, 0.4) for dx in (-2, 0, 2) for dy in (-2, 0, 2)]
    points, _ = decode(hills((6, 6, 0.9), *together))
    assert np.all(np.linalg.norm(points[0] / STRIDE - (20, 20), axis=1) < 1)


def test_points_that_people_mark_less_exactly_are_smoothed_over_further():
    pair = hills((10, 10, 1), (15, 10, 0.9))
    points, _ = decode(pair)
    nose, hip = points[0, 0], points[0, 7]
    assert nose[0] / STRIDE < 10.6
    assert 10.6 < hip[0] / STRIDE < 15


def test_the_score_is_the_height_of_the_map():
    _, half = decode(hills((16, 16, 0.5), (4, 4, 0.3)))
    _, none = decode(np.zeros((1, 13, SIDE, SIDE), np.float32))
    np.testing.assert_allclose(half, 0.5, rtol=1e-3)
    assert np.all(none == 0)


def test_a_peak_at_the_border_stays_in_the_picture():
    points, _ = decode(hills((0, 31, 1)))
    assert np.all(points[0] >= -STRIDE)
    assert np.all(points[0] / STRIDE <= SIDE)
