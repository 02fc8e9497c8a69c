"""The wall: nothing of Streamlit is reached without a visit, neither pages nor an open connection.

Streamlit asks nobody who they are: its pages, its uploads and its media stand open, and a page once
open stays open. The wall stands before all of it. A page asked for without a visit leads to the
sign-in page; anything else is refused. Each message of an open page is let through only while its
visit lasts with the same role; then the connection is closed, and what the message asked for (a
button's callback, say) never happens.
"""

from __future__ import annotations

from contextlib import suppress
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnected

from app.permissions import ROUTE_PERMISSIONS
from app.signing_in.door import Door, Visit

SIGN_IN_PATH = "/sign-in"
NO_STORE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_CLOSED_BY_WALL = 4401
# Routes of ours look at the visit themselves, by the table of permissions. Of Streamlit's own, open
# are the bare program that it sends to every browser, and signs of life: nothing of the ward.
_OPEN_PREFIXES = (
    "/static/",
    *(path.partition("{")[0] for path in ROUTE_PERMISSIONS if "{" in path),
)
_OPEN = {
    *(path for path in ROUTE_PERMISSIONS if "{" not in path),
    "/favicon.png",
    "/_stcore/health",
    "/_stcore/host-config",
}
_OF_THE_SERVICE = {"/auth/login", "/oauth2callback"}
_NEVER_A_PAGE = ("/_stcore/", "/media/", "/component/", "/auth/")


class Wall:
    """ASGI middleware around the whole server."""

    def __init__(self, app: ASGIApp, door: Door, *, has_service: bool = False) -> None:
        self._app = app
        self._door = door
        self._open = _OPEN | (_OF_THE_SERVICE if has_service else set())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it here."""
        if scope["type"] == "lifespan" or self._is_open(scope["path"]):
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        visit = await self._visit(connection)
        if scope["type"] == "websocket":
            await self._watch(connection, visit, receive, send)
        elif visit is not None and not visit.must_choose_password:
            await self._app(scope, receive, send)
        else:
            await _answer(connection, visit)(scope, receive, send)

    def _is_open(self, path: str) -> bool:
        return path in self._open or path.startswith(_OPEN_PREFIXES)

    async def _visit(self, connection: HTTPConnection) -> Visit | None:
        client = connection.client.host if connection.client else None
        return await run_in_threadpool(self._door.visit_of, connection.cookies, client)

    async def _watch(
        self, connection: HTTPConnection, visit: Visit | None, receive: Receive, send: Send
    ) -> None:
        """Serve a page's connection as long as its visit lasts with the same role."""
        if visit is None or visit.must_choose_password:
            await send({"type": "websocket.close", "code": _CLOSED_BY_WALL})
            return
        is_closed = False

        async def watched_receive() -> Message:
            nonlocal is_closed
            message = await receive()
            if message["type"] != "websocket.receive":
                return message
            now = await self._visit(connection)
            if now is not None and (now.user, now.sign_in_id) == (visit.user, visit.sign_in_id):
                return message
            is_closed = True
            await send({"type": "websocket.close", "code": _CLOSED_BY_WALL})
            return {"type": "websocket.disconnect", "code": _CLOSED_BY_WALL}

        async def watched_send(message: Message) -> None:
            if not is_closed:
                await send(message)

        # Streamlit goes on talking to a browser that has left; that is nobody's fault.
        with suppress(WebSocketDisconnected):
            await self._app(connection.scope, watched_receive, watched_send)


def _answer(
    connection: HTTPConnection, visit: Visit | None
) -> RedirectResponse | PlainTextResponse:
    """Return the way to the sign-in page for a page, a refusal for the rest."""
    path = connection.scope["path"]
    if connection.scope["method"] in ("GET", "HEAD") and not path.startswith(_NEVER_A_PAGE):
        if visit is not None:
            return RedirectResponse(f"{SIGN_IN_PATH}/password", 303, NO_STORE)
        query = connection.scope.get("query_string", b"").decode("latin-1")
        wanted = path + (f"?{query}" if query else "")
        target = SIGN_IN_PATH if wanted == "/" else f"{SIGN_IN_PATH}?next={quote(wanted, safe='')}"
        return RedirectResponse(target, 303, NO_STORE)
    return PlainTextResponse("sign in first", 401, NO_STORE)
