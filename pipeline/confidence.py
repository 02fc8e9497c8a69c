"""The one scale of keypoint scores and the one line between present and missing.

A network's own scores mean what its training made them mean. The manifest's calibration maps them
once, when they leave the model, to the scale used everywhere else: 0..1, and ``PRESENT_SCORE``
divides present from missing. No other module holds a score threshold.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.types import FloatArray

# A calibrated score is the probability of lying within a tenth of a trunk length. At this line
# fewer than one in a hundred of the live path's looks at rendered cots without an infant give a
# pose (tests/benchmarks/finding.py); eight in ten such points then lie within two tenths.
PRESENT_SCORE = 0.25
# Between this and PRESENT_SCORE a point is shown as doubtful; below it is not shown at all.
DOUBTFUL_SCORE = 0.12


def present(scores: FloatArray) -> NDArray[np.bool_]:
    """Tell which keypoints are present, for scores of any shape; NaN is missing."""
    return np.greater_equal(scores, PRESENT_SCORE)


def without_missing(keypoints_tkc: FloatArray, scores_tk: FloatArray) -> FloatArray:
    """Return a copy of the keypoints (..., K, 2) with NaN where the score (..., K) says missing."""
    return np.where(present(scores_tk)[..., None], keypoints_tkc, np.nan)


def doubtful(scores: FloatArray) -> NDArray[np.bool_]:
    """Tell which keypoints are at least doubtful, for scores of any shape; NaN is missing."""
    return np.greater_equal(scores, DOUBTFUL_SCORE)
