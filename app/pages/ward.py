"""Ward: a tile per cot, at a glance."""

from __future__ import annotations

import time
from typing import Any

import streamlit as st

from app import rows
from app.advisories import open_advisories
from app.components.live import live_grid
from app.page import REFRESH_S, now_us, zone
from app.renewal import renewed_every
from app.state import AppState, current
from app.views.need import Need, Settled, ranks, settle
from app.views.times import US_PER_MINUTE
from app.views.ward import LOOKED_AT_MIN, ordered, ward_data

# A visitor who presses elsewhere meanwhile waits no longer than this.
_LOOK_FOR_S = 1.0
_LOOK_EVERY_S = 0.2


@renewed_every(REFRESH_S)
def place_ward() -> None:
    """Place the tiles; the numbers are renewed here, the pictures by the component itself."""
    state = current()
    cots = rows.cots_on_page(state)
    if not cots:
        place_none(state)
        return
    now = now_us()
    from_us = now - LOOKED_AT_MIN * US_PER_MINUTE
    trends = {cot.cot_id: rows.trends(state, cot.cot_id, from_us, now) for cot in cots}
    advisories = open_advisories(state, now)
    data = ward_data(cots, state.live.status(), trends, advisories, now, zone())
    live_grid(ordered(data, ranks(settled(data))), key="ward")


def place_none(state: AppState) -> None:
    """Place what is seen while there are no cots, until a starting monitor has made some."""
    if not state.settings.cots or state.live.status().monitoring:
        place_empty()
        return
    place_beginning()
    # The first tiles do not wait for the next renewal; the banner goes as they come.
    stop_s = time.monotonic() + _LOOK_FOR_S
    while time.monotonic() < stop_s:
        if state.live.status().monitoring and rows.cots_on_page(state):
            st.rerun()
        time.sleep(_LOOK_EVERY_S)


def settled(data: dict[str, Any]) -> dict[int, Settled]:
    """Return how the visitor's tiles are placed by need; kept from one renewal to the next."""
    needs = {tile["id"]: Need(tile["need"]) for tile in data["cots"]}
    made = settle(st.session_state.get("ward_settled", {}), needs, time.monotonic())
    st.session_state["ward_settled"] = made
    return made


def place_beginning() -> None:
    """Place what is seen until the monitor has read the settings file's cots."""
    st.header("The monitor is starting")
    st.write("The cots of the settings file appear here as soon as it has read them:")
    st.text(", ".join(cot.name for cot in current().settings.cots))


def place_empty() -> None:
    """Place what a new ward sees first."""
    st.header("No cots yet")
    st.write(
        "Cotside watches each cot through one camera. Add the first camera, "
        "draw the cot on its picture, and the infant appears here."
    )
    st.page_link("pages/cameras.py", label="Add your first camera", icon=":material/add_a_photo:")


place_ward()
