"""System: the monitor, the machine, and what happened."""

from __future__ import annotations

import streamlit as st

from app import rows
from app.page import REFRESH_S, now_us, zone
from app.renewal import renewed_every
from app.state import current
from app.views.system import figures_html, machine_figures, monitor_figures
from app.views.tables import cots_table, events_table, table_html

_EVENTS_SHOWN = 200


@renewed_every(REFRESH_S)
def place_monitor() -> None:
    """Place the monitor's figures; renewed by themselves."""
    state = current()
    status = state.live.status()
    st.html(figures_html(monitor_figures(status, now_us())))
    st.text(state.supervision())
    if status.monitoring and status.cots:
        st.html(table_html(cots_table(status)))


st.header("System", anchor=False)
place_monitor()
st.subheader("Machine and versions", anchor=False)
st.html(figures_html(machine_figures(rows.disk(current()), rows.database_name(current()))))
st.subheader("Events", anchor=False)
events = current().store.events(limit=_EVENTS_SHOWN)
if events:
    names = {row.id: row.name for row in rows.cots(current())}
    st.html(table_html(events_table(events, names, zone())))
else:
    st.caption("Nothing has happened yet.")
