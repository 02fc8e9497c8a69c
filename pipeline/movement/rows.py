"""A minute's figures as the row that is stored."""

from __future__ import annotations

from dataclasses import fields
from math import nan

from db.schema import MinuteRollup as MinuteRow
from pipeline.movement.rollup import MinuteRollup

_SHAPED = {"limbs", "reasons", "quantity_of_motion_interval"}
_WORDS = ("posture", "head_side", "covered")
_NUMBERS = tuple(
    field.name for field in fields(MinuteRollup) if field.name not in {*_SHAPED, *_WORDS}
)


def rollup_row(figures: MinuteRollup, missing: dict[str, int]) -> MinuteRow:
    """Return the row, without its recording.

    ``missing``: frames that never came, by the reason, to stand beside the figures' own reasons.
    """
    low, high = figures.quantity_of_motion_interval or (nan, nan)
    return MinuteRow(
        **{name: _measure(getattr(figures, name)) for name in _NUMBERS},
        **{name: getattr(figures, name) for name in _WORDS},
        quantity_of_motion_low=low,
        quantity_of_motion_high=high,
        limbs={name: limb.mean for name, limb in figures.limbs.items()},
        reasons=figures.reasons | missing,
    )


def _measure(value: float | None) -> float:
    return nan if value is None else value
