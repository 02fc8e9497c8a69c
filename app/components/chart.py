"""Movement over time, drawn in the browser: light, in the page's colours, with a readout."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.components import declare

_mount = declare("chart")


def chart(data: Mapping[str, Any], key: str) -> None:
    """Show what ``app.views.movement.chart_data`` made."""
    _mount(key=key, data=dict(data))
