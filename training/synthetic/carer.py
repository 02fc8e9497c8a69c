"""A carer who reaches into the cot, works there and leaves, over a clip's time."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from training.synthetic.scene import Clutter

_REACHING_S = 0.8
_WORKING_HZ = 0.45
_WORKING_WAY = 0.06


@dataclass(frozen=True)
class Visit:
    """From when to when (s) how many hands are in the cot; reaching in and out takes 0.8 s."""

    begin_s: float
    end_s: float
    hands: int


def reaching(clutter: Clutter, visits: tuple[Visit, ...], time_s: float) -> Clutter:
    """Return the clutter at a time: with the hands of the visit that is on, as far as they are in.

    Without visits it stays as it is; between them there are no hands.
    """
    if not visits:
        return clutter
    for visit in visits:
        edge_s = min(time_s - visit.begin_s, visit.end_s - time_s)
        if edge_s > 0:
            x = min(1.0, edge_s / _REACHING_S)
            inside = x * x * (3 - 2 * x)
            work = _WORKING_WAY * np.sin(2 * np.pi * _WORKING_HZ * (time_s - visit.begin_s))
            return replace(clutter, hands=visit.hands, withdrawn=float(1 - inside + inside * work))
    return replace(clutter, hands=0)
