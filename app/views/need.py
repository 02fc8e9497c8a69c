"""Which cot needs somebody most, and an order of tiles that does not jump.

A cot rises only after its need has stood for ten seconds and falls only after a quiet minute, so
that flicker moves nothing. Among equals the order is that of the ward.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

RISES_AFTER_S = 10.0
FALLS_AFTER_S = 60.0


class Need(IntEnum):
    """How much a cot needs somebody; the smaller, the more."""

    HIGH = 0
    TROUBLE = 1
    MEDIUM = 2
    BLIND = 3
    LOW = 4
    NONE = 5


_OF_LEVEL = {"trouble": Need.TROUBLE, "attention": Need.BLIND}
_OF_PRIORITY = {"high": Need.HIGH, "medium": Need.MEDIUM, "low": Need.LOW}


def need_of(level: str, priorities: Sequence[str] = ()) -> Need:
    """Return the need of a cot that stands at ``level`` and has open advisories."""
    needs = [_OF_PRIORITY.get(priority, Need.LOW) for priority in priorities]
    return min([_OF_LEVEL.get(level, Need.NONE), *needs])


@dataclass(frozen=True, slots=True)
class Settled:
    """The need by which a cot is placed, and the one that it has shown since ``since_s``."""

    placed: Need
    shown: Need
    since_s: float


def settle(
    before: Mapping[int, Settled], needs: Mapping[int, Need], now_s: float
) -> dict[int, Settled]:
    """Return how each cot is placed now; a cot not met before is placed at once."""
    return {cot_id: _settled(before.get(cot_id), need, now_s) for cot_id, need in needs.items()}


def _settled(before: Settled | None, need: Need, now_s: float) -> Settled:
    if before is None:
        return Settled(need, need, now_s)
    since_s = before.since_s if before.shown == need else now_s
    wait_s = RISES_AFTER_S if need < before.placed else FALLS_AFTER_S
    placed = need if now_s - since_s >= wait_s else before.placed
    return Settled(placed, need, since_s)


def ranks(settled: Mapping[int, Settled]) -> dict[int, int]:
    """Return each cot's place, 0 first; ``settled`` is in the order of the ward."""
    ordered = sorted(settled, key=lambda cot_id: settled[cot_id].placed)
    return {cot_id: place for place, cot_id in enumerate(ordered)}
