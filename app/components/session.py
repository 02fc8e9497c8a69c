"""The sign of life of an open page: tells that somebody moves, and leaves when signed out."""

from __future__ import annotations

from app.components import declare

_mount = declare("session")


def watch_session(*, is_over: bool = False) -> None:
    """Watch the visit from the browser; ``is_over`` leads to the sign-in page at once."""
    _mount(key="session_over" if is_over else "session", data={"is_over": is_over})
