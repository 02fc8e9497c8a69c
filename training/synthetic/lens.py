"""A camera's lens: straight edges bend outwards (barrel, above 0) or inwards (pincushion).

One radial term (Brown 1966): a pixel at r of the half diagonal shows what lies at
r·(1 + k·r²)/(1 + k), so that corners stay corners.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from training.synthetic.geometry import Array


def _true_share(share: Array, bend: float) -> Array:
    return (1 + bend * share**2) / (1 + bend)


def bent_image(image: NDArray, bend: float, *, nearest: bool = False) -> NDArray:
    """Return a picture or map (H, W) or (H, W, C) as the lens shows it."""
    if not bend:
        return image
    height, width = image.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    middle = np.array([width - 1, height - 1], np.float32) / 2
    x, y = x - middle[0], y - middle[1]
    grown = _true_share(np.hypot(x, y) / np.hypot(*middle), bend)
    x, y = (x * grown + middle[0]).astype(np.float32), (y * grown + middle[1]).astype(np.float32)
    how = cv2.INTER_NEAREST if nearest else cv2.INTER_LINEAR
    return cv2.remap(image, x, y, how, borderMode=cv2.BORDER_REPLICATE)


def bent_points(points_xy: Array, bend: float, size_hw: tuple[int, int]) -> Array:
    """Return where the lens shows points (..., 2) of the undistorted picture."""
    if not bend:
        return points_xy
    middle = np.array([size_hw[1] - 1, size_hw[0] - 1], np.float32) / 2
    offset = points_xy - middle
    true = np.linalg.norm(offset, axis=-1, keepdims=True) / np.hypot(*middle)
    seen = true.copy()
    for _ in range(12):  # a fixed point; the bend is weak, so each step halves the error or better
        seen = true / _true_share(seen, bend)
    return (middle + offset * seen / np.maximum(true, 1e-9)).astype(np.float32)
