"""Minutes of one infant as columns: every trend, tile and report starts from these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.views.movement import MovementSeries
from app.views.times import US_PER_MINUTE
from app.views.words import reason_words
from db.series import RollupColumns
from pipeline.movement.hidden import PARTS

LIMB_WORDS = {
    "left_arm": "Left arm",
    "right_arm": "Right arm",
    "left_leg": "Left leg",
    "right_leg": "Right leg",
}
STATES = ("still_s", "small_s", "gross_s")
_NUMBERS = ("coverage", "symmetry", *STATES, "longest_rest_s", "bouts", "handled_s", "cutoff_hz")

Float = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Trends:
    """T minutes, rising in time, missing where nothing was recorded.

    ``starts_us``: (T,) int64 UTC µs. ``numbers``: {measure: (T,)}, NaN = not assessable; the
    measures are ``quantity`` (trunk lengths/s), the limbs, and columns of the minute rollups by
    their names. Words are T long: ``reasons`` says why a quantity is NaN, ``covered`` names the
    covered parts of the body.
    """

    starts_us: NDArray[np.int64]
    numbers: dict[str, Float]
    postures: tuple[str | None, ...]
    head_sides: tuple[str | None, ...]
    reasons: tuple[str, ...]
    covered: tuple[tuple[str, ...], ...]

    def __len__(self) -> int:
        return len(self.starts_us)

    @classmethod
    def empty(cls) -> Trends:
        """Make trends of no minutes."""
        names = ("quantity", *_NUMBERS, *LIMB_WORDS)
        none = np.empty(0)
        return cls(np.empty(0, np.int64), dict.fromkeys(names, none), (), (), (), ())

    def between(self, from_us: int, to_us: int) -> Trends:
        """Return the minutes that start within ``from_us <= minute < to_us``."""
        first, stop = np.searchsorted(self.starts_us, [from_us, to_us]).tolist()
        return self._taken(range(first, stop))

    def finished(self, now_us: int) -> Trends:
        """Return the minutes that have ended."""
        return self.between(-(2**62), now_us - US_PER_MINUTE + 1)

    def _taken(self, chosen: Sequence[int]) -> Trends:
        rows = list(chosen)
        return Trends(
            self.starts_us[rows],
            {name: values[rows] for name, values in self.numbers.items()},
            tuple(self.postures[at] for at in rows),
            tuple(self.head_sides[at] for at in rows),
            tuple(self.reasons[at] for at in rows),
            tuple(self.covered[at] for at in rows),
        )

    @property
    def quantity_t(self) -> Float:
        """Return the quantity of motion (T,)."""
        return self.numbers["quantity"]

    @property
    def coverage_t(self) -> Float:
        """Return the share of each minute that could be assessed (T,)."""
        return self.numbers["coverage"]

    @property
    def assessable_t(self) -> NDArray[np.bool_]:
        """Tell which minutes (T,) have a quantity of motion."""
        return np.isfinite(self.quantity_t)

    @property
    def movement(self) -> MovementSeries:
        """Return the quantity of motion as a series."""
        return MovementSeries(
            US_PER_MINUTE, self.starts_us, self.quantity_t, self.coverage_t, self.reasons
        )


def trends_of(columns: RollupColumns) -> Trends:
    """Return rollups as trends; of two recordings in one minute the better covered counts."""
    best: dict[int, int] = {}
    for at, minute_us in enumerate(columns.minute_us.tolist()):
        rival = best.get(minute_us)
        if rival is None or columns.frames_assessable[at] > columns.frames_assessable[rival]:
            best[minute_us] = at
    chosen = [best[minute_us] for minute_us in sorted(best)]
    covered = tuple(tuple(sorted(columns.covered[at] or {})) for at in chosen)
    unknown = np.full(len(columns), np.nan)
    numbers = {name: getattr(columns, name)[chosen] for name in _NUMBERS}
    numbers["quantity"] = columns.quantity_of_motion_mean[chosen]
    numbers |= {name: columns.limbs.get(name, unknown)[chosen] for name in LIMB_WORDS}
    return Trends(
        columns.minute_us[chosen],
        numbers,
        tuple(columns.posture[at] for at in chosen),
        tuple(columns.head_side[at] for at in chosen),
        tuple(
            _reason(columns.reasons[at], parts, is_blank=np.isnan(numbers["quantity"][number]))
            for number, (at, parts) in enumerate(zip(chosen, covered, strict=True))
        ),
        covered,
    )


def joined(parts: Sequence[Trends]) -> Trends:
    """Return trends of spans that follow one another, as one."""
    if not parts:
        raise ValueError("no trends to join")
    return Trends(
        np.concatenate([part.starts_us for part in parts]),
        {name: np.concatenate([part.numbers[name] for part in parts]) for name in parts[0].numbers},
        tuple(word for part in parts for word in part.postures),
        tuple(word for part in parts for word in part.head_sides),
        tuple(word for part in parts for word in part.reasons),
        tuple(words for part in parts for words in part.covered),
    )


def covered_words(parts: Sequence[str]) -> str:
    """Return which parts of the body are covered, in words, or nothing."""
    if len(parts) == len(PARTS):
        return "covered all over"
    named = list(parts)
    for limb in ("arm", "leg"):
        if {f"left_{limb}", f"right_{limb}"} <= set(named):
            named = [f"{limb}s", *(part for part in named if not part.endswith(limb))]
    return f"covered: {' and '.join(part.replace('_', ' ') for part in named)}" if parts else ""


def _reason(reasons: dict[str, int], parts: Sequence[str], *, is_blank: bool) -> str:
    """Return why a minute is blank; a cover explains low confidence better than its name."""
    if not is_blank:
        return ""
    said = reason_words(reasons)
    if parts and said in ("", "low confidence"):
        return covered_words(parts)
    return said
