"""Advisories: what is open, what was, and what is set, with the load of it all."""

from __future__ import annotations

from functools import partial

import streamlit as st

from app import advisories, rows
from app.advisory_form import ENABLED, help_of, label_of, shown_values, typed_settings
from app.page import REFRESH_S, now_us, zone
from app.people import Permission, may, require
from app.renewal import renewed_every
from app.state import current
from app.views.advisories import AdvisoryRow, card_html, counts_line
from app.views.advisory_history import (
    comparison_line,
    history_table,
    last_days,
    load_table,
    stuck_line,
)
from app.views.tables import table_html
from app.views.times import clock
from db.errors import DatabaseError
from pipeline.advisories import Family, Kind, KindSettings, Place, kind_named, kinds
from pipeline.advisories.acknowledging import REASONS
from pipeline.advisories.thresholds import number_fields
from pipeline.errors import CotsideError

OPEN, HISTORY, SETTINGS = "Open", "History", "Thresholds and load"
SPANS_D = {"24 h": 1, "7 days": 7, "30 days": 30}
PAUSES_MIN = {"10 min": 10, "30 min": 30, "1 h": 60, "2 h": 120}
LOAD_DAYS = 7
US_PER_DAY = 86_400_000_000
EVERY = "All"
FIRST_KIND = "still_for_long"


def say(kind: str, line: str) -> None:
    """Keep a line to be shown once, after the page has run anew."""
    st.session_state["advisories_said"] = (kind, line)


def place_said() -> None:
    """Place what the last deed came to."""
    kind, line = st.session_state.pop("advisories_said", ("", ""))
    if line:
        (st.error if kind == "error" else st.success)(line)


# Open


@renewed_every(REFRESH_S)
def place_open() -> None:
    """Place the open advisories, the most needed first; renewed by itself."""
    shown = advisories.open_advisories(current())
    for stuck in current().store.stuck_notices():
        st.warning(stuck_line(stuck, zone()))
    st.html(counts_line(shown))
    if not shown:
        st.info("Nothing is open. What was before stands under History.")
    for row in shown:
        card, action = st.columns([5, 1.3], vertical_alignment="center")
        card.html(card_html(row, now_us(), zone()))
        if may(Permission.ACKNOWLEDGE) and not row.is_acknowledged:
            action.button(
                "Acknowledge",
                key=f"acknowledge_{row.key}",
                width="stretch",
                help=f"{row.cot_name} {row.title}",
                on_click=open_acknowledging,
                args=(row,),
            )
    if st.session_state.pop("acknowledging_asked", False):
        st.rerun()


def open_acknowledging(row: AdvisoryRow) -> None:
    """Note which advisory is to be acknowledged; the page around asks for the reason."""
    st.session_state["acknowledging"] = row
    st.session_state["acknowledging_asked"] = True


@st.dialog("Acknowledge", width="medium")
def place_acknowledging(row: AdvisoryRow) -> None:
    """Place the question for the reason."""
    st.html(card_html(row, now_us(), zone()))
    st.radio("Reason", list(REASONS), format_func=REASONS.__getitem__, key="ack_reason")
    st.text_input("Note (optional)", key="ack_note", max_chars=500)
    if st.button("Acknowledge", type="primary", key="ack_do", on_click=on_acknowledge, args=(row,)):
        st.rerun()


def on_acknowledge(row: AdvisoryRow) -> None:
    """Store the acknowledgement as it was filled in."""
    user = require(Permission.ACKNOWLEDGE)
    reason, note = st.session_state["ack_reason"], st.session_state["ack_note"].strip()
    try:
        advisories.acknowledge(current(), user, row.key, reason, note)
    except DatabaseError as error:
        say("error", str(error))
    else:
        say("success", f"{row.cot_name} {row.title}: acknowledged.".strip())


def on_pause() -> None:
    """Pause the cot that is chosen now, for as long as is chosen now."""
    user = require(Permission.ACKNOWLEDGE)
    cot_id: int = st.session_state["pause_cot"]
    minutes = PAUSES_MIN[st.session_state["pause_minutes"] or "10 min"]
    try:
        advisories.pause(current(), user, cot_id, minutes)
    except DatabaseError as error:
        say("error", str(error))


def on_end_pause(cot_id: int) -> None:
    """End a pause."""
    user = require(Permission.ACKNOWLEDGE)
    try:
        advisories.end_pause(current(), user, cot_id)
    except DatabaseError as error:
        say("error", str(error))


