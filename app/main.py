"""The pages' frame: navigation, the research-use line, the banner while nothing is monitored."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from app.page import place_banner, place_frame
from app.people import may, require
from app.permissions import PAGE_PERMISSIONS

# A file of ours: Streamlit would fetch a named icon from outside.
ICON = Path(__file__).with_name("icon.png")


def listed(name: str, title: str, icon: str, *, is_first: bool = False) -> StreamlitPage:
    """Make a page; one that the visitor may not see is not in the menu, and refuses by itself."""
    visibility: Literal["visible", "hidden"] = (
        "visible" if may(PAGE_PERMISSIONS[name]) else "hidden"
    )
    return st.Page(
        f"pages/{name}.py",
        title=title,
        icon=f":material/{icon}:",
        default=is_first,
        visibility=visibility,
    )


st.set_page_config(page_title="Cotside", page_icon=str(ICON), layout="wide")
# Who may see which stands in app/permissions.py.
PAGES = {
    "ward": listed("ward", "Ward", "grid_view", is_first=True),
    "cot": listed("cot", "Cot", "crib"),
    "advisories": listed("advisories", "Advisories", "notifications"),
    "recordings": listed("recordings", "Recordings", "history"),
    "review": listed("review", "Review", "movie"),
    "cameras": listed("cameras", "Cameras", "videocam"),
    "infants": listed("infants", "Infants", "child_care"),
    "annotate": listed("annotate", "Annotate", "draw"),
    "guideline": listed("guideline", "Guideline", "accessibility_new"),
    "models": listed("models", "Models", "network_node"),
    "system": listed("system", "System", "monitor_heart"),
    "people": listed("people", "People", "group"),
    "audit": listed("audit", "Audit", "policy"),
}
page = st.navigation(list(PAGES.values()), position="top")
place_frame()
place_banner()
require(PAGE_PERMISSIONS[page.url_path or "ward"])
page.run()
