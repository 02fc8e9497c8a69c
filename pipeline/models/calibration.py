"""From a network's own scores to Cotside's scale (see pipeline/confidence.py)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.confidence import PRESENT_SCORE
from pipeline.models.manifest import CalibrationSpec
from pipeline.types import FloatArray


def calibrate(scores: NDArray[np.float32], spec: CalibrationSpec) -> NDArray[np.float32]:
    """Map scores of any shape to 0..1, the spec's threshold landing on ``PRESENT_SCORE``.

    The map never falls, so the order of scores is kept. NaN becomes 0.
    """
    mapped: FloatArray = scores
    if spec.kind == "isotonic":
        mapped = np.interp(mapped, spec.x, spec.y)
    mapped = np.interp(mapped, (0.0, spec.threshold, 1.0), (0.0, PRESENT_SCORE, 1.0))
    # np.interp holds its ends and lets NaN through; fmax takes the 0.
    return np.fmax(mapped, 0.0).astype(np.float32)
