"""Recordings: choose a cot and a span, and scrub through what was stored."""

from __future__ import annotations

import datetime as dt

import streamlit as st
from streamlit.delta_generator import DeltaGenerator as Place

from app import rows
from app.audit_trail import note_view_of_span
from app.components.chart import chart
from app.components.scrubber import scrub
from app.page import chosen_cot, now_us, zone
from app.state import current
from app.views.recordings import scrub_data
from app.views.strips import series_chart
from app.views.summary import coverage_line, drawing_line
from app.views.tables import recordings_table, table_html
from app.views.times import US_PER_MINUTE, local

SPANS_MIN = {"1 min": 1, "5 min": 5, "10 min": 10, "30 min": 30}
_LISTED = 50


def choose_span(latest_us: int, day: Place, clock: Place, length: Place) -> tuple[int, int]:
    """Place the choice of a span; return it in UTC µs."""
    moment = local(latest_us, zone())
    date = day.date_input("Day", value=moment.date(), format="YYYY-MM-DD")
    at = clock.time_input("From", value=moment.time().replace(second=0, microsecond=0), step=60)
    words = length.segmented_control("Length", list(SPANS_MIN), default="5 min", required=True)
    start = dt.datetime.combine(date, at, tzinfo=zone())
    from_us = round(start.timestamp()) * 1_000_000
    return from_us, from_us + SPANS_MIN[words or "5 min"] * US_PER_MINUTE


def place_span(cot_id: int, from_us: int, to_us: int) -> None:
    """Place the scrubber over a span, with its movement under it."""
    state = current()
    series = state.store.keypoints(cot_id=cot_id, from_us=from_us, to_us=to_us)
    if len(series.block) == 0:
        st.info("Nothing was recorded in this span. The list below says what there is.")
        return
    videos = rows.videos(state, cot_id, from_us, to_us)
    scrub(scrub_data(series, videos, zone()), key="scrub")
    if not videos:
        st.caption("Skeleton only: no video was kept here.")
    minutes = rows.trends(state, cot_id, from_us, to_us).movement
    if minutes.starts_us.size:
        chart(series_chart(minutes, (from_us, to_us), zone()), key="span_movement")
        st.caption(f"{drawing_line()} {coverage_line()}")


st.header("Recordings", anchor=False)
which, day, clock, length = st.columns([2, 1, 1, 2], vertical_alignment="bottom")
with which:
    cot = chosen_cot(rows.cots(current()))
if cot is None:
    st.info("There are no cots yet; add the first camera on the Cameras page.")
    st.stop()
recordings = current().store.recordings(cot.id, limit=_LISTED)
if not recordings:
    st.info("Nothing has been recorded of this cot yet.")
    st.stop()
last_us = recordings[0].ended_us or now_us()
latest_us = max(recordings[0].started_us, last_us - 5 * US_PER_MINUTE)
span_us = choose_span(latest_us, day, clock, length)
note_view_of_span(cot.id, *span_us)
place_span(cot.id, *span_us)
st.subheader("What there is", anchor=False)
st.html(table_html(recordings_table(recordings, now_us(), zone())))
