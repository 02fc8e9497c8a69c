"""The route that takes a video from a browser, and the one that hands out what a review made."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response

from app.permissions import ROUTE_PERMISSIONS, Permission, User
from app.state import AppState
from app.tokens import WORKDAY_S
from app.uploads import UploadRefused
from db import audit
from db.errors import DatabaseError, NotFound

UPLOAD_PATH = "/upload"
REVIEWED_PATH = "/reviewed/{job_id:int}/{path:path}"
_NO_STORE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_AT_ONCE_BYTES = 4_000_000
# What a review writes; nothing else of its folder is handed out.
_KINDS = {
    ".html": "text/html; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".parquet": "application/octet-stream",
    ".json": "application/json",
    ".mp4": "video/mp4",
    ".jpg": "image/jpeg",
}
_INERT = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; media-src 'self'; "
    "frame-ancestors 'none'"
)


def upload_url(state: AppState, user: User) -> str:
    """Return where a visitor's page sends a file, with a token; the name is put at ``{}``."""
    return f"{UPLOAD_PATH}?token={state.signer.issue(_scope(user), WORKDAY_S)}&name={{}}"


def upload_endpoint(state: AppState) -> Callable[[Request], Awaitable[Response]]:
    """Return what takes a file, streamed, without ever holding more than a few MB of it."""
    needed = ROUTE_PERMISSIONS[UPLOAD_PATH] or Permission.REVIEW

    async def upload(request: Request) -> Response:
        client = request.client.host if request.client else None
        visit = await run_in_threadpool(state.door.visit_of, request.cookies, client)
        if visit is None or visit.must_choose_password:
            return PlainTextResponse("sign in first", 401, _NO_STORE)
        if not visit.user.may(needed):
            return PlainTextResponse(f"you may not {needed.value}", 403, _NO_STORE)
        if not state.signer.opens(request.query_params.get("token", ""), _scope(visit.user)):
            return PlainTextResponse("this address has expired; reload the page", 403, _NO_STORE)
        try:
            return await _received(state, request, visit.user)
        except UploadRefused as error:
            return PlainTextResponse(str(error), error.status, _NO_STORE)
        except ClientDisconnect:
            return PlainTextResponse("it broke off", 400, _NO_STORE)
        except (OSError, DatabaseError) as error:
            return PlainTextResponse(f"it could not be kept: {error}", 507, _NO_STORE)

    return upload


async def _received(state: AppState, request: Request, user: User) -> Response:
    length = request.headers.get("content-length", "")
    announced = int(length) if length.isdecimal() else None
    name = request.query_params.get("name", "")
    with await run_in_threadpool(state.uploads.begin, name, user.name, announced) as receiving:
        waiting = bytearray()
        async for content in request.stream():
            waiting += content
            if len(waiting) >= _AT_ONCE_BYTES:
                await run_in_threadpool(receiving.take, bytes(waiting))
                waiting.clear()
        await run_in_threadpool(receiving.take, bytes(waiting))
        made = await run_in_threadpool(receiving.finish)
    detail = {"bytes": made.bytes}
    await run_in_threadpool(
        lambda: audit.note(
            state.engine, "uploaded", f"upload/{made.id}", who=user.name, role=user.role.value,
            detail=detail,
        )
    )  # fmt: skip
    return JSONResponse({"id": made.id, "name": made.name, "bytes": made.bytes}, headers=_NO_STORE)


def reviewed_endpoint(state: AppState) -> Callable[[Request], Response]:
    """Return what hands out the files of a finished review, each noted in the audit trail."""

    def reviewed(request: Request) -> Response:
        job_id = int(request.path_params["job_id"])
        try:
            folder = Path(state.store.review_jobs.get(job_id).out).resolve()
        except NotFound:
            return PlainTextResponse("there is no such review", 404, _NO_STORE)
        asked = request.path_params["path"]
        path = (folder / asked).resolve()
        kind = _KINDS.get(path.suffix)
        if kind is None or not path.is_relative_to(folder) or not path.is_file():
            return PlainTextResponse("there is no such file", 404, _NO_STORE)
        visit = state.door.visit_of(request.cookies, request.client and request.client.host)
        if visit is not None and "range" not in request.headers:
            audit.note(
                state.engine, "exported", f"review/{job_id}", who=visit.user.name,
                role=visit.user.role.value, detail={"file": asked[-200:]},
            )  # fmt: skip
        headers = {**_NO_STORE, "Content-Security-Policy": _INERT}
        return FileResponse(path, media_type=kind, headers=headers)

    return reviewed


def _scope(user: User) -> str:
    return f"upload/{user.name}"
