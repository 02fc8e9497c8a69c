"""Minutes for views, without a database."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from app.views.trends import LIMB_WORDS, STATES, Trends

MINUTE_US = 60_000_000
NAN = float("nan")


def made_trends(
    start_us: int,
    quantity: Sequence[float],
    *,
    coverage: float = 0.95,
    reasons: Sequence[str] | None = None,
    postures: Sequence[str | None] | None = None,
    covered: Sequence[tuple[str, ...]] | None = None,
    step_us: int = MINUTE_US,
    **numbers: Sequence[float],
) -> Trends:
    """Consecutive minutes; measures that are not named are NaN."""
    count = len(quantity)
    columns = {name: np.full(count, NAN) for name in (*LIMB_WORDS, *STATES, "symmetry")}
    columns |= {name: np.full(count, NAN) for name in ("bouts", "longest_rest_s", "handled_s")}
    columns |= {name: np.array(values, np.float64) for name, values in numbers.items()}
    columns |= {
        "quantity": np.array(quantity, np.float64),
        "coverage": np.full(count, coverage),
        "cutoff_hz": np.full(count, 6.0),
    }
    return Trends(
        start_us + np.arange(count, dtype=np.int64) * step_us,
        columns,
        tuple(postures or [None] * count),
        tuple([None] * count),
        tuple(reasons or [""] * count),
        tuple(covered or [()] * count),
    )
