"""Steps an engine of advisories through facts, with restarts wherever a test wants them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pydantic import TypeAdapter

from db.advisories import AdvisoryEntry
from db.advisory_schema import Advisory, AdvisoryMemory
from pipeline.advisories import CotNow, Facts, Kind, Minute, WardNow, kind_named
from pipeline.advisories.engine import Engine, Orders
from pipeline.advisories.keeping import Ledger, restored
from pipeline.advisories.watch import Change, Raised, Watch

_WATCHES = TypeAdapter(list[Watch])
T0 = 1_795_000_020_000_000  # at the start of a minute
S = 1_000_000
MINUTE = 60 * S
COT = 1
GOOD = WardNow(monitoring=True, writer="ok", disk_free=0.5, model_trouble="")
LIVE = CotNow("live")
MOVING = {"coverage": 1.0, "quantity_of_motion": 0.3, "moving_s": 20.0, "symmetry": 0.0}


def minute(number: int, **figures: object) -> Minute:
    return Minute(T0 + number * MINUTE, **{**MOVING, **figures})  # type: ignore[arg-type]


@dataclass
class Ward:
    """An engine over one cot, and what a database would hold of it."""

    names: Sequence[str]
    rows: dict[str, Advisory] = field(default_factory=dict)
    memories: dict[int, AdvisoryMemory] = field(default_factory=dict)
    history: list[Change] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.kinds: list[Kind] = [kind_named(name) for name in self.names]
        self.engine = Engine(self.kinds)
        self.ledger = Ledger(self.engine)

    def step(
        self,
        now_us: int,
        cot: CotNow | None = LIVE,
        minutes: Iterable[Minute] = (),
        ward: WardNow = GOOD,
        orders: Orders | None = None,
    ) -> list[str]:
        """Take one step; return what happened, as words."""
        facts = Facts(ward, {COT: cot}, {COT: list(minutes)})
        return self.take(now_us, facts, orders)

    def take(self, now_us: int, facts: Facts, orders: Orders | None = None) -> list[str]:
        changes = self.engine.step(now_us, facts, orders or Orders())
        self.history += changes
        for row in self.ledger.rows(self.engine, changes, now_us):
            if isinstance(row, Advisory):
                self.rows[row.key] = row
            elif isinstance(row, AdvisoryMemory):
                self.memories[row.place] = row
        return [f"{change.kind} {change.what}" for change in changes]

    def feed(self, minutes: Iterable[Minute], orders: Orders | None = None) -> list[str]:
        """Take finished minutes one after the other, each 3 s after its end."""
        told = []
        for one in minutes:
            told += self.step(one.start_us + MINUTE + 3 * S, minutes=[one], orders=orders)
        return told

    def hand_over(self) -> None:
        """Go on with another engine that has the same watches, through JSON."""
        keys = list(self.engine.watches)
        text = _WATCHES.dump_json(list(self.engine.watches.values()))
        watches = zip(keys, _WATCHES.validate_json(text), strict=True)
        self.engine = Engine(self.kinds, dict(watches))

    def restart(self, now_us: int) -> None:
        """Go on from what was kept, as after a kill."""
        entries = [
            AdvisoryEntry(_through_json(row), None)
            for row in self.rows.values()
            if row.closed_us is None
        ]
        memories = [
            AdvisoryMemory(
                place=one.place, saved_us=one.saved_us, memory=json.loads(json.dumps(one.memory))
            )
            for one in self.memories.values()
        ]
        self.engine = restored(self.kinds, entries, memories, now_us)
        self.ledger = Ledger(self.engine)

    @property
    def open(self) -> list[Raised]:
        watches = self.engine.watches.values()
        return [watch.raised for watch in watches if watch.raised is not None]


def _through_json(row: Advisory) -> Advisory:
    columns = {name: getattr(row, name) for name in Advisory.__table__.columns.keys()}  # noqa: SIM118
    return Advisory(**{**columns, "state": json.loads(json.dumps(columns["state"]))})
