"""Figures of what was found in a set of pictures, each as sums that can be drawn anew.

A :class:`Tally` holds what each picture adds above and below a fraction bar, so a figure over any
choice of pictures, or over infants drawn with repeats, is one division.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.skeleton import INFANT13
from training.data.coco import PictureSet
from training.evaluation.looking import Found
from training.metrics import limb_joints, trunk_lengths

Float = NDArray[np.float64]

# The area under the PCK curve is taken from 0 to this many trunks.
AUC_UP_TO = 0.2
_AUC_STEPS = 40
# PCKh counts a point as right within half a head. Thirteen points have no head box: the head's
# size is taken as the nose's distance from mid-shoulder, at least this share of the trunk.
_HEAD_SHARE, _LEAST_HEAD = 0.5, 0.4
OKS_THRESHOLDS = np.linspace(0.5, 0.95, 10)
_RECALLS = np.linspace(0, 1, 101)


@dataclass(frozen=True, slots=True)
class Tally:
    """What each of N pictures adds: (N,) above and (N,) below the bar."""

    above: Float
    below: Float

    def value(self, weights: Float | None = None) -> float:
        """Return the figure, pictures counted by weight; NaN where there is nothing below."""
        above, below = self.above, self.below
        if weights is not None:
            above, below = above * weights, below * weights
        total = below.sum()
        return float(above.sum() / total) if total > 0 else float("nan")


Measure = Callable[[Found, PictureSet], Tally]


def _within(limit: float, joints: list[int] | None = None) -> Measure:
    chosen = limb_joints() if joints is None else joints

    def measure(found: Found, pictures: PictureSet) -> Tally:
        seen = _visible(pictures)[:, chosen]
        right = (found.errors_nk[:, chosen] <= limit) & seen
        return Tally(right.sum(1).astype(float), seen.sum(1).astype(float))

    return measure


def _pckh(found: Found, pictures: PictureSet) -> Tally:
    truth, seen = pictures.keypoints_nkc, _visible(pictures)
    shoulders = [INFANT13.index(f"{side}_shoulder") for side in ("left", "right")]
    nose = INFANT13.index("nose")
    trunk = trunk_lengths(truth, pictures.boxes_n4)
    head = np.linalg.norm(truth[:, nose, :2] - truth[:, shoulders, :2].mean(1), axis=-1)
    known = (truth[:, [nose, *shoulders], 2] > 0).all(1)
    limit = _HEAD_SHARE * np.maximum(np.where(known, head / trunk, 0), _LEAST_HEAD)
    right = (found.errors_nk <= limit[:, None]) & seen
    return Tally(right.sum(1).astype(float), seen.sum(1).astype(float))


def _normalised_error(found: Found, pictures: PictureSet) -> Tally:
    """Mean error of the visible points that were found at all."""
    counted = _visible(pictures) & np.isfinite(found.errors_nk)
    errors = np.where(counted, found.errors_nk, 0.0)
    return Tally(errors.sum(1), counted.sum(1).astype(float))


def _area_under_curve(found: Found, pictures: PictureSet) -> Tally:
    limits = np.linspace(0, AUC_UP_TO, _AUC_STEPS + 1)[1:]
    tallies = [_within(float(limit))(found, pictures) for limit in limits]
    return Tally(np.mean([tally.above for tally in tallies], axis=0), tallies[0].below)


MEASURES: dict[str, Measure] = {
    "PCK@0.05": _within(0.05),
    "PCK@0.1": _within(0.1),
    "PCK@0.2": _within(0.2),
    "PCKh@0.5": _pckh,
    "NME": _normalised_error,
    "AUC@0.2": _area_under_curve,
}
JOINT_MEASURES: dict[str, Measure] = {
    name: _within(0.1, [k]) for k, name in enumerate(INFANT13.keypoints)
}


def _visible(pictures: PictureSet) -> NDArray[np.bool_]:
    return pictures.keypoints_nkc[..., 2] == 2


def keypoint_similarity(found: Found, pictures: PictureSet) -> Float:
    """Return OKS (N,) over the placed points, as COCO's evaluation code; NaN without an infant.

    The area is the box's. Source: Lin et al. 2014, cocodataset.org/#keypoints-eval.
    """
    truth = pictures.keypoints_nkc
    squared = ((found.points_nkc - truth[..., :2]) ** 2).sum(-1).astype(np.float64)
    area = (pictures.boxes_n4[:, 2] * pictures.boxes_n4[:, 3]).astype(np.float64)
    variances = (2 * np.array(INFANT13.sigmas)) ** 2
    exponent = squared / variances / (area[:, None] + np.spacing(1)) / 2
    alike = np.where(np.isfinite(exponent), np.exp(-np.nan_to_num(exponent)), 0.0)
    placed = truth[..., 2] > 0
    counted = placed.sum(1)
    return np.where(counted > 0, (alike * placed).sum(1) / np.maximum(counted, 1), np.nan)


def average_precision(
    similarity_n: Float, scores_n: Float, weights_n: Float | None = None
) -> tuple[float, float]:
    """Return OKS-AP and AR over 0.5:0.95, one detection a picture; NaN similarity: empty picture.

    Precision is taken at 101 recalls as COCO's evaluation code does; ``weights_n`` counts pictures
    more than once. NaN where no picture shows an infant.
    """
    weights = np.ones(len(scores_n)) if weights_n is None else weights_n
    infants = (weights * np.isfinite(similarity_n)).sum()
    if infants == 0:
        return float("nan"), float("nan")
    order = np.argsort(-scores_n, kind="mergesort")
    alike, counts = np.nan_to_num(similarity_n[order], nan=-1.0), weights[order]
    precisions, recalls = [], []
    for threshold in OKS_THRESHOLDS:
        right = np.cumsum(counts * (alike >= threshold))
        all_so_far = np.cumsum(counts)
        recall = right / infants
        precision = np.maximum.accumulate((right / np.maximum(all_so_far, 1e-12))[::-1])[::-1]
        place = np.searchsorted(recall, _RECALLS, side="left")
        reached = np.where(place < len(precision), precision[np.minimum(place, len(order) - 1)], 0)
        precisions.append(float(reached.mean()))
        recalls.append(float(recall[-1]))
    return float(np.mean(precisions)), float(np.mean(recalls))


def picture_scores(found: Found) -> Float:
    """Return one score a picture, the mean over points, as mmpose ranks them."""
    return found.scores_nk.mean(1).astype(np.float64)
