"""System: the monitor, the machine, and what happened."""

from __future__ import annotations

import streamlit as st

from app import rows
from app.page import REFRESH_S, now_us, place_zone, zone
from app.state import current
from app.views.system import Figure, machine_figures, monitor_figures
from app.views.tables import cots_table, events_table

_EVENTS_SHOWN = 200


def place_figures(figures: list[Figure]) -> None:
    """Place figures side by side, wrapping on narrow screens."""
    with st.container(horizontal=True):
        for figure in figures:
            with st.container(width=220):
                st.metric(figure.label, figure.value)
                if figure.note:
                    st.caption(figure.note.replace("$", "\\$"))


@st.fragment(run_every=REFRESH_S)
def place_monitor() -> None:
    """Place the monitor's figures; renewed by themselves."""
    state = current()
    status = state.live.status()
    place_figures(monitor_figures(status, now_us()))
    st.caption(f"This dashboard {state.supervision()}".replace("$", "\\$"))
    if status.monitoring and status.cots:
        st.dataframe(cots_table(status), hide_index=True, width="stretch")


st.header("System", anchor=False)
place_monitor()
st.subheader("Machine and versions", anchor=False)
place_figures(machine_figures(rows.disk(current()), rows.database_name(current())))
st.subheader("Events", anchor=False)
events = current().store.events(limit=_EVENTS_SHOWN)
if events:
    names = {row.id: row.name for row in rows.cots(current())}
    st.dataframe(events_table(events, names, zone()), hide_index=True, width="stretch")
    place_zone()
else:
    st.caption("Nothing has happened yet.")
