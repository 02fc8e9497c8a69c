"""The cot rectangle, drawn on a still picture of the camera."""

from __future__ import annotations

import base64
import hashlib

import streamlit as st

from app.components import declare
from pipeline.settings import RectangleSettings

_mount = declare("rectangle")


def draw_rectangle(jpeg: bytes, rectangle: RectangleSettings, key: str) -> None:
    """Show a JPEG with the rectangle on it; ``drawn_rectangle`` gives what the visitor draws."""
    value = rectangle.model_dump()
    _mount(
        key=key,
        data={
            "image": "data:image/jpeg;base64," + base64.b64encode(jpeg).decode(),
            "mark": hashlib.sha256(jpeg).hexdigest()[:16],
            "rectangle": value,
        },
        default={"rectangle": value},
        on_rectangle_change=lambda: None,
    )


def drawn_rectangle(key: str, fallback: RectangleSettings) -> RectangleSettings:
    """Return the rectangle as the visitor has it now; ``fallback`` where nothing was drawn.

    To be asked when the button is pressed: what was drawn a moment before the click has reached
    the session by then, while the page may not have been laid anew.
    """
    drawn = st.session_state.get(key)
    return read_rectangle(drawn.rectangle if drawn is not None else None, fallback)


def read_rectangle(value: object, fallback: RectangleSettings) -> RectangleSettings:
    """Read what the browser sent, kept inside the picture; anything else gives ``fallback``."""
    if not isinstance(value, dict):
        return fallback
    try:
        x, y = (min(max(float(value[side]), 0.0), 0.95) for side in ("x", "y"))
        width = min(max(float(value["width"]), 0.05), 1 - x)
        height = min(max(float(value["height"]), 0.05), 1 - y)
        return RectangleSettings(x=x, y=y, width=width, height=height)
    except (KeyError, TypeError, ValueError):
        return fallback
