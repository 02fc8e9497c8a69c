"""SimCC: one distribution along x and one along y for each keypoint."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.models.decode.base import Decoded, Outputs, decoder
from pipeline.models.manifest import Manifest


@decoder("simcc", "simcc")
def decode_simcc(outputs: Outputs, manifest: Manifest) -> Decoded:
    """Take the highest bin of each axis, refined by the parabola through its neighbours.

    Source: Li et al. 2022, SimCC; the score is the smaller of the two maxima, as in mmpose. The
    parabola (ours) is left out at the ends.
    """
    x_nk, score_x_nk = _peak(outputs[0])
    y_nk, score_y_nk = _peak(outputs[1])
    points_nkc = np.stack([x_nk, y_nk], axis=-1) / manifest.output.simcc_ratio
    return points_nkc.astype(np.float32), np.minimum(score_x_nk, score_y_nk)


def _peak(bins_nkb: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    best = bins_nkb.argmax(axis=-1)[..., None]
    last = bins_nkb.shape[-1] - 1
    before, after = np.maximum(best - 1, 0), np.minimum(best + 1, last)
    low, mid, high = (
        np.take_along_axis(bins_nkb, i, axis=-1)[..., 0] for i in (before, best, after)
    )
    bend = low - 2 * mid + high
    inner = (before != best)[..., 0] & (after != best)[..., 0] & (bend < 0)
    step = np.where(inner, (low - high) / (2 * np.where(inner, bend, np.float32(1))), 0)
    return (best[..., 0] + step).astype(np.float32), mid
