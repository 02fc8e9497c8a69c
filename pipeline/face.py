"""Make the face unreadable: blurred where it is, wider where that is unsure, else everywhere."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.confidence import present
from pipeline.skeleton import INFANT13
from pipeline.types import FloatArray, ImageArray

_NOSE = INFANT13.index("nose")
_SHOULDERS = [INFANT13.index("left_shoulder"), INFANT13.index("right_shoulder")]
_HIPS = [INFANT13.index("left_hip"), INFANT13.index("right_hip")]

# An infant's head is about four fifths of its trunk long; the radii hold it with some margin.
_HEAD_FROM_NOSE_TRUNKS = 0.6
_HEAD_FROM_NOSE_SHOULDERS = 0.85
_HEAD_ABOVE_TRUNKS = 0.45
_UNSURE_HEAD_TRUNKS = 0.92
_UNSURE_HEAD_SHOULDERS = 1.9
_CELLS_ACROSS_HEAD = 5
# A head may fill a picture in which nothing was found.
_CELLS_ACROSS_PICTURE = 8

Circle = tuple[float, float, float]


def blur_face(
    picture_hwc: ImageArray, keypoints_kc: FloatArray, scores_k: FloatArray
) -> ImageArray:
    """Blur the head in a blue-green-red picture, in place, and return it.

    With a sure nose the blur lies around it; without, around where the shoulders and the trunk say
    that the head must be. When neither is known the whole picture is blurred: an unfound face must
    not be shown.
    """
    circle = head_circle(keypoints_kc, scores_k)
    return blur_circles(picture_hwc, () if circle is None else (circle,))


def blur_circles(picture_hwc: ImageArray, circles: Sequence[Circle]) -> ImageArray:
    """Blur the places where a head may be, in place; none given: all of the picture.

    All that lies under them becomes coarse together, so that none shows what another hides.
    """
    if not circles:
        picture_hwc[:] = _coarse(picture_hwc, _CELLS_ACROSS_PICTURE)
        return picture_hwc
    placed = np.array(circles, np.float64)
    centers, radii = placed[:, :2], placed[:, 2:]
    size_wh = np.array(picture_hwc.shape[1::-1])
    low = np.clip((centers - radii).min(axis=0), 0, size_wh).astype(int)
    high = np.clip((centers + radii).max(axis=0) + 2, 0, size_wh).astype(int)
    if (low >= high).any():
        return picture_hwc
    part = picture_hwc[low[1] : high[1], low[0] : high[0]]
    cells = max(2, round(_CELLS_ACROSS_HEAD * max(part.shape[:2]) / (2 * float(radii.min()))))
    mask = np.zeros(part.shape[:2], np.uint8)
    for (x, y), radius in zip((centers - low).tolist(), radii[:, 0].tolist(), strict=True):
        cv2.circle(mask, (round(x), round(y)), round(radius), 255, -1)
    cv2.copyTo(_coarse(part, cells), mask, part)
    return picture_hwc


def head_circle(keypoints_kc: FloatArray, scores_k: FloatArray) -> Circle | None:
    """Return (x, y, radius) in pixels of a circle that holds the head; None: not known."""
    points = np.where(present(scores_k)[:, None], keypoints_kc, np.nan).astype(np.float64)
    nose, shoulders, hips = points[_NOSE], points[_SHOULDERS], points[_HIPS]
    neck = shoulders.mean(axis=0)
    trunk = float(np.linalg.norm(neck - hips.mean(axis=0)))
    width = float(np.linalg.norm(shoulders[0] - shoulders[1]))
    if np.isfinite(nose).all():
        radii = np.array([_HEAD_FROM_NOSE_TRUNKS * trunk, _HEAD_FROM_NOSE_SHOULDERS * width])
        known = radii[np.isfinite(radii)]
        return (float(nose[0]), float(nose[1]), float(known.max())) if len(known) else None
    if np.isfinite(trunk) and trunk > 0:
        center = neck + _HEAD_ABOVE_TRUNKS * (neck - hips.mean(axis=0))
        radius = max(_UNSURE_HEAD_TRUNKS * trunk, _HEAD_FROM_NOSE_SHOULDERS * width)
        return float(center[0]), float(center[1]), radius
    if np.isfinite(width) and width > 0:
        return float(neck[0]), float(neck[1]), _UNSURE_HEAD_SHOULDERS * width
    return None


def _coarse(picture: ImageArray, cells_across: int) -> NDArray[np.uint8]:
    """Keep only a few cells' mean colours, softly joined: nothing finer can be brought back."""
    height, width = picture.shape[:2]
    cells_down = max(1, round(cells_across * height / width))
    small = cv2.resize(picture, (cells_across, cells_down), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)
