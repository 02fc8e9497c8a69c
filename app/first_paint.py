"""Night mode from the first moment: a page must not flash white into a dark ward while it loads.

The page that Streamlit sends is the same for everybody; night mode is kept in the browser. So a few
lines are put into the page's head, which hold it black until the night switch has been placed (see
``components/night.js``), and no longer than a few seconds.
"""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_WAITS_MS = 8000
_LINES = f"""<style>
html[data-night="waiting"] {{ background: #000; }}
html[data-night="waiting"] body {{ visibility: hidden; }}
</style><script>
if (localStorage.getItem("cotside-night") === "on") {{
  const page = document.documentElement;
  page.dataset.night = "waiting";
  setTimeout(() => {{
    if (page.dataset.night === "waiting") delete page.dataset.night;
  }}, {_WAITS_MS});
}}
</script>""".encode()
_HEAD = b"<head>"
_CHANGED_BY_US = (b"content-length", b"etag", b"last-modified")


class FirstPaint:
    """ASGI middleware that adds the lines to every page."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request; one for a page gets the lines."""
        if scope["type"] == "http" and _wants_page(scope):
            await self._app(_plain(scope), receive, _Adding(send))
        else:
            await self._app(scope, receive, send)


class _Adding:
    """Passes an answer on; a page is held back until it is whole, then given with the lines."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_page(message):
            self._start = message
        elif self._start is None or message["type"] != "http.response.body":
            await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._finish(self._start)

    async def _finish(self, start: Message) -> None:
        body = self._body.replace(_HEAD, _HEAD + _LINES, 1)
        kept = [(name, value) for name, value in start["headers"] if name not in _CHANGED_BY_US]
        length = (b"content-length", str(len(body)).encode())
        await self._send({**start, "headers": [*kept, length]})
        await self._send({"type": "http.response.body", "body": body})


def _wants_page(scope: Scope) -> bool:
    accepted = dict(scope["headers"]).get(b"accept", b"")
    return scope["method"] == "GET" and b"text/html" in accepted


def _plain(scope: Scope) -> Scope:
    """Ask for the page whole and uncompressed."""
    left_out = (b"accept-encoding", b"if-none-match", b"if-modified-since", b"range")
    headers = [(name, value) for name, value in scope["headers"] if name not in left_out]
    return {**scope, "headers": headers}


def _is_page(message: Message) -> bool:
    headers = dict(message["headers"])
    is_html = headers.get(b"content-type", b"").startswith(b"text/html")
    return is_html and message["status"] == 200 and b"content-encoding" not in headers
