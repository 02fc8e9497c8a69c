import json

import numpy as np

from pipeline.models.decode import decoder_for, expected_shapes
from pipeline.models.manifest import Manifest
from tests.support.tiny_models import manifest_for

OUTPUT = {"kind": "coords", "decoder": "coords"}
MANIFEST = Manifest.model_validate_json(json.dumps(manifest_for(b"", output=OUTPUT)))


def test_coordinates_and_scores_are_taken_as_they_are():
    output = np.random.default_rng(0).random((2, 13, 3)).astype(np.float32)
    points, scores = decoder_for(MANIFEST).decode([output], MANIFEST)
    np.testing.assert_array_equal(points, output[..., :2])
    np.testing.assert_array_equal(scores, output[..., 2])
    assert expected_shapes(MANIFEST) == [(13, 3)]
