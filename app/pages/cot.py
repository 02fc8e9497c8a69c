"""Cot: one infant large, how it is now, its trends, and what happened around it."""

from __future__ import annotations

import time
from functools import partial

import streamlit as st

from app import following, rows
from app.advisories import open_advisories
from app.audit_trail import note_view_of_cot
from app.components.chart import chart
from app.components.live import live_grid
from app.components.scrubber import scrub
from app.following import Followed
from app.notes import MOST_LETTERS, add_note
from app.page import REFRESH_S, chosen_cot, now_us, zone
from app.people import Permission, may
from app.renewal import renewed_every
from app.report_form import place_report
from app.state import current
from app.views.advisories import by_cot, strip_html
from app.views.now import now_figures
from app.views.own_days import OwnHour, days_seen
from app.views.recordings import scrub_data
from app.views.strips import series_chart, trends_chart
from app.views.summary import coverage_line, drawing_line, summarise, summary_figures
from app.views.system import figures_html
from app.views.tables import events_table, segments_table, table_html
from app.views.times import US_PER_MINUTE, US_PER_S, clock_s, weekday
from app.views.ward import LOOKED_AT_MIN, single_data
from db.store import Store

MODES = {
    "Skeleton on picture": "overlay",
    "Face blurred": "blurred",
    "Skeleton only": "skeleton",
    "Picture": "plain",
}
SPANS_H = {"1 h": 1, "4 h": 4, "12 h": 12, "24 h": 24, "7 days": 168}
MINUTES_EVERY_S = 10.0
TRENDS_EVERY_S = 30.0
OWN_KEPT_S = 300.0
AROUND_US = 30 * US_PER_S
_HOUR_US = 60 * US_PER_MINUTE


@renewed_every(REFRESH_S)
def place_live(cot_id: int, mode: str) -> None:
    """Place the live picture; its state is renewed here, its pictures by the component."""
    state, now = current(), now_us()
    shown = [cot for cot in rows.cots_on_page(state) if cot.cot_id == cot_id]
    if not shown:
        return
    recent = rows.trends(state, cot_id, now - LOOKED_AT_MIN * US_PER_MINUTE, now)
    live_grid(single_data(shown[0], state.live.status(), mode, recent, now), key="cot")


@renewed_every(REFRESH_S)
def place_advisories(cot_id: int) -> None:
    """Place the open advisories of the cot."""
    now = now_us()
    open_here = by_cot(open_advisories(current(), now)).get(cot_id, [])
    if open_here:
        st.html(strip_html(open_here, now, zone()))


@renewed_every(MINUTES_EVERY_S)
def place_now(cot_id: int) -> None:
    """Place how the infant is now, and the movement of the last ten minutes."""
    state, now = current(), now_us()
    followed = following.follow(state.store, cot_id, now)
    today = following.trends(state.store, followed, now - 24 * _HOUR_US, now)
    hour = (now - now % _HOUR_US, now)
    st.html(figures_html(now_figures(today, own_usual(followed, hour), now)))
    st.subheader("Movement in trunk lengths/s, last 10 minutes", anchor=False)
    span = (now - 10 * US_PER_MINUTE, now)
    chart(series_chart(rows.moments(state, cot_id, *span), span, zone()), key="ten_minutes")


@renewed_every(TRENDS_EVERY_S)
def place_trends(cot_id: int) -> None:
    """Place the trends; a moment chosen on them opens below."""
    state, now = current(), now_us()
    title, choice = st.columns([1, 1], vertical_alignment="bottom")
    title.subheader("Trends", anchor=False)
    words = choice.segmented_control(
        "Span",
        list(SPANS_H),
        default="4 h",
        label_visibility="collapsed",
        required=True,
        key="span",
    )
    span = (now - SPANS_H[words or "4 h"] * _HOUR_US, now)
    followed = following.follow(state.store, cot_id, now)
    names = {cot.id: cot.name for cot in state.store.cots(include_removed=True)}
    own = own_usual(followed, span)
    trends = following.trends(state.store, followed, *span)
    data = trends_chart(
        trends,
        span,
        zone(),
        own=own,
        marks=following.marks(state.store, followed, span, names),
    )
    chart(data, key="trends", on_choose=open_moment)
    st.html(figures_html(summary_figures(summarise(trends, span))))
    st.caption(explanation(followed, own))
    if st.session_state.pop("moment_opened", False):
        st.rerun()  # it opens below, outside this fragment


