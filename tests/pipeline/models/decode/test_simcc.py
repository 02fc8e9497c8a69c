import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.models.decode import decoder_for, expected_shapes
from pipeline.models.manifest import Manifest
from tests.support.tiny_models import manifest_for

RATIO = 2.0
OUTPUT = {"kind": "simcc", "decoder": "simcc", "simcc_ratio": RATIO}
MANIFEST = Manifest.model_validate_json(json.dumps(manifest_for(b"", output=OUTPUT)))


def bins(place, n, sigma=4.0):
    return np.exp(-((np.arange(n) - place * RATIO) ** 2) / (2 * sigma**2))[None, None].astype("f4")


def decode(x, y):
    return decoder_for(MANIFEST).decode([bins(x, 192), bins(y, 256)], MANIFEST)


@given(st.floats(0.5, 95), st.floats(0.5, 127))
@settings(deadline=None)
def test_simcc_recovers_a_place_to_a_tenth_of_a_pixel(x, y):
    points, _ = decode(x, y)
    np.testing.assert_allclose(points[0, 0], (x, y), atol=0.1)


@pytest.mark.parametrize("place", [-5, 0, 95.5, 130])
def test_at_the_ends_the_point_stays_in_the_input(place):
    points, _ = decode(place, place)
    assert 0 <= points[0, 0, 0] <= 95.5
    assert 0 <= points[0, 0, 1] <= 127.5


def test_the_score_is_the_smaller_maximum():
    x, y = bins(20, 192), 0.4 * bins(30, 256)
    _, scores = decoder_for(MANIFEST).decode([x, y], MANIFEST)
    assert scores[0, 0] == pytest.approx(0.4)


def test_flat_outputs_give_a_finite_point():
    flat = [np.zeros((1, 13, 192), "f4"), np.zeros((1, 13, 256), "f4")]
    points, _ = decoder_for(MANIFEST).decode(flat, MANIFEST)
    assert np.isfinite(points).all()


def test_the_shapes_follow_the_ratio():
    assert expected_shapes(MANIFEST) == [(13, 192), (13, 256)]
