"""From network outputs to points: one decoder a file, found by the manifest's name for it.

How to add one: write a function of type ``Decode`` in a new file here under
``@decoder("name", kind)``, import the file below, and mirror it in tests/pipeline/models/decode.
"""

from pipeline.models.decode import coords, expected, heatmap, simcc
from pipeline.models.decode.base import Decode, Decoder, decoder_for, expected_shapes

__all__ = [
    "Decode",
    "Decoder",
    "coords",
    "decoder_for",
    "expected",
    "expected_shapes",
    "heatmap",
    "simcc",
]
