"""What it costs when a limb is covered: the limb is painted over, the rest is measured again."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.models.session import PoseModel
from pipeline.skeleton import INFANT13
from training.data.coco import PictureSet
from training.evaluation.intervals import figures_of
from training.evaluation.looking import Found, Look, measure
from training.metrics import trunk_lengths

COVERED = {
    "left arm": ("left_elbow", "left_wrist"),
    "right arm": ("right_elbow", "right_wrist"),
    "left leg": ("left_knee", "left_ankle"),
    "right leg": ("right_knee", "right_ankle"),
    "chest": ("left_shoulder", "right_shoulder", "left_hip", "right_hip"),
}
# Half the width of the cover along a limb, in trunk lengths.
_REACH = 0.28


def occlusion_test(
    model: PoseModel, pictures: PictureSet, look: Look, bare: Found
) -> dict[str, dict[str, Any]]:
    """Cover each part in turn; return OKS-AP and PCK@0.1 of all points, and what was lost.

    ``bare`` is what was found in the same pictures uncovered. Losses are bare minus covered.
    """
    before = figures_of(bare, pictures, draws=0)
    result = {}
    for part, joints in COVERED.items():
        places = [INFANT13.index(joint) for joint in joints]

        def change(image: NDArray[np.uint8], row: int, places: list[int] = places) -> Any:
            return covered(image, pictures, row, places)

        after = figures_of(measure(model, pictures, look, change), pictures, draws=0)
        result[part] = {
            name: {
                "covered": asdict(after[name])["value"],
                "lost": _difference(before[name].value, after[name].value),
            }
            for name in ("OKS-AP", "PCK@0.1")
        }
    return result


def covered(
    image: NDArray[np.uint8], pictures: PictureSet, row: int, places: list[int]
) -> NDArray[np.uint8]:
    """Return the picture with a cloth of the picture's own mean colour over some placed points."""
    points = pictures.keypoints_nkc[row, places]
    points = points[points[:, 2] > 0, :2]
    if not len(points):
        return image
    trunk = float(trunk_lengths(pictures.keypoints_nkc[[row]], pictures.boxes_n4[[row]])[0])
    mask = np.zeros(image.shape[:2], np.uint8)
    hull = cv2.convexHull(points.round().astype(np.int32))
    cv2.fillConvexPoly(mask, hull, 255)
    reach = max(1, round(2 * _REACH * trunk))
    mask = cv2.dilate(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach)))
    out = image.copy()
    out[mask > 0] = image.reshape(-1, 3).mean(0).astype(np.uint8)
    return out


def _difference(before: float | None, after: float | None) -> float | None:
    return None if before is None or after is None else before - after
