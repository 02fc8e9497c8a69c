"""What a decoder is, which ones there are, and which output shapes each kind has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import ModelLoadError
from pipeline.models.manifest import Manifest

Outputs = Sequence[NDArray[np.float32]]
Decoded = tuple[NDArray[np.float32], NDArray[np.float32]]


class Decode(Protocol):
    """Turn one batch of network outputs into points.

    Returns points (N, K, 2) in input pixels and the network's own scores (N, K).
    """

    def __call__(self, outputs: Outputs, manifest: Manifest) -> Decoded:
        """Decode a batch."""


@dataclass(frozen=True, slots=True)
class Decoder:
    """A decoder under its name, for one kind of output."""

    name: str
    kind: str
    decode: Decode


_DECODERS: dict[str, Decoder] = {}


def decoder(name: str, kind: str) -> Callable[[Decode], Decode]:
    """Register a function as the decoder ``name`` of an output kind."""

    def register(decode: Decode) -> Decode:
        _DECODERS[name] = Decoder(name, kind, decode)
        return decode

    return register


def decoder_for(manifest: Manifest) -> Decoder:
    """Return the decoder that a manifest names; raise ``ModelLoadError`` if there is none."""
    output = manifest.output
    fitting = sorted(d.name for d in _DECODERS.values() if d.kind == output.kind)
    if output.decoder not in fitting:
        raise ModelLoadError(
            f"model {manifest.name}: no decoder {output.decoder!r} for {output.kind} outputs; "
            f"there are {', '.join(fitting)}"
        )
    return _DECODERS[output.decoder]


def expected_shapes(manifest: Manifest) -> list[tuple[int, ...]]:
    """Return the shape of each output, without the batch axis, that the manifest promises."""
    n_keypoints = len(manifest.skeleton.keypoints)
    width, height = manifest.input.size_wh
    output = manifest.output
    if output.kind == "heatmap":
        return [(n_keypoints, round(height / output.stride), round(width / output.stride))]
    if output.kind == "simcc":
        ratio = output.simcc_ratio
        return [(n_keypoints, round(width * ratio)), (n_keypoints, round(height * ratio))]
    return [(n_keypoints, 3)]
