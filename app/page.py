"""What every page needs: the frame around it, the clock and zone, and the choice of a cot."""

from __future__ import annotations

import time
from datetime import tzinfo
from pathlib import Path

import streamlit as st

from app import rows
from app.account import place_account
from app.components.night import night_switch
from app.renewal import renewed_every
from app.state import current
from app.theme import PALETTE
from app.views.banner import not_monitoring_html, research_html, trouble_html
from app.views.times import US_PER_S, zone_of

REFRESH_S = 2.0
_STYLE = "".join(
    Path(__file__).with_name(name).read_text(encoding="utf-8")
    for name in ("style.css", "advisories.css")
)


def now_us() -> int:
    """Return the wall clock in µs UTC."""
    return time.time_ns() // 1000


def zone() -> tzinfo:
    """Return the zone of the visitor's browser, UTC while it is unknown."""
    return zone_of(st.context.timezone)


def place_frame() -> None:
    """Place the style, the research use and the zone, the night switch, and who is signed in."""
    st.html(f"<style>{_STYLE}:root {{--cotside-primary: {PALETTE['accent'].light};}}</style>")
    with st.container(horizontal=True, vertical_alignment="center", key="frame"):
        st.html(research_html(zone()))
        with st.container(width="content"):
            night_switch()
        place_account()


@renewed_every(REFRESH_S)
def place_banner() -> None:
    """Place the banner that stands while nothing is monitored or stored; refreshed by itself."""
    state = current()
    status = state.live.status()
    if status.monitoring:
        markup = trouble_html(status)
    else:
        since_us = rows.last_beat_us(state)
        if status.beat_age_s is not None:
            since_us = now_us() - int(status.beat_age_s * US_PER_S)
        markup = not_monitoring_html(since_us, now_us(), zone(), state.supervision())
    if markup:
        st.html(markup)


def chosen_cot(cots: list[rows.CotRow]) -> rows.CotRow | None:
    """Place the choice of a cot, kept in the address as ``?cot=``; return the one chosen."""
    if not cots:
        return None
    by_id = {cot.id: cot for cot in cots}
    asked = st.query_params.get("cot", "")
    first = int(asked) if asked.isdigit() and int(asked) in by_id else cots[0].id
    if st.session_state.get("cot_choice") not in by_id:
        st.session_state["cot_choice"] = first
    chosen = st.selectbox(
        "Cot",
        list(by_id),
        key="cot_choice",
        format_func=lambda cot_id: by_id[cot_id].name,
    )
    st.query_params["cot"] = str(chosen)
    return by_id[chosen]
