"""Scores as probabilities: fit the map, and see how far it can be believed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

from pipeline.models.manifest import CalibrationSpec
from pipeline.skeleton import INFANT13
from training.data.coco import PictureSet

# A point is right within this many trunk lengths.
RIGHT_WITHIN = 0.1
_CALIBRATION_POINTS = 12
# A threshold under which at most this share of an empty picture's points may be called present.
_FALSE_PRESENT = 0.02
_THRESHOLD_RANGE = (0.25, 0.6)
_CALIBRATION_STEP = 1e-3
_BINS = 10


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Points whose scores lie together: how many, their mean score, and the share that is right."""

    points: int
    score: float
    right: float


def reliability(
    errors: NDArray[np.float64], scores: NDArray[np.float32], visibility: NDArray[np.float32]
) -> dict[str, Any]:
    """Compare scores with the share of known points within 0.1 trunk; arrays (N, K).

    Returns ``bins`` of equal width, the expected calibration error (Naeini et al. 2015) over all
    points (``error``) and for each joint (``joints``; None where it was never known).
    """
    known = visibility > 0
    right = errors <= RIGHT_WITHIN
    bins = _bins(scores[known], right[known])
    return {
        "bins": [asdict(one) for one in bins],
        "error": _expected_error(bins),
        "joints": {
            name: _expected_error(_bins(scores[known[:, k], k], right[known[:, k], k]))
            for k, name in enumerate(INFANT13.keypoints)
        },
    }


def _bins(scores: NDArray[np.float32], right: NDArray[np.bool_]) -> list[ReliabilityBin]:
    place = np.clip((scores * _BINS).astype(int), 0, _BINS - 1)
    return [
        ReliabilityBin(int(here.sum()), float(scores[here].mean()), float(right[here].mean()))
        for here in (place == number for number in range(_BINS))
        if here.any()
    ]


def _expected_error(bins: list[ReliabilityBin]) -> float | None:
    total = sum(one.points for one in bins)
    if not total:
        return None
    return sum(one.points * abs(one.score - one.right) for one in bins) / total


def fit_calibration(
    errors: NDArray[np.float64], scores: NDArray[np.float32], pictures: PictureSet
) -> CalibrationSpec:
    """Fit score → probability of lying within 0.1 trunk; choose where a point is present.

    Points that are absent or in empty pictures count as wrong. Isotonic regression (Barlow et al.
    1972), thinned to a few points.
    """
    known = (pictures.keypoints_nkc[..., 2] > 0) | pictures.empty_n[:, None]
    right = (errors <= RIGHT_WITHIN) & (pictures.keypoints_nkc[..., 2] > 0)
    raw, hit = scores[known].astype(np.float64), right[known].astype(np.float64)
    order = np.argsort(raw, kind="stable")
    fitted = isotonic_regression(hit[order]).x
    spots = np.unique(np.linspace(0, len(order) - 1, _CALIBRATION_POINTS * 8).astype(int))
    groups = np.array_split(spots, _CALIBRATION_POINTS)
    x = np.array([raw[order][group].mean() for group in groups])
    y = np.array([fitted[group].mean() for group in groups])
    x, y = _rising(np.concatenate([[0.0], x, [1.0]]), np.concatenate([y[:1], y, y[-1:]]))
    empty = np.interp(scores[pictures.empty_n], x, y).ravel()
    limit = float(np.quantile(empty, 1 - _FALSE_PRESENT)) if empty.size else 0.0
    threshold = float(np.clip(limit + 0.01, *_THRESHOLD_RANGE))
    return CalibrationSpec(
        kind="isotonic",
        x=tuple(round(float(v), 5) for v in x),
        y=tuple(round(float(v), 5) for v in y),
        threshold=round(threshold, 4),
    )


def _rising(
    x: NDArray[np.float64], y: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Keep points whose x clearly rises, the last one always; make y rise or stay."""
    kept = [0]
    for place in range(1, len(x) - 1):
        if x[kept[-1]] + _CALIBRATION_STEP < x[place] < x[-1] - _CALIBRATION_STEP:
            kept.append(place)
    kept.append(len(x) - 1)
    return x[kept], np.maximum.accumulate(y[kept]).clip(0, 1)
