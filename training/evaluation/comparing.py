"""A candidate beside the model in use, on the same pictures: differences with 95 % intervals.

Both are measured on every draw of infants (a paired bootstrap over clusters), so that what makes a
picture hard for both falls out of the difference. Source: Efron 1979; Field and Welsh 2007.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from training.data.coco import PictureSet
from training.evaluation.intervals import drawn_weights
from training.evaluation.looking import Found
from training.evaluation.measures import JOINT_MEASURES, MEASURES, Float, Measure
from training.evaluation.strata import strata_of

_DRAWS = 1000
_ENDS = (2.5, 97.5)
# Of these less is better.
LESS_IS_BETTER = frozenset({"NME"})


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure of both models and the candidate's minus the other's, with its 95 % interval.

    ``verdict``: better, worse, or "no difference shown" where the interval holds 0. Numbers are
    None where too little is known to say: one infant alone gives no interval and no verdict.
    """

    candidate: float | None
    in_use: float | None
    difference: float | None
    low: float | None
    high: float | None
    verdict: str


@dataclass(frozen=True, slots=True)
class Pair:
    """What two models found in the same pictures."""

    candidate: Found
    in_use: Found
    pictures: PictureSet

    def take(self, rows: Any) -> Pair:
        """Return the pair on these pictures."""
        return Pair(self.candidate.take(rows), self.in_use.take(rows), self.pictures.take(rows))


def compare(pair: Pair, *, draws: int = _DRAWS, seed: int = 0) -> dict[str, Any]:
    """Return the differences overall, by joint and by stratum, ready for JSON."""
    strata = {
        key: {
            value: {"pictures": len(rows)} | _table(pair.take(rows), _OF_STRATA, draws, seed)
            for value, rows in values.items()
        }
        for key, values in strata_of(pair.pictures).items()
    }
    return {
        "pictures": len(pair.pictures),
        "infants_or_sources": len(set(pair.pictures.groups)),
        "overall": _table(pair, MEASURES, draws, seed),
        "joints": _table(pair, JOINT_MEASURES, draws, seed),
        "strata": strata,
    }


_OF_STRATA = {name: MEASURES[name] for name in ("PCK@0.1", "PCK@0.2")}


def _table(pair: Pair, measures: Mapping[str, Measure], draws: int, seed: int) -> dict[str, Any]:
    weights_bn = drawn_weights(pair.pictures.groups, draws, seed)
    return {
        name: asdict(difference(pair, measure, weights_bn, less_is_better=name in LESS_IS_BETTER))
        for name, measure in measures.items()
    }


def difference(
    pair: Pair, measure: Measure, weights_bn: Float, *, less_is_better: bool = False
) -> Difference:
    """Return one measure of both, drawn together; ``weights_bn`` (draws, N) count the pictures."""
    new = measure(pair.candidate, pair.pictures)
    old = measure(pair.in_use, pair.pictures)
    value, before = new.value(), old.value()
    if not (np.isfinite(value) and np.isfinite(before)):
        return Difference(None, None, None, None, None, "nothing to compare")
    if (weights_bn == weights_bn[0]).all():
        # Every draw of one infant is that infant: an interval of no width would look certain.
        return Difference(value, before, value - before, None, None, "nothing to compare")
    drawn = _drawn(new.above, new.below, weights_bn) - _drawn(old.above, old.below, weights_bn)
    drawn = drawn[np.isfinite(drawn)]
    if not len(drawn):
        return Difference(value, before, value - before, None, None, "nothing to compare")
    low, high = (float(end) for end in np.percentile(drawn, _ENDS))
    sign = -1 if less_is_better else 1
    verdict = "no difference shown"
    if low > 0 or high < 0:
        verdict = "better" if sign * low > 0 and sign * high > 0 else "worse"
    return Difference(value, before, value - before, low, high, verdict)


def _drawn(above: Float, below: Float, weights_bn: Float) -> Float:
    total = weights_bn @ below
    out = np.full(len(total), np.nan)
    np.divide(weights_bn @ above, total, out=out, where=total > 0)
    return out
