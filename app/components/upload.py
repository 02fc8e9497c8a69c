"""Sending videos: straight to the server's disk, with progress, several at once."""

from __future__ import annotations

from app.components import declare

_mount = declare("upload")


def take_uploads(url: str, most_bytes: int, key: str) -> list[str]:
    """Place the drop zone; return the ids of what has been sent whole and is still wanted."""
    result = _mount(
        key=key,
        data={"url": url, "most_bytes": most_bytes},
        default={"sent": []},
        on_sent_change=lambda: None,
    )
    sent = result.sent if isinstance(result.sent, list) else []
    return [one for one in sent if isinstance(one, str)]
