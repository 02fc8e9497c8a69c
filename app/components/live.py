"""The live picture grid: one component asks for the pictures of a whole ward."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.components import declare

_mount = declare("live")


def live_grid(data: Mapping[str, Any], key: str) -> int | None:
    """Show live tiles and return the cot whose tile was opened just now, or None.

    ``data`` is what ``app.views.ward.ward_data`` makes.
    """
    result = _mount(key=key, data=dict(data), on_open_change=lambda: None)
    opened = result.open
    return int(opened) if opened is not None else None
