"""What nobody saw: that no monitor ran, found by the next one at its start.

While a dashboard runs it notices a dead monitor itself. When both were down, the monitor that
starts next sees it by the last heartbeat, and puts "not monitoring" on record: gone already, yet
open until somebody acknowledges it. An orderly stop is not told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from db.advisories import AdvisoryEntry
from db.backlog import AdvisoryRow
from db.schema import Heartbeat
from pipeline.advisories.base import kind_named
from pipeline.advisories.engine import WARD
from pipeline.advisories.keeping import rows_of
from pipeline.advisories.watch import US_PER_S, Change, Raised

STOPPED = "stopped"
_NOTICED_US = 10 * US_PER_S


def told_late(
    entries: Sequence[AdvisoryEntry], last: Heartbeat | None, now_us: int
) -> list[AdvisoryRow]:
    """Return the rows to keep, none when it is open already, short, or was an orderly stop."""
    if entries or last is None or (last.detail or {}).get(STOPPED):
        return []
    if now_us - last.beat_us < _NOTICED_US:
        return []
    kind = kind_named("not_monitoring")
    minutes = (now_us - last.beat_us) / (60 * US_PER_S)
    raised = Raised(
        key=f"{kind.name}/{WARD}/{last.beat_us}",
        onset_us=last.beat_us,
        raised_us=now_us,
        announced_us=now_us,
        priority=kind.priority,
        words=f"nothing was monitored or recorded for {minutes:.1f} min",
        unheeded_us=now_us,
    )
    gone = replace(raised, gone_us=now_us)
    return rows_of(
        [
            Change("raised", now_us, kind.name, WARD, raised),
            Change("gone", now_us, kind.name, WARD, gone),
        ]
    )
