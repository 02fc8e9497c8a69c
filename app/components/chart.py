"""Trends over time, drawn in the browser: strips on one axis, with a cursor that reads out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from app.components import declare

_mount = declare("chart")


def chart(
    data: Mapping[str, Any], key: str, on_choose: Callable[[int], None] | None = None
) -> None:
    """Show what ``app.views.strips`` made; ``on_choose`` hears of a moment chosen (UTC µs).

    By a callback: what the component returns outlives a run that is cut short, and would open
    again what has been closed since.
    """

    def told() -> None:
        moment_ms = st.session_state[key].moment
        if on_choose is not None and moment_ms is not None:
            on_choose(int(moment_ms) * 1000)

    _mount(key=key, data=[dict(data)], on_moment_change=told)
