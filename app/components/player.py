"""The player of a film: its video, the pose over it, strips under it, notes on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from app.components import declare

_mount = declare("player", "player_points", "player_picture", "player_strips", "player_notes")


def play(data: Mapping[str, Any], key: str, on_note: Callable[[object], None]) -> None:
    """Show what ``app.views.player.film_data`` made; ``on_note`` hears what was written or removed.

    What comes from the browser may be anything; ``on_note`` has to judge it.
    """
    _mount(key=key, data=[dict(data)], on_note_change=lambda: on_note(st.session_state[key].note))
