"""Night mode: the whole page dim and red, by one press, kept in this browser."""

from __future__ import annotations

from app.components import declare

_mount = declare("night")


def night_switch() -> None:
    """Place the button; what it changes stands in ``app/style.css``."""
    _mount(key="night", data={})
