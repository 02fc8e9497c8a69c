"""The pages' frame: navigation, the research-use line, the banner while nothing is monitored."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app.page import place_banner, place_frame

# A file of ours: Streamlit would fetch a named icon from outside.
ICON = Path(__file__).with_name("icon.png")
PAGES = [
    st.Page("pages/ward.py", title="Ward", icon=":material/grid_view:", default=True),
    st.Page("pages/cot.py", title="Cot", icon=":material/crib:"),
    st.Page("pages/recordings.py", title="Recordings", icon=":material/history:"),
    st.Page("pages/cameras.py", title="Cameras", icon=":material/videocam:"),
    st.Page("pages/system.py", title="System", icon=":material/monitor_heart:"),
]

st.set_page_config(page_title="Cotside", page_icon=str(ICON), layout="wide")
page = st.navigation(PAGES, position="top")
place_frame()
place_banner()
page.run()
