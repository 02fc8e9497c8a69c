"""Ward: a tile per cot, at a glance."""

from __future__ import annotations

import streamlit as st

from app import rows
from app.components.live import live_grid
from app.page import REFRESH_S, now_us, place_zone, zone
from app.renewal import renewed_every
from app.state import current
from app.views.times import US_PER_MINUTE
from app.views.ward import STRIP_MINUTES, ward_data


@renewed_every(REFRESH_S)
def place_ward() -> None:
    """Place the tiles; the numbers are renewed here, the pictures by the component itself."""
    state = current()
    cots = rows.cots_on_page(state)
    if not cots:
        place_empty()
        return
    now = now_us()
    from_us = now - (STRIP_MINUTES + 2) * US_PER_MINUTE
    movement = {cot.cot_id: rows.minutes(state, cot.cot_id, from_us, now) for cot in cots}
    data = ward_data(cots, state.live.status(), movement, now, zone())
    opened = live_grid(data, key="ward")
    if opened is not None:
        st.switch_page("pages/cot.py", query_params={"cot": str(opened)})


def place_empty() -> None:
    """Place what a new ward sees first."""
    st.header("No cots yet")
    st.write(
        "Cotside watches each cot through one camera. Add the first camera, "
        "draw the cot on its picture, and the infant appears here."
    )
    if st.button("Add your first camera", type="primary", icon=":material/add_a_photo:"):
        st.switch_page("pages/cameras.py")


place_ward()
place_zone()
