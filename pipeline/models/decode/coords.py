"""Networks that put out coordinates themselves."""

from __future__ import annotations

from pipeline.models.decode.base import Decoded, Outputs, decoder
from pipeline.models.manifest import Manifest


@decoder("coords", "coords")
def decode_coords(outputs: Outputs, manifest: Manifest) -> Decoded:
    """Split (N, K, 3) into points in input pixels and scores; nothing is refined."""
    return outputs[0][..., :2], outputs[0][..., 2]
