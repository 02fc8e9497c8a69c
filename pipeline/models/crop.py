"""The turned rectangle of a picture that a network looks at, and the way there and back.

All positions are pixel centres: (0, 0) is the centre of the top-left pixel of the picture and of
the network's input alike. What lies outside the picture is black (0), as in mmpose's
``TopdownAffine``, by which the networks are trained.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.types import FloatArray, ImageArray, Rectangle

_SHRINK_WITHOUT_FILTER = 1.6
_MOST_OVERSAMPLING = 4


@dataclass(frozen=True, slots=True)
class Crop:
    """A rectangle around ``center_xy``, ``size_wh`` picture pixels large.

    ``angle_rad`` turns it clockwise as seen: at 0 its top is the picture's top, at π/2 its top
    looks to the picture's right.
    """

    center_xy: tuple[float, float]
    size_wh: tuple[float, float]
    angle_rad: float = 0.0

    def picture_from_input(self, input_wh: tuple[int, int]) -> NDArray[np.float64]:
        """Return the 2×3 matrix that takes input pixels (x, y, 1) to picture pixels."""
        cos, sin = math.cos(self.angle_rad), math.sin(self.angle_rad)
        scale_x, scale_y = self.size_wh[0] / input_wh[0], self.size_wh[1] / input_wh[1]
        a, b, c, d = cos * scale_x, -sin * scale_y, sin * scale_x, cos * scale_y
        middle_x, middle_y = (input_wh[0] - 1) / 2, (input_wh[1] - 1) / 2
        shift_x = self.center_xy[0] - a * middle_x - b * middle_y
        shift_y = self.center_xy[1] - c * middle_x - d * middle_y
        return np.array([[a, b, shift_x], [c, d, shift_y]])

    def input_from_picture(self, input_wh: tuple[int, int]) -> NDArray[np.float64]:
        """Return the 2×3 matrix that takes picture pixels (x, y, 1) to input pixels."""
        forward = self.picture_from_input(input_wh)
        inverse = np.linalg.inv(forward[:, :2])
        return np.hstack([inverse, -inverse @ forward[:, 2:]])

    def to_picture(self, points_kc: FloatArray, input_wh: tuple[int, int]) -> NDArray[np.float32]:
        """Take (K, 2) input pixels to picture pixels; NaN stays NaN."""
        matrix = self.picture_from_input(input_wh)
        return (points_kc @ matrix[:, :2].T + matrix[:, 2]).astype(np.float32)

    def corners(self) -> NDArray[np.float64]:
        """Return the (4, 2) corners in the picture, clockwise from the crop's own top left."""
        half_w, half_h = self.size_wh[0] / 2, self.size_wh[1] / 2
        around = np.array(
            [[-half_w, -half_h], [half_w, -half_h], [half_w, half_h], [-half_w, half_h]]
        )
        cos, sin = math.cos(self.angle_rad), math.sin(self.angle_rad)
        turn = np.array([[cos, sin], [-sin, cos]])
        return np.asarray(around @ turn + np.array(self.center_xy), np.float64)


def covering(rectangle: Rectangle, aspect: float, angle_rad: float = 0.0) -> Crop:
    """Make the smallest crop of an aspect (width over height) and angle that holds a rectangle."""
    cos, sin = abs(math.cos(angle_rad)), abs(math.sin(angle_rad))
    width = rectangle.width * cos + rectangle.height * sin
    height = rectangle.width * sin + rectangle.height * cos
    center = (
        rectangle.x + (rectangle.width - 1) / 2,
        rectangle.y + (rectangle.height - 1) / 2,
    )
    return Crop(center, with_aspect(width, height, aspect), angle_rad)


def with_aspect(width: float, height: float, aspect: float) -> tuple[float, float]:
    """Grow a size on one side until width over height is ``aspect``."""
    return max(width, height * aspect), max(height, width / aspect)


@dataclass(slots=True)
class Warper:
    """Cut crops out of pictures at the input size, reusing its buffers.

    A crop that shrinks is cut at a multiple of the input size, its samples no more than two and a
    half pixels apart, and averaged: thin limbs do not flicker (aliasing), at a bounded cost.
    """

    input_wh: tuple[int, int]
    _buffers: dict[int, ImageArray] = field(default_factory=dict)

    def warp(self, image_hwc: ImageArray, crop: Crop) -> ImageArray:
        """Return the crop, (height, width, 3) uint8, in an array that the next call overwrites."""
        shrink = crop.size_wh[0] / self.input_wh[0]
        times = 1
        if shrink > _SHRINK_WITHOUT_FILTER:
            times = min(max(2, math.ceil(shrink / 2.5)), _MOST_OVERSAMPLING)
        large_wh = (self.input_wh[0] * times, self.input_wh[1] * times)
        large = _cut(image_hwc, crop.picture_from_input(large_wh), self._buffer(times))
        if times == 1:
            return large
        small = self._buffer(1)
        cv2.resize(large, self.input_wh, dst=small, interpolation=cv2.INTER_AREA)
        return small

    def _buffer(self, times: int) -> ImageArray:
        if times not in self._buffers:
            width, height = self.input_wh
            self._buffers[times] = np.empty((height * times, width * times, 3), np.uint8)
        return self._buffers[times]


def _cut(image_hwc: ImageArray, matrix: NDArray[np.float64], out: ImageArray) -> ImageArray:
    cv2.warpAffine(
        image_hwc,
        matrix,
        (out.shape[1], out.shape[0]),
        dst=out,
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(0, 0, 0),
    )
    return out
