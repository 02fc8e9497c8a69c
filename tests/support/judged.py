"""Pictures with a known truth and answers of a known quality, for tests of the evaluation."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.support.tiny_models import standing_body
from training.data.coco import PictureSet
from training.evaluation.looking import Found
from training.metrics import trunk_errors


def pictures(n: int = 12, *, infants: int = 4, empty: int = 0, folder: Path = Path()) -> PictureSet:
    """Return ``n`` standing infants of a trunk of 80 px, the last ``empty`` cots empty."""
    keypoints = np.zeros((n, 13, 3), np.float32)
    keypoints[: n - empty, :, :2] = standing_body()
    keypoints[: n - empty, :, 2] = 2
    boxes = np.tile(np.array([230, 150, 180, 220], np.float32), (n, 1))
    return PictureSet(
        paths=tuple(folder / f"{number}.jpg" for number in range(n)),
        keypoints_nkc=keypoints,
        boxes_n4=boxes,
        empty_n=np.arange(n) >= n - empty,
        strata=tuple({"posture": "prone" if i % 2 else "supine"} for i in range(n)),
        groups=tuple(f"infant {number % infants}" for number in range(n)),
    )


def answers(truth: PictureSet, off_px: np.ndarray | float, score: float = 0.8) -> Found:
    """Return answers that lie ``off_px`` to the right; (N,), (N, K) or one number."""
    points = truth.keypoints_nkc[..., :2].copy()
    off = np.asarray(off_px, np.float32)
    points[..., 0] += off[:, None] if off.ndim == 1 else off
    scores = np.full(points.shape[:2], score, np.float32)
    return Found(points, scores, trunk_errors(points, truth.keypoints_nkc, truth.boxes_n4))
