"""The live picture grid: one component asks for the pictures of a whole ward."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.components import declare

_mount = declare("live")


def live_grid(data: Mapping[str, Any], key: str) -> None:
    """Show live tiles; a press on one of a ward opens the Cot page.

    ``data`` is what ``app.views.ward.ward_data`` makes.
    """
    _mount(key=key, data=[dict(data)])
