"""The cot rectangle, drawn on a still picture of the camera."""

from __future__ import annotations

import base64
import hashlib

from app.components import declare
from pipeline.settings import RectangleSettings

_mount = declare("rectangle")


def draw_rectangle(jpeg: bytes, rectangle: RectangleSettings, key: str) -> RectangleSettings:
    """Show a JPEG with the rectangle on it; return the rectangle as the visitor has it now."""
    value = rectangle.model_dump()
    result = _mount(
        key=key,
        data={
            "image": "data:image/jpeg;base64," + base64.b64encode(jpeg).decode(),
            "mark": hashlib.sha256(jpeg).hexdigest()[:16],
            "rectangle": value,
        },
        default={"rectangle": value},
        on_rectangle_change=lambda: None,
    )
    return read_rectangle(result.rectangle, rectangle)


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
