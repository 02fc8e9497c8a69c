"""Find the infant in one picture, without the help of the pictures before it.

A network trained on upright infants is shown the box in four directions and the surest is kept; a
second look then turns the trunk upright exactly (as the crop of a followed infant would be).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from pipeline.models.crop import Crop, covering
from pipeline.models.session import PoseModel
from pipeline.skeleton import INFANT13
from pipeline.types import ImageArray, Rectangle

_QUARTER_TURNS = (0.0, math.pi / 2, math.pi, -math.pi / 2)
_SHOULDERS = [INFANT13.index("left_shoulder"), INFANT13.index("right_shoulder")]
_HIPS = [INFANT13.index("left_hip"), INFANT13.index("right_hip")]

Found = tuple[NDArray[np.float32], NDArray[np.float32]]


def find(model: PoseModel, image_hwc: ImageArray, box: Rectangle, *, search: bool = True) -> Found:
    """Return keypoints (13, 2) in picture pixels and scores (13,) of the infant in a box.

    ``search`` tries the four directions and looks twice; without it the box is looked at once, as
    the picture stands. NaN where the network's output was not finite.
    """
    turns = _QUARTER_TURNS if search else (0.0,)
    keypoints_kc, scores_k, confidence = _surest(
        model, image_hwc, [_crop(model, box, t) for t in turns]
    )
    if not search:
        return keypoints_kc, scores_k
    angle = upright_angle(keypoints_kc)
    if angle is None:
        return keypoints_kc, scores_k
    again_kc, again_k, again = _surest(model, image_hwc, [_crop(model, box, angle)])
    return (again_kc, again_k) if again >= confidence else (keypoints_kc, scores_k)


def upright_angle(keypoints_kc: NDArray[np.float32]) -> float | None:
    """Return the crop angle that sets the trunk upright; None where the trunk is not known."""
    up = keypoints_kc[_SHOULDERS].mean(axis=0) - keypoints_kc[_HIPS].mean(axis=0)
    if not np.isfinite(up).all() or not up.any():
        return None
    return math.atan2(float(up[0]), -float(up[1]))


def _crop(model: PoseModel, box: Rectangle, angle_rad: float) -> Crop:
    padding = model.manifest.crop.padding
    side = max(box.width, box.height) * padding
    center = (box.x + (box.width - 1) / 2, box.y + (box.height - 1) / 2)
    upright = covering(Rectangle(0, 0, side, side), model.aspect)
    return Crop(center, upright.size_wh, angle_rad)


def _surest(
    model: PoseModel, image_hwc: ImageArray, crops: list[Crop]
) -> tuple[NDArray[np.float32], NDArray[np.float32], float]:
    keypoints_nkc, scores_nk = model.estimate([image_hwc] * len(crops), crops)
    confidence_n = scores_nk.mean(axis=1)
    best = int(confidence_n.argmax())
    return keypoints_nkc[best], scores_nk[best], float(confidence_n[best])
