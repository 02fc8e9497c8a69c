"""A heatmap decoder that answers where labels most likely agree, not where the map is highest.

A map that is not sure has several hills or a broad one; its highest cell may stand alone. The
place whose expected similarity to the truth is highest lies where most of the map is near.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
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
_RADIUS_IN_SPREADS = 3


@decoder("expected", "heatmap")
def decode_expected(outputs: Outputs, manifest: Manifest) -> Decoded:
    """Take the place of the highest expected object keypoint similarity (OKS).

    Each map, taken for shares of one whole, is smoothed by the Gaussian with which OKS forgives
    (COCO's constants, ``reach`` cells for one of 0.1), and the peak refined below a cell. The score
    is the height of the map itself: of an empty cot it says so more clearly than the expected
    similarity does. Source of the measure: COCO keypoint evaluation (Ronchi and Perona 2017).
    """
    maps_nkhw = outputs[0]
    n, k, height, width = maps_nkhw.shape
    maps_mhw = maps_nkhw.reshape(-1, height, width)
    forgiving_k = _forgiving(manifest.skeleton.keypoints, manifest.output.reach)
    smooth_mhw = np.empty_like(maps_mhw)
    for m, one in enumerate(maps_mhw):
        along = forgiving_k[m % k]
        cv2.sepFilter2D(one, -1, along, along, smooth_mhw[m], borderType=cv2.BORDER_CONSTANT)
    points_mc = refined_peaks(smooth_mhw.reshape(maps_nkhw.shape))
    scores_m = maps_mhw.reshape(n * k, -1).max(axis=1)
    return in_input_pixels(points_mc, scores_m, maps_nkhw.shape, manifest)


@lru_cache(maxsize=8)
def _forgiving(names: tuple[str, ...], reach: float) -> list[NDArray[np.float32]]:
    """Return, for each keypoint, how similar the places along one axis are to the middle one."""
    joints = [name.rpartition("_")[2] for name in names]
    spreads = [_SPREAD.get(joint, _OF_ANY_OTHER) * _PER_SIGMA * reach for joint in joints]
    return [_hill(spread) for spread in spreads]


def _hill(spread: float) -> NDArray[np.float32]:
    radius = max(1, round(_RADIUS_IN_SPREADS * spread))
    along = np.arange(-radius, radius + 1)
    return np.exp(-(along**2) / (2 * spread**2)).astype(np.float32)