def place_pauses(cots: list[rows.CotRow]) -> None:
    """Place the pauses that hold, and the beginning of another."""
    names = {cot.id: cot.name for cot in cots}
    st.subheader("Pauses", anchor=False)
    st.caption(
        "A pause holds back the advisories of one cot, during care for example, and ends by "
        "itself. What still lasts then is told. “Not monitoring” cannot be paused."
    )
    for pause in current().store.advisory_pauses(now_us()):
        line, action = st.columns([5, 1.3], vertical_alignment="center")
        name = names.get(pause.cot_id, "a removed cot")
        line.text(f"{name}: paused until {clock(pause.until_us, zone())} by {pause.by}")
        action.button(
            "End it now",
            key=f"end_pause_{pause.id}",
            width="stretch",
            on_click=on_end_pause,
            args=(pause.cot_id,),
        )
    which, how_long, action = st.columns([2, 2.6, 1.4], vertical_alignment="bottom")
    which.selectbox("Cot", list(names), format_func=names.__getitem__, key="pause_cot")
    how_long.segmented_control(
        "For", list(PAUSES_MIN), default="10 min", required=True, key="pause_minutes"
    )
    action.button("Pause", width="stretch", key="pause_do", on_click=on_pause)


# History


def place_history(cots: list[rows.CotRow]) -> None:
    """Place past advisories, filtered."""
    by_title = {kind.title: kind.name for kind in kinds()}
    names = {cot.name: cot.id for cot in cots}
    cot, what, span = st.columns([1.5, 2, 1.5], vertical_alignment="bottom")
    name = cot.selectbox("Cot", [EVERY, *names], key="history_cot")
    titles = what.multiselect("What", list(by_title), key="history_kinds", placeholder=EVERY)
    words = span.segmented_control("Of the last", list(SPANS_D), default="24 h", required=True)
    now = now_us()
    found = advisories.past_advisories(
        current(),
        now - SPANS_D[words or "24 h"] * US_PER_DAY,
        now,
        cot_id=names.get(name),
        kinds=[by_title[title] for title in titles] or None,
    )
    if not found:
        st.info("No advisory was open in this time.")
        return
    count = "1 advisory." if len(found) == 1 else f"{len(found)} advisories, the newest first."
    st.caption(count)
    st.html(table_html(history_table(found, now, zone())))


# Thresholds and load


def place_settings(cots: list[rows.CotRow]) -> None:
    """Place the settings of one kind for one cot, what they would have given, and the load."""
    names: dict[int | None, str] = {cot.id: cot.name for cot in cots}
    left, right = st.columns(2, vertical_alignment="bottom")
    known = [kind.name for kind in kinds()]
    kind = kind_named(
        left.selectbox(
            "Advisory",
            known,
            index=known.index(FIRST_KIND),
            format_func=lambda name: f"{kind_named(name).title} ({kind_named(name).family})",
            key="settings_kind",
        )
    )
    if kind.place == Place.WARD:
        names = {None: "the whole ward"}
    if not names:
        st.info("There are no cots yet; add the first camera on the Cameras page.")
        return
    # One key a kind of place: the ward is no cot, and a choice is kept by its key.
    key = "settings_ward" if kind.place == Place.WARD else "settings_cot"
    cot_id = right.selectbox("For", list(names), format_func=names.__getitem__, key=key)
    about = [kind.about, f"{kind.priority.word.capitalize()} priority."]
    about += ["It stays open until it is acknowledged."] if kind.is_latching else []
    about += [] if kind.may_be_off else ["It cannot be switched off."]
    st.caption(" ".join(about))
    set_now = advisories.settings_of(current(), kind, cot_id)
    typed = place_fields(kind, cot_id, set_now)
    if typed is not None:
        place_comparison(kind, cot_id, names[cot_id], (set_now, typed))
        place_saving(kind, cot_id, names, typed)
    place_load(cots, kind)


def place_fields(kind: Kind, cot_id: int | None, set_now: KindSettings) -> KindSettings | None:
    """Place a field a number; return what was typed, None (and say so) where it cannot be."""
    key = f"settings_{kind.name}_{cot_id}"
    shown, is_locked = shown_values(set_now), not may(Permission.SET_THRESHOLDS)
    enabled = st.toggle(
        "Given at all",
        value=set_now.enabled,
        key=f"{key}_{ENABLED}",
        disabled=is_locked or not kind.may_be_off,
    )
    typed: dict[str, float | None] = {}
    places = st.columns(2)
    for at, form in enumerate(number_fields(kind.settings)):
        typed[form.name] = places[at % 2].number_input(
            label_of(form),
            min_value=form.least,
            max_value=form.most,
            value=shown[form.name],
            step=form.step,
            format="%g",
            help=help_of(form),
            key=f"{key}_{form.name}",
            disabled=is_locked,
        )
    try:
        return typed_settings(kind, typed, enabled)
    except CotsideError as error:
        st.error(str(error))
        return None


