"""Whether points can belong to one body, by proportions that an infant shows from no side.

Where there is no infant, a network scatters points over what looks a little like limbs: together
they make no body. Ranges: preterm anthropometry gives limbs of at most 0.7 trunk; a trunk that is
seen end-on is short, so that much longer ones are let pass. Shoulders and hips may lie almost
behind one another, as on an infant's side. How many false poses that leaves out, and how many true
ones: ``python -m training.synthetic.figures``.
"""

from __future__ import annotations

import numpy as np

from pipeline.skeleton import INFANT13
from pipeline.types import FloatArray

LONGEST_LIMB = 1.1
SHOULDERS_WIDE = (0.05, 1.2)
HIPS_WIDE = (0.03, 1.0)

_CHAINS = (("shoulder", "elbow"), ("elbow", "wrist"), ("hip", "knee"), ("knee", "ankle"))
_PAIRS = tuple(
    (INFANT13.index(f"{side}_{start}"), INFANT13.index(f"{side}_{end}"))
    for side in ("left", "right")
    for start, end in _CHAINS
)
_SHOULDERS = [INFANT13.index(f"{side}_shoulder") for side in ("left", "right")]
_HIPS = [INFANT13.index(f"{side}_hip") for side in ("left", "right")]
_STARTS, _ENDS = ([pair[end] for pair in (*_PAIRS, _SHOULDERS, _HIPS)] for end in (0, 1))
_LEAST = np.array([0.0] * len(_PAIRS) + [SHOULDERS_WIDE[0], HIPS_WIDE[0]])
_MOST = np.array([LONGEST_LIMB] * len(_PAIRS) + [SHOULDERS_WIDE[1], HIPS_WIDE[1]])


def misfits(keypoints_nkc: FloatArray) -> np.ndarray[tuple[int, ...], np.dtype[np.intp]]:
    """Count, for each of N bodies (N, 13, 2), the proportions that no infant shows: (N,), 0..10.

    The eight limbs, the shoulders and the hips, each over the trunk (middle of the shoulders to
    middle of the hips), of all points, whatever their scores. A length that is NaN counts for none.
    """
    points = np.asarray(keypoints_nkc, np.float64)
    trunk_n2 = points[:, _SHOULDERS].mean(axis=1) - points[:, _HIPS].mean(axis=1)
    trunk_n1 = np.linalg.norm(trunk_n2, axis=1)[:, None]
    lengths = np.linalg.norm(points[:, _STARTS] - points[:, _ENDS], axis=2)
    return np.asarray(
        ((lengths < _LEAST * trunk_n1) | (lengths > _MOST * trunk_n1)).sum(axis=1), np.intp
    )
