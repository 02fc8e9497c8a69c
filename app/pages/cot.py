"""Cot: one infant large, the movement of the last minutes and hours, and what happened."""

from __future__ import annotations

import streamlit as st

from app import rows
from app.components.chart import chart
from app.components.live import live_grid
from app.page import REFRESH_S, chosen_cot, now_us, zone
from app.renewal import renewed_every
from app.state import current
from app.views.movement import chart_data
from app.views.tables import events_table, segments_table, table_html
from app.views.times import US_PER_MINUTE
from app.views.ward import single_data

MODES = {
    "Skeleton on picture": "overlay",
    "Face blurred": "blurred",
    "Skeleton only": "skeleton",
    "Picture": "plain",
}
SPANS_H = {"1 h": 1, "4 h": 4, "12 h": 12, "24 h": 24}
CHARTS_EVERY_S = 10.0


@renewed_every(REFRESH_S)
def place_live(cot_id: int, mode: str) -> None:
    """Place the live picture; its state is renewed here, its pictures by the component."""
    state = current()
    shown = [cot for cot in rows.cots_on_page(state) if cot.cot_id == cot_id]
    if shown:
        live_grid(single_data(shown[0], state.live.status(), mode), key="cot")


@renewed_every(CHARTS_EVERY_S)
def place_charts(cot_id: int) -> None:
    """Place the movement of the last ten minutes and of the last hours."""
    state = current()
    now = now_us()
    st.subheader("Last 10 minutes", anchor=False)
    span = (now - 10 * US_PER_MINUTE, now)
    chart(chart_data(rows.moments(state, cot_id, *span), span, zone()), key="ten_minutes")
    title, choice = st.columns([1, 1], vertical_alignment="bottom")
    title.subheader("Last hours", anchor=False)
    hours = choice.segmented_control(
        "Span", list(SPANS_H), default="4 h", label_visibility="collapsed", required=True
    )
    span = (now - SPANS_H[hours or "4 h"] * 60 * US_PER_MINUTE, now)
    chart(chart_data(rows.trends(state, cot_id, *span).movement, span, zone()), key="hours")
    st.caption(
        "Quantity of motion in trunk lengths per second, mean over keypoints. Shaded: "
        "not assessable, with the reason. Empty: nothing was recorded."
    )


def place_lists(cot_id: int, name: str) -> None:
    """Place the segments and events of the last day."""
    state = current()
    now = now_us()
    day = (now - 24 * 60 * US_PER_MINUTE, now)
    left, right = st.columns(2)
    with left:
        st.subheader("Events of the last day", anchor=False)
        events = state.store.events(cot_id=cot_id, from_us=day[0])
        if events:
            table = events_table(events, {cot_id: name}, zone()).drop(columns="Cot")
            st.html(table_html(table))
        else:
            st.caption("None.")
    with right:
        st.subheader("Segments of the last day", anchor=False)
        segments = state.store.segments_of_cot(cot_id, *day)
        if segments:
            st.html(table_html(segments_table(segments, now, zone())))
        else:
            st.caption("None.")


choice, view = st.columns([1, 2], vertical_alignment="bottom")
with choice:
    cot = chosen_cot(rows.cots(current()))
if cot is None:
    st.info("There are no cots yet; add the first camera on the Cameras page.")
    st.stop()
words = view.segmented_control("View", list(MODES), default="Skeleton on picture", required=True)
picture, charts = st.columns([3, 2])
with picture:
    place_live(cot.id, MODES[words or "Skeleton on picture"])
with charts:
    place_charts(cot.id)
place_lists(cot.id, cot.name)