def place_comparison(
    kind: Kind, cot_id: int | None, name: str, settings: tuple[KindSettings, KindSettings]
) -> None:
    """Place what the last days would have given under the settings in use and those typed."""
    now = now_us()
    span_us = (now - LOAD_DAYS * US_PER_DAY, now)
    different = list(dict.fromkeys(settings))
    by_setting = None
    if cot_id is not None:
        by_setting = advisories.would_have_given(current(), kind, cot_id, different, span_us)
    if by_setting is None:
        st.caption("What another setting would have given cannot be told from the record.")
        return
    past = advisories.past_advisories(current(), *span_us, cot_id=cot_id, kinds=[kind.name])
    in_use, typed = by_setting[0], by_setting[-1]
    st.html(f"<p>{comparison_line(len(past), len(in_use), len(typed), LOAD_DAYS)}</p>")
    days = last_days(now, zone(), LOAD_DAYS)
    st.html(table_html(load_table({f"{name}, as typed": typed}, days, zone())))


def place_saving(
    kind: Kind, cot_id: int | None, names: dict[int | None, str], typed: KindSettings
) -> None:
    """Place the buttons that store what was typed."""
    if not may(Permission.SET_THRESHOLDS):
        st.caption("Your role may look at thresholds, not change them.")
        return
    one, every, back = st.columns([1.4, 1.4, 1.6])
    default = kind.settings()
    one.button(
        f"Save for {names[cot_id]}",
        type="primary",
        width="stretch",
        key="settings_save",
        on_click=partial(on_save, kind, [cot_id], typed),
    )
    if len(names) > 1:
        every.button(
            f"Save for all {len(names)} cots",
            width="stretch",
            key="settings_save_all",
            on_click=partial(on_save, kind, list(names), typed),
        )
    back.button(
        "Back to the defaults",
        width="stretch",
        key="settings_default",
        on_click=partial(on_save, kind, [cot_id], default),
    )


def on_save(kind: Kind, cot_ids: list[int | None], settings: KindSettings) -> None:
    """Store settings, and let the fields show what is stored."""
    user = require(Permission.SET_THRESHOLDS)
    try:
        advisories.set_settings(current(), user, kind, cot_ids, settings)
    except DatabaseError as error:
        say("error", str(error))
        return
    for cot_id in cot_ids:
        prefix = f"settings_{kind.name}_{cot_id}_"
        for key in [key for key in st.session_state if str(key).startswith(prefix)]:
            del st.session_state[key]
    say("success", f"{kind.title}: saved. The monitor follows within seconds.")


def place_load(cots: list[rows.CotRow], kind: Kind) -> None:
    """Place how many advisories each cot had a day: all of them, and those of the kind chosen."""
    st.subheader(f"Load of the last {LOAD_DAYS} days", anchor=False)
    st.caption("Too many advisories is a failure too: what is told too often is no longer heard.")
    families = {"All": None, "Technical": Family.TECHNICAL, "Movement": Family.MOVEMENT}
    words = st.segmented_control(
        "Count", [*families, kind.title], default="All", required=True, key="load_of"
    )
    family = families.get(words or "All")
    wanted = {one.name for one in kinds() if family is None or one.family == family}
    if words == kind.title:
        wanted = {kind.name}
    now = now_us()
    found = advisories.past_advisories(current(), now - LOAD_DAYS * US_PER_DAY, now)
    raised: dict[str, list[int]] = {name: [] for name in [*(cot.name for cot in cots), "ward"]}
    for row in found:
        if row.kind in wanted:
            raised.setdefault(row.cot_name, []).append(row.raised_us)
    st.html(table_html(load_table(raised, last_days(now, zone(), LOAD_DAYS), zone()), whole=True))


st.header("Advisories", anchor=False)
cots = rows.cots(current())
view = st.segmented_control(
    "Show", [OPEN, HISTORY, SETTINGS], default=OPEN, required=True, label_visibility="collapsed"
)
place_said()
asked: AdvisoryRow | None = st.session_state.pop("acknowledging", None)
st.session_state.pop("acknowledging_asked", None)
if asked is not None:
    place_acknowledging(asked)
if view == HISTORY:
    place_history(cots)
elif view == SETTINGS:
    place_settings(cots)
else:
    place_open()
    if cots and may(Permission.ACKNOWLEDGE):
        place_pauses(cots)
