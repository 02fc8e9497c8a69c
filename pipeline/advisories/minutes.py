"""From minute rollups, as they come and as they are kept, to what advisories are judged by."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from db.schema import MinuteRollup
from db.series import RollupColumns
from pipeline.advisories.facts import Minute
from pipeline.types import FLAG_WORDS, FrameFlag

_UNSEEN = FLAG_WORDS[FrameFlag.NO_INFANT]
# Under these neither an infant nor a hand could be seen, whether or not there is one.
_BLIND = [
    FLAG_WORDS[flag] for flag in (FrameFlag.LENS_COVERED, FrameFlag.TOO_DARK, FrameFlag.FROZEN)
]
_MOST_BLIND = 0.2
_FEWEST_FRAMES = 0.5


def minute_of(row: MinuteRollup) -> Minute:
    """Return one rollup as a fact; what was not assessable is None."""
    small_s, gross_s = _known(row.small_s), _known(row.gross_s)
    could_look = _could_look(row.reasons, row.frames_seen, row.frames_expected)
    return Minute(
        start_us=row.minute_us,
        coverage=_known(row.coverage) or 0.0,
        quantity_of_motion=_known(row.quantity_of_motion_mean),
        moving_s=None if small_s is None or gross_s is None else small_s + gross_s,
        symmetry=_known(row.symmetry),
        posture=row.posture,
        handled_s=_known(row.handled_s) if could_look else None,
        unseen=_unseen(row.reasons, row.frames_seen) if could_look else None,
    )


def minutes_of(columns: RollupColumns) -> list[Minute]:
    """Return kept rollups as facts, oldest first; of two recordings the better covered counts."""
    found: dict[int, Minute] = {}
    moving_s = columns.small_s + columns.gross_s
    for at, start_us in enumerate(columns.minute_us.tolist()):
        coverage = _known(columns.coverage[at]) or 0.0
        rival = found.get(start_us)
        if rival is not None and rival.coverage >= coverage:
            continue
        seen, reasons = int(columns.frames_seen[at]), columns.reasons[at]
        could_look = _could_look(reasons, seen, int(columns.frames_expected[at]))
        found[start_us] = Minute(
            start_us=start_us,
            coverage=coverage,
            quantity_of_motion=_known(columns.quantity_of_motion_mean[at]),
            moving_s=_known(moving_s[at]),
            symmetry=_known(columns.symmetry[at]),
            posture=columns.posture[at],
            handled_s=_known(columns.handled_s[at]) if could_look else None,
            unseen=_unseen(reasons, seen) if could_look else None,
        )
    return [found[start_us] for start_us in sorted(found)]


def _known(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else float(value)


def _could_look(reasons: Mapping[str, Any], seen: int, expected: int) -> bool:
    """Tell whether enough came, and bright enough, to say who is in the picture and who is not."""
    blind = sum(int(reasons.get(word, 0)) for word in _BLIND)
    return seen > 0 and seen >= _FEWEST_FRAMES * expected and blind <= _MOST_BLIND * seen


def _unseen(reasons: Mapping[str, Any], seen: int) -> float:
    """Return the share of frames without an infant."""
    return min(1.0, int(reasons.get(_UNSEEN, 0)) / seen)