def own_usual(followed: Followed, span_us: tuple[int, int]) -> list[OwnHour]:
    """Return the infant's own usual, computed anew every five minutes: a week is much to read."""
    length_us = span_us[1] - span_us[0]
    key = ("own", followed.infant and followed.infant.id, length_us // _HOUR_US)
    kept = st.session_state.get("own_usual", {}).get(key)
    now_s = time.monotonic()
    if kept is None or now_s - kept[0] > OWN_KEPT_S:
        ahead = (span_us[0], span_us[1] + round(OWN_KEPT_S) * US_PER_S)
        kept = (now_s, following.own_usual(current().store, followed, ahead, zone()))
        st.session_state.setdefault("own_usual", {})[key] = kept
    found: list[OwnHour] = kept[1]
    return [hour for hour in found if hour.from_us < span_us[1]]


def followed_now(store: Store, cot_id: int) -> Followed:
    """Return whom a report made at this moment is of."""
    return following.follow(store, cot_id, now_us())


def explanation(followed: Followed, own: list[OwnHour]) -> str:
    """Return what the drawing means, with what the comparison rests on."""
    usual = "No comparison with own days: at least 3 of the last 7 must have been seen."
    if followed.infant is None:
        usual = "No comparison with own days: nobody is known to lie here."
    elif own:
        usual = (
            "Grey band: this infant's own quartiles at the same hour, with the median, from "
            f"{days_seen(own)} of the 7 before. It compares an infant with itself only."
        )
    return (
        f"{drawing_line()} {coverage_line()} {usual} "
        "Click, or move with the arrow keys and press Enter, to see a moment."
    )


def place_moment(cot_id: int, moment_us: int) -> None:
    """Place the skeleton, and the kept picture, at a chosen moment."""
    state = current()
    lay_in = following.lay_in(following.follow(state.store, cot_id, now_us()), moment_us)
    title, close = st.columns([5, 1], vertical_alignment="bottom")
    at = f"{weekday(moment_us, zone())}, {clock_s(moment_us, zone())}"
    title.subheader(f"At {at}", anchor=False)
    close.button("Close", on_click=close_moment, width="stretch", icon=":material/close:")
    if lay_in is None:
        st.info("The infant lay in no cot that is known then.")
        return
    span = (moment_us - AROUND_US, moment_us + US_PER_MINUTE + AROUND_US)
    series = state.store.keypoints(cot_id=lay_in, from_us=span[0], to_us=span[1])
    if len(series.block) == 0:
        st.info("No keypoints are stored around this moment.")
        return
    videos = rows.videos(state, lay_in, *span)
    scrub(scrub_data(series, videos, zone(), open_at_us=moment_us), key="moment_scrub")
    if not videos:
        st.caption("Skeleton only: no video was kept here.")


def open_moment(moment_us: int) -> None:
    """Choose a moment."""
    st.session_state["moment"] = moment_us
    st.session_state["moment_opened"] = True


def close_moment() -> None:
    """Forget the chosen moment."""
    st.session_state.pop("moment", None)


def place_notes(cot_id: int) -> None:
    """Place the line for a note; it is kept at the chosen moment, else now."""
    if not may(Permission.ADD_NOTES):
        return
    moment_us: int | None = st.session_state.get("moment")
    when = "now" if moment_us is None else f"at {clock_s(moment_us, zone())}"
    with st.form("note", clear_on_submit=True, border=False):
        line, send = st.columns([6, 1], vertical_alignment="bottom")
        line.text_input(
            f"Note ({when})", key="note_text", max_chars=MOST_LETTERS, placeholder="One line"
        )
        send.form_submit_button(
            "Keep note", on_click=on_note, args=(cot_id, moment_us), width="stretch"
        )


def on_note(cot_id: int, moment_us: int | None) -> None:
    """Keep the note that was typed."""
    add_note(cot_id, st.session_state.get("note_text", ""), moment_us)


def place_lists(cot_id: int, name: str) -> None:
    """Place the segments and events of the last day."""
    state, now = current(), now_us()
    day = (now - 24 * _HOUR_US, now)
    left, right = st.columns(2)
    with left:
        st.subheader("Events and notes of the last day", anchor=False)
        events = following.events(state.store, following.follow(state.store, cot_id, now), *day)
        if events:
            table = events_table(events, {cot_id: name}, zone())
            st.html(table_html({heading: of for heading, of in table.items() if heading != "Cot"}))
        else:
            st.caption("None.")
    with right:
        st.subheader("Segments of the last day", anchor=False)
        segments = state.store.segments_of_cot(cot_id, *day)
        if segments:
            st.html(table_html(segments_table(segments, now, zone())))
        else:
            st.caption("None.")


choice, view, report = st.columns([2, 4, 1.2], vertical_alignment="bottom")
with choice:
    cot = chosen_cot(rows.cots(current()))
if cot is None:
    st.info("There are no cots yet; add the first camera on the Cameras page.")
    st.stop()
if st.session_state.get("moment_of") != cot.id:
    st.session_state["moment_of"] = cot.id
    close_moment()
note_view_of_cot(cot.id)
words = view.segmented_control("View", list(MODES), default="Skeleton on picture", required=True)
with report:
    place_report(f"cot{cot.id}", partial(followed_now, current().store, cot.id))
place_advisories(cot.id)
picture, beside = st.columns([3, 2])
with picture:
    place_live(cot.id, MODES[words or "Skeleton on picture"])
with beside:
    place_now(cot.id)
place_trends(cot.id)
moment = st.session_state.get("moment")
if moment is not None and may(Permission.SEE_RECORDINGS):
    place_moment(cot.id, moment)
place_notes(cot.id)
place_lists(cot.id, cot.name)
