"""A heatmap decoder that answers where labels most likely agree, not where the map is highest.

A map that is not sure has several hills or a broad one; its highest cell may stand alone. The
place whose expected similarity to the truth is highest lies where most of the map is near.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pipeline.models.decode.base import Decoded, Outputs, decoder
from pipeline.models.decode.heatmap import in_input_pixels, refined_peaks
from pipeline.models.manifest import Manifest

# How far people's labels of one keypoint lie apart, over the root of the body's area: COCO's.
_SPREAD = {
    "nose": 0.026, "shoulder": 0.079, "elbow": 0.072, "wrist": 0.062, "hip": 0.107, "knee": 0.087,
    "ankle": 0.089,
}  # fmt: skip
_OF_ANY_OTHER = 0.08
_PER_SIGMA = 10.0


@decoder("expected", "heatmap")
def decode_expected(outputs: Outputs, manifest: Manifest) -> Decoded:
    """Take the place of the highest expected object keypoint similarity (OKS).

    Each map, its ``sigma`` wide hills taken for shares of one whole, is smoothed by the Gaussian
    with which OKS forgives (COCO's constants, ``reach`` cells for one of 0.1), and the peak refined
    below a cell. The score is the expected similarity, 0..1. Source of the measure: COCO keypoint
    evaluation (Ronchi and Perona 2017).
    """
    maps_nkhw = outputs[0]
    names = manifest.skeleton.keypoints
    height, width = maps_nkhw.shape[2:]
    reach = manifest.output.reach
    down, across = (_forgiving(names, size, reach) for size in (height, width))
    share = np.float32(1 / (2 * np.pi * manifest.output.sigma**2))
    expected = (down @ (np.maximum(maps_nkhw, 0) * share) @ across).astype(np.float32, copy=False)
    points_mc, scores_m = refined_peaks(expected)
    return in_input_pixels(points_mc, np.minimum(scores_m, 1), maps_nkhw.shape, manifest)


@lru_cache(maxsize=8)
def _forgiving(names: tuple[str, ...], size: int, reach: float) -> NDArray[np.float32]:
    """Return (K, size, size): along one axis, how similar a place is to another."""
    cells = np.arange(size)
    away = cells[:, None] - cells
    joints = [name.rpartition("_")[2] for name in names]
    spreads = [_SPREAD.get(joint, _OF_ANY_OTHER) * _PER_SIGMA * reach for joint in joints]
    return np.stack([np.exp(-(away**2) / (2 * s**2)) for s in spreads]).astype(np.float32)
