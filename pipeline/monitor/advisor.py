"""Advisories in the monitor: what it knows goes in, what changed goes to the writer."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from db.errors import DatabaseError
from db.schema import MinuteRollup
from db.store import Store
from db.writer import Writer
from pipeline.advisories import CotNow, Facts, Keeper, Minute, WardNow, kinds_of
from pipeline.advisories.absence import told_late
from pipeline.advisories.engine import Orders
from pipeline.advisories.keeping import Ledger, orders_from, restored
from pipeline.advisories.minutes import minute_of
from pipeline.types import FrameFlag

_log = logging.getLogger(__name__)


class Advisor:
    """Keeps the monitor's kinds of advisories; takes one short look a second."""

    def __init__(self, store: Store, writer: Writer, now_us: int) -> None:
        self._store, self._writer = store, writer
        kinds = tuple(kinds_of(Keeper.MONITOR))
        self._engine = restored(kinds, store.open_advisories(), store.advisory_memories(), now_us)
        self._ledger = Ledger(self._engine)
        self._minutes: dict[int, list[Minute]] = {}
        self._orders = Orders()
        self._infants: dict[int, int] = {}

    def tell_of_absence(self, now_us: int) -> None:
        """Put on record that nobody monitored, if the last monitor died and no page noticed."""
        kept = {kind.name for kind in kinds_of(Keeper.DASHBOARD)}
        entries = [one for one in self._store.open_advisories() if one.advisory.kind in kept]
        self._writer.put_together(told_late(entries, self._store.heartbeat(), now_us))

    def finished(self, cot_id: int, rollups: Sequence[MinuteRollup]) -> None:
        """Take a cot's finished minutes; they are judged at the next look."""
        self._minutes.setdefault(cot_id, []).extend(minute_of(row) for row in rollups)

    def look(self, now_us: int, ward: WardNow, cots: Mapping[int, CotNow]) -> None:
        """Judge what is known now; ``cots`` are all that are to be watched."""
        self._read_orders(now_us)
        minutes, self._minutes = self._minutes, {}
        facts = Facts(ward, cots, minutes, self._infants)
        changes = self._engine.step(now_us, facts, self._orders)
        self._writer.put_together(self._ledger.rows(self._engine, changes, now_us))

    def follow_clock(self, jump_us: int) -> None:
        """Go on with right durations after the wall clock was set."""
        self._engine.shift(jump_us)

    def _read_orders(self, now_us: int) -> None:
        try:
            kept = self._store.advisory_orders(now_us)
        except DatabaseError as error:
            _log.warning("what people asked of advisories could not be read: %s", error)
            return
        self._infants = kept.infants
        self._orders = orders_from(kept.thresholds, kept.acknowledged, kept.paused)


def cot_now(status: Mapping[str, Any], seen_since: FrameFlag = FrameFlag.NONE) -> CotNow:
    """Return what the monitor's status says of one cot; ``seen_since`` adds what was short."""
    flags = FrameFlag(status["flags"]) | (seen_since & FrameFlag.CAMERA_MOVED)
    return CotNow(status["state"], status["line"], flags)
