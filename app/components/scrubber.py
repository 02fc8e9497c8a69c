"""The skeleton scrubber: stored keypoints, and kept video under them, in one component."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.components import declare

_mount = declare("scrubber")


def scrub(data: Mapping[str, Any], key: str) -> None:
    """Show what ``app.views.recordings.scrub_data`` made."""
    # A video whose address has expired asks for this, and so for a run that gives new ones.
    _mount(key=key, data=[dict(data)], on_expired_change=lambda: None)
