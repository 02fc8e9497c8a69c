"""Advisories for pages: the open ones as rows, ready to be shown."""

from __future__ import annotations

import time

from app.state import AppState
from app.views.advisories import AdvisoryRow, by_need
from db.advisories import AdvisoryEntry
from pipeline.advisories import Keeper, kind_named
from pipeline.advisories.acknowledging import REASONS
from pipeline.advisories.base import Kind
from pipeline.errors import SettingsError


def open_advisories(state: AppState, now_us: int | None = None) -> list[AdvisoryRow]:
    """Return what is open, in the order of need (default: as of now)."""
    at_us = time.time_ns() // 1000 if now_us is None else now_us
    names = {cot.id: cot.name for cot in state.store.cots(include_removed=True)}
    paused = {one.cot_id: one.until_us for one in state.store.advisory_pauses(at_us)}
    monitoring = state.live.status().monitoring
    rows = []
    for entry in state.store.open_advisories():
        cot_id = entry.advisory.cot_id
        name = names.get(cot_id, "") if cot_id is not None else ""
        until_us = paused.get(cot_id) if cot_id is not None else None
        rows.append(_row(entry, name, until_us, monitoring))
    return by_need(rows)


def _row(
    entry: AdvisoryEntry, cot_name: str, paused_until_us: int | None, monitoring: bool
) -> AdvisoryRow:
    one, given = entry.advisory, entry.acknowledgement
    kind = _known(one.kind)
    acknowledged = given if entry.is_acknowledged else None
    return AdvisoryRow(
        key=one.key,
        cot_id=one.cot_id,
        cot_name=cot_name,
        kind=one.kind,
        title=kind.title if kind is not None else one.kind.replace("_", " "),
        family=str(kind.family) if kind is not None else "",
        priority=one.priority,
        message=one.message,
        onset_us=one.onset_us,
        raised_us=one.raised_us,
        announcements=one.announcements,
        is_gone=one.gone_us is not None,
        is_current=monitoring or (kind is not None and kind.keeper == Keeper.DASHBOARD),
        acknowledged_us=acknowledged.time_us if acknowledged else None,
        acknowledged_by=(acknowledged.by or "") if acknowledged else "",
        acknowledged_for=REASONS.get(acknowledged.reason or "", "") if acknowledged else "",
        paused_until_us=paused_until_us,
    )


def _known(name: str) -> Kind | None:
    try:
        return kind_named(name)
    except SettingsError:  # kept by another version
        return None
