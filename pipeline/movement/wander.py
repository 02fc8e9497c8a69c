"""How far a network's keypoints can be relied on: the speed they make up, the covers they show.

Beside jitter from frame to frame (noise.py) a network's keypoints wander and jump, the more the
less sure it is. That cannot be told from movement in the series itself, but it can be measured on
rendered infants, whose true movement is known: ``python -m training.wander`` writes the figures
down for the network in use. The false speed is taken off speeds by its power. It differs from clip
to clip by the factors ``least`` to ``most``, and so does what is left: figures carry that in their
interval. Where it is too large, there are none.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from pipeline.types import FloatArray

Float = NDArray[np.float64]
FILE = "wander.json"
_LEAST_PRECISION, _LEAST_RECALL = 0.8, 0.5


@dataclass(frozen=True, slots=True)
class Wander:
    """False speed by score.

    ``scores``: rising, calibrated (see ``pipeline.confidence``). ``speeds``: the root mean square
    of the false speed at each, in trunk/s after the filter; straight lines between and to nothing
    at a score of 1, level below.
    ``least`` and ``most``: between these factors of it nine clips in ten lie. ``model``: whose.
    ``cover_precision`` and ``cover_recall``: of what was concluded to be covered (see hidden.py).
    """

    scores: tuple[float, ...]
    speeds: tuple[float, ...]
    least: float
    most: float
    model: str = ""
    cover_precision: float = 0.0
    cover_recall: float = 0.0

    @property
    def tells_cover(self) -> bool:
        """Tell whether a cover can be concluded from this network's missing keypoints."""
        return self.cover_precision >= _LEAST_PRECISION and self.cover_recall >= _LEAST_RECALL

    def of_axis(self, scores_tk: FloatArray) -> Float:
        """Return the deviation (T, K), in trunk/s, of one axis' false speed; NaN for NaN scores."""
        speeds = np.interp(scores_tk, (*self.scores, 1.0), (*self.speeds, 0.0))
        return np.asarray(np.where(np.isnan(scores_tk), np.nan, speeds) / np.sqrt(2))


@lru_cache(maxsize=1)
def of_bundled_model() -> Wander:
    """Return the wander of the network that comes with Cotside."""
    text = resources.files("pipeline.movement").joinpath(FILE).read_text(encoding="utf-8")
    return TypeAdapter(Wander).validate_json(text)
