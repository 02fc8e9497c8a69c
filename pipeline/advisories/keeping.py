"""From changes to rows and back: what is kept of advisories, and how a keeper goes on from it.

Open advisories are restored from their own rows, so that none can be lost; the memories add what
was only building up. Both are written in the transaction of the change.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from pydantic import TypeAdapter, ValidationError

from db.advisories import AdvisoryEntry
from db.advisory_schema import Advisory, AdvisoryMemory, AdvisoryTransition
from db.backlog import AdvisoryRow
from pipeline.advisories.base import Kind, kind_named
from pipeline.advisories.engine import WARD, Engine, Orders, WatchKey
from pipeline.advisories.thresholds import KindSettings, read_settings
from pipeline.advisories.watch import US_PER_S, Change, Raised, Watch
from pipeline.errors import SettingsError

_WATCHES = TypeAdapter(dict[str, Watch])
_RAISED = TypeAdapter(Raised)
_MESSAGE_LENGTH = 300
_SAVE_EVERY_US = 60 * US_PER_S


def rows_of(changes: Iterable[Change], besides: Iterable[Advisory] = ()) -> list[AdvisoryRow]:
    """Return the rows of changes, advisories first.

    ``besides``: open advisories as they stand after the step. Where a change and they tell of the
    same one, they count: what is no event may have altered it after the change.
    """
    changes = list(changes)
    advisories = {change.raised.key: _advisory_of(change) for change in changes}
    advisories |= {row.key: row for row in besides}
    return [*advisories.values(), *(_transition(change) for change in changes)]


class Ledger:
    """Tells what is to be written after a step: all that changed since it was last written."""

    def __init__(self, engine: Engine, *, keeps_memory: bool = True) -> None:
        self._keeps_memory = keeps_memory
        self._kept = {key: watch.raised for key, watch in engine.watches.items()}
        self._building: dict[int, tuple[int, object]] = {}

    def rows(self, engine: Engine, changes: Sequence[Change], now_us: int) -> list[AdvisoryRow]:
        """Return the rows to store in one transaction, advisories before what refers to them."""
        rows = rows_of(changes, self._silent(engine))
        return rows + list(self._memories(engine, now_us)) if self._keeps_memory else rows

    def _silent(self, engine: Engine) -> Iterator[Advisory]:
        """Yield open advisories of which something changed that is no event."""
        before, self._kept = (
            self._kept,
            {key: watch.raised for key, watch in engine.watches.items()},
        )
        for (cot_id, name), raised in self._kept.items():
            if raised is not None and raised != before.get((cot_id, name)):
                yield _advisory(name, cot_id, raised)

    def _memories(self, engine: Engine, now_us: int) -> Iterator[AdvisoryMemory]:
        """Yield the memory of each cot in which something began or ended, or is a minute old."""
        for cot_id in sorted({cot_id for cot_id, _ in engine.watches}):
            building = tuple(
                (name, watch.building)
                for (place, name), watch in engine.watches.items()
                if place == cot_id
            )
            saved_us, before = self._building.get(cot_id, (0, None))
            if building != before or abs(now_us - saved_us) >= _SAVE_EVERY_US:
                self._building[cot_id] = (now_us, building)
                yield memory_of(engine.watches, cot_id, now_us)


def memory_of(watches: Mapping[WatchKey, Watch], cot_id: int, now_us: int) -> AdvisoryMemory:
    """Return what is to be remembered of one cot beside its open advisories."""
    own = {
        name: asdict(replace(watch, raised=None))
        for (place, name), watch in watches.items()
        if place == cot_id
    }
    return AdvisoryMemory(place=cot_id, saved_us=now_us, memory=own)


def restored(
    kinds: Sequence[Kind],
    entries: Iterable[AdvisoryEntry],
    memories: Iterable[AdvisoryMemory],
    now_us: int,
) -> Engine:
    """Return an engine that goes on where the kept rows leave off.

    When the clock says less than when they were saved, it was set back meanwhile: what was being
    timed keeps its length.
    """
    known = {kind.name for kind in kinds}
    watches: dict[WatchKey, Watch] = {}
    saved_us = 0
    for memory in memories:
        saved_us = max(saved_us, memory.saved_us)
        for name, watch in _read_watches(memory.memory).items():
            if name in known:
                watches[memory.place, name] = watch
    for entry in entries:
        one = entry.advisory
        if one.kind in known:
            key = (one.cot_id or WARD, one.kind)
            watches[key] = replace(watches.get(key, Watch()), building=None, raised=raised_of(one))
    if saved_us <= now_us:
        return Engine(kinds, watches, since_us=now_us)
    engine = Engine(kinds, watches, since_us=saved_us)
    engine.shift(now_us - saved_us)
    return engine


def orders_from(
    thresholds: Mapping[tuple[int | None, str], Mapping[str, Any]],
    acknowledged: Mapping[str, int],
    paused: Iterable[int],
) -> Orders:
    """Return what people have asked for; where this version cannot read it, the defaults hold."""
    settings: dict[WatchKey, KindSettings] = {}
    for (cot_id, name), values in thresholds.items():
        try:
            settings[cot_id or WARD, name] = read_settings(kind_named(name).settings, values)
        except SettingsError:
            continue
    return Orders(settings, acknowledged, frozenset(paused))


def _advisory_of(change: Change) -> Advisory:
    closed_us = change.time_us if change.what == "closed" else None
    return _advisory(change.kind, change.cot_id, change.raised, closed_us)


def _advisory(kind: str, cot_id: int, raised: Raised, closed_us: int | None = None) -> Advisory:
    return Advisory(
        key=raised.key,
        cot_id=cot_id or None,
        kind=kind,
        priority=raised.priority.word,
        message=raised.words[:_MESSAGE_LENGTH],
        onset_us=raised.onset_us,
        raised_us=raised.raised_us,
        announced_us=raised.announced_us,
        announcements=raised.announcements,
        gone_us=raised.gone_us,
        closed_us=closed_us,
        state=_RAISED.dump_python(raised, mode="json"),
    )


def _transition(change: Change) -> AdvisoryTransition:
    return AdvisoryTransition(
        advisory_key=change.raised.key,
        time_us=change.time_us,
        what=change.what,
        priority=change.raised.priority.word,
    )


def raised_of(one: Advisory) -> Raised:
    """Return the state machine's view of a kept open advisory."""
    try:
        return _RAISED.validate_python(one.state)
    except ValidationError:  # written by another version: what the columns say is enough
        kind = kind_named(one.kind)
        return Raised(
            key=one.key,
            onset_us=one.onset_us,
            raised_us=one.raised_us,
            announced_us=one.announced_us,
            priority=kind.priority,
            words=one.message,
            announcements=one.announcements,
            unheeded_us=one.announced_us,
            gone_us=one.gone_us,
        )


def _read_watches(memory: Mapping[str, Any]) -> dict[str, Watch]:
    try:
        return _WATCHES.validate_python(dict(memory))
    except ValidationError:  # another version's: what was building up begins anew
        return {}
