"""The dashboard's own look at the monitor: a dead one cannot say that it is dead.

Keeps the advisories of ``Keeper.DASHBOARD`` ("not monitoring"). Several dashboards over one
database keep them together: what is open is read anew at every look, and a change is decided and
stored under the write lock. When no dashboard runs either, the next monitor tells of it at its
start (``pipeline.advisories.absence``).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from db.advisories import AdvisoryEntry
from db.backlog import AdvisoryRow
from db.errors import DatabaseError
from db.store import Store
from pipeline.advisories import Facts, Keeper, WardNow, kinds_of
from pipeline.advisories.engine import WARD, Engine, WatchKey
from pipeline.advisories.keeping import Ledger, orders_from, raised_of
from pipeline.advisories.watch import Watch
from pipeline.clock import UtcClock

_log = logging.getLogger(__name__)
_LOOK_EVERY_S = 1.0
# A monitor that this dashboard has just begun to start may take so long to come up.
_GRACE_S = 30.0


class Lookout:
    """Looks once a second, from a thread of its own, whether anything is monitored."""

    def __init__(
        self, store: Store, is_monitoring: Callable[[], bool], clock: UtcClock | None = None
    ) -> None:
        self._store, self._is_monitoring = store, is_monitoring
        self._clock = clock or UtcClock()
        self._kinds = tuple(kinds_of(Keeper.DASHBOARD))
        self._names = [kind.name for kind in self._kinds]
        self._watches: dict[WatchKey, Watch] = {}
        self._thresholds: dict[tuple[int | None, str], dict[str, Any]] = {}
        self._patient_until_us = self._clock.now_us() + round(_GRACE_S * 1e6)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="lookout", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more; to be called before the dashboard ends a monitor of its own."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(5 * _LOOK_EVERY_S)

    def look(self) -> None:
        """Take one look and keep what follows from it; raises ``DatabaseError``."""
        jump_us = self._clock.take_jump_us()
        if jump_us:
            self._follow_clock(jump_us)
        now_us = self._clock.now_us()
        facts = self._facts(now_us)
        entries = [one for one in self._store.open_advisories() if one.advisory.kind in self._names]
        self._thresholds = self._store.advisory_thresholds()
        engine, rows = self._step(entries, facts, now_us)
        if rows:
            self._store.keep_advisories(
                self._names, lambda found: self._step(found, facts, now_us)[1]
            )
        self._watches = {key: replace(one, raised=None) for key, one in engine.watches.items()}

    def _step(
        self, entries: Sequence[AdvisoryEntry], facts: Facts, now_us: int
    ) -> tuple[Engine, list[AdvisoryRow]]:
        engine = self._engine(entries)
        ledger = Ledger(engine, keeps_memory=False)
        given = {
            one.advisory.key: one.acknowledgement.time_us for one in entries if one.acknowledgement
        }
        changes = engine.step(now_us, facts, orders_from(self._thresholds, given, ()))
        return engine, ledger.rows(engine, changes, now_us)

    def _engine(self, entries: Sequence[AdvisoryEntry]) -> Engine:
        """Return an engine over what is open in the database and what builds up here."""
        raised = {(WARD, one.advisory.kind): raised_of(one.advisory) for one in entries}
        known = {(WARD, name): self._watches.get((WARD, name), Watch()) for name in self._names}
        watches = {key: replace(one, raised=raised.get(key)) for key, one in known.items()}
        return Engine(self._kinds, watches)

    def _follow_clock(self, jump_us: int) -> None:
        engine = Engine(self._kinds, self._watches)
        engine.shift(jump_us)
        self._watches = engine.watches
        if self._patient_until_us:
            self._patient_until_us += jump_us

    def _facts(self, now_us: int) -> Facts:
        """Return whether anything is monitored; unknown while a monitor is being started."""
        monitoring = self._is_monitoring()
        if monitoring:
            self._patient_until_us = 0
        elif now_us < self._patient_until_us:
            return Facts(WardNow(monitoring=None))
        return Facts(WardNow(monitoring=monitoring))

    def _watch(self) -> None:
        while not self._stop.wait(_LOOK_EVERY_S):
            try:
                self.look()
            except DatabaseError as error:
                _log.warning("whether anything is monitored could not be kept: %s", error)
            except Exception:  # the look must outlive any fault, and say it
                _log.exception("the look at the monitor failed")
