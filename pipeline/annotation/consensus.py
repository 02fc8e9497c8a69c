"""One set of labels from several annotators'."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline.annotation.points import Points


def consensus(points: Sequence[Points]) -> Points:
    """Return the points (13, 3) on which annotators agree: the median place and state.

    A point is absent where no more than half of them placed it; of an even number of states between
    those who placed it, the more hidden counts. One annotator's points come back as they are.
    """
    stack_nk3 = np.stack(list(points))
    placed_nk = stack_nk3[..., 2] > 0
    out = np.zeros(stack_nk3.shape[1:])
    for k in np.flatnonzero(2 * placed_nk.sum(axis=0) > len(stack_nk3)):
        chosen = stack_nk3[placed_nk[:, k], k]
        out[k, :2] = np.median(chosen[:, :2], axis=0)
        out[k, 2] = np.sort(chosen[:, 2])[(len(chosen) - 1) // 2]
    return out
