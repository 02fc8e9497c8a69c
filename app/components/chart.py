"""Trends over time, drawn in the browser: strips on one axis, with a cursor that reads out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.components import declare

_mount = declare("chart")


def chart(data: Mapping[str, Any], key: str) -> int | None:
    """Show what ``app.views.strips`` made; return the moment chosen just now (UTC µs), or None."""
    result = _mount(key=key, data=dict(data), on_moment_change=lambda: None)
    return None if result.moment is None else int(result.moment) * 1000
