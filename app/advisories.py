"""Advisories for pages: the open ones and past ones as rows, their load, and what people do."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence

from app.permissions import User
from app.state import AppState
from app.views.advisories import AdvisoryRow, PastRow, by_need
from db.advisories import AdvisoryEntry, By
from pipeline.advisories import Keeper, Kind, KindSettings, Place, kind_named
from pipeline.advisories.acknowledging import REASONS
from pipeline.advisories.keeping import raised_of
from pipeline.advisories.minutes import minutes_of
from pipeline.advisories.replay import (
    CAUSES,
    Stretch,
    can_replay,
    of_minutes,
    of_stretches,
    replay,
)
from pipeline.advisories.thresholds import changed_values, read_settings
from pipeline.errors import SettingsError

US_PER_MINUTE = 60_000_000
_LISTED = 2000


def open_advisories(state: AppState, now_us: int | None = None) -> list[AdvisoryRow]:
    """Return what is open, in the order of need (default: as of now)."""
    at_us = time.time_ns() // 1000 if now_us is None else now_us
    names = cot_names(state)
    paused = {one.cot_id: one.until_us for one in state.store.advisory_pauses(at_us)}
    monitoring = state.live.status().monitoring
    rows = []
    for entry in state.store.open_advisories():
        cot_id = entry.advisory.cot_id
        name = names.get(cot_id, "") if cot_id is not None else ""
        until_us = paused.get(cot_id) if cot_id is not None else None
        rows.append(_row(entry, name, until_us, monitoring))
    return by_need(rows)


def cot_names(state: AppState) -> dict[int, str]:
    """Return the names of all cots, removed ones too."""
    return {cot.id: cot.name for cot in state.store.cots(include_removed=True)}


def past_advisories(
    state: AppState,
    from_us: int,
    to_us: int,
    *,
    cot_id: int | None = None,
    kinds: Sequence[str] | None = None,
) -> list[PastRow]:
    """Return the advisories that were open in a span, the newest first, open ones too."""
    names = cot_names(state)
    entries = state.store.advisories(
        from_us=from_us, to_us=to_us, cot_id=cot_id, kinds=kinds, limit=_LISTED
    )
    return [_past(entry, names) for entry in entries]


def settings_of(state: AppState, kind: Kind, cot_id: int | None) -> KindSettings:
    """Return the settings of a kind for a cot (None: the ward)."""
    values = state.store.advisory_thresholds().get((cot_id, kind.name), {})
    try:
        return read_settings(kind.settings, values)
    except SettingsError:  # of another version
        return kind.settings()


def would_have_given(
    state: AppState,
    kind: Kind,
    cot_id: int,
    settings: Sequence[KindSettings],
    span_us: tuple[int, int],
) -> list[list[int]] | None:
    """Return when each of the settings would have raised a kind; None where nothing can tell."""
    if not can_replay(kind):
        return None
    if kind.place == Place.MINUTES:
        minutes = minutes_of(state.store.rollups(cot_id, *span_us))
        evidence = [list(of_minutes(kind, one, minutes)) for one in settings]
    else:
        stretches = _stretches(state, kind, cot_id, *span_us)
        evidence = [list(of_stretches(stretches, *span_us)) for _ in settings]
    return [
        [raised.raised_us for raised in replay(kind, one, heard)]
        for one, heard in zip(settings, evidence, strict=True)
    ]


# What people do


def acknowledge(state: AppState, user: User, key: str, reason: str, note: str = "") -> None:
    """Store that a person has seen to an advisory; raises ``DatabaseError``."""
    now_us = time.time_ns() // 1000
    state.store.acknowledge_advisory(key, by=_by(user), reason=reason, time_us=now_us, note=note)


def pause(state: AppState, user: User, cot_id: int, minutes: int) -> None:
    """Hold a cot's advisories back for some minutes; raises ``DatabaseError``."""
    now_us = time.time_ns() // 1000
    until_us = now_us + minutes * US_PER_MINUTE
    state.store.pause_advisories(cot_id, by=_by(user), from_us=now_us, until_us=until_us)


def end_pause(state: AppState, user: User, cot_id: int) -> None:
    """End a cot's pause now; raises ``DatabaseError``."""
    state.store.end_advisory_pause(cot_id, by=_by(user), now_us=time.time_ns() // 1000)


def set_settings(
    state: AppState, user: User, kind: Kind, cot_ids: Iterable[int | None], settings: KindSettings
) -> None:
    """Store the settings of a kind for cots; raises ``DatabaseError``."""
    state.store.set_advisory_thresholds(
        cot_ids,
        kind.name,
        changed_values(settings),
        by=_by(user),
        now_us=time.time_ns() // 1000,
    )


def _by(user: User) -> By:
    return By(user.name, user.role.value)


def _row(
    entry: AdvisoryEntry, cot_name: str, paused_until_us: int | None, monitoring: bool
) -> AdvisoryRow:
    one = entry.advisory
    kind = _known(one.kind)
    given = entry.acknowledgement if entry.is_acknowledged else None
    watched = monitoring or (kind is not None and kind.keeper == Keeper.DASHBOARD)
    return AdvisoryRow(
        key=one.key,
        cot_id=one.cot_id,
        cot_name=cot_name,
        kind=one.kind,
        title=title_of(one.kind),
        family=str(kind.family) if kind is not None else "",
        priority=one.priority,
        message=one.message,
        onset_us=one.onset_us,
        raised_us=one.raised_us,
        announcements=one.announcements,
        is_gone=one.gone_us is not None,
        is_current=watched and (kind is None or raised_of(one).is_known),
        acknowledged_us=given.time_us if given else None,
        acknowledged_by=(given.by or "") if given else "",
        acknowledged_for=REASONS.get(given.reason or "", "") if given else "",
        paused_until_us=paused_until_us,
    )


def _past(entry: AdvisoryEntry, names: Mapping[int, str]) -> PastRow:
    one, given = entry.advisory, entry.acknowledgement
    return PastRow(
        cot_id=one.cot_id,
        cot_name=names.get(one.cot_id, "") if one.cot_id is not None else "ward",
        kind=one.kind,
        title=title_of(one.kind),
        priority=one.priority,
        message=one.message,
        onset_us=one.onset_us,
        raised_us=one.raised_us,
        ended_us=one.gone_us or one.closed_us,
        announcements=one.announcements,
        acknowledged_us=given.time_us if given else None,
        acknowledged_by=(given.by or "") if given else "",
        acknowledged_for=REASONS.get(given.reason or "", "") if given else "",
        note=(given.note or "") if given else "",
    )


def title_of(kind: str) -> str:
    """Return what a kind is called, also one of another version."""
    known = _known(kind)
    return known.title if known is not None else kind.replace("_", " ").capitalize()


def _known(name: str) -> Kind | None:
    try:
        return kind_named(name)
    except SettingsError:  # kept by another version
        return None


def _stretches(state: AppState, kind: Kind, cot_id: int, from_us: int, to_us: int) -> list[Stretch]:
    events = state.store.events(
        cot_id=cot_id, from_us=from_us, to_us=to_us, kinds=CAUSES[kind.name], limit=None
    )
    return [
        Stretch(event.time_us, to_us if event.end_us is None else event.end_us) for event in events
    ]
