"""The routes beside the pages: health, metrics, live pictures, kept video, films.

``/healthz`` asks for nothing and tells nothing about infants. ``/metrics`` asks for the bearer
token of ``COTSIDE_METRICS_TOKEN``. A live picture asks for the token its page was given.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from app.export_routes import EXPORTED_PATH, exported_endpoint
from app.film_routes import NO_STORE as _NO_STORE
from app.film_routes import Endpoint as _Endpoint
from app.film_routes import film_endpoints
from app.live_picture import PICTURE_MODES, STALE_AFTER_S, PictureMode
from app.metrics import exposition
from app.permissions import ROUTE_PERMISSIONS, Permission
from app.state import AppState
from app.upload_routes import REVIEWED_PATH, UPLOAD_PATH, reviewed_endpoint, upload_endpoint
from db.errors import NotFound
from pipeline.annotation.pictures import PictureError
from pipeline.live import MonitorStatus

METRICS_TOKEN_VARIABLE = "COTSIDE_METRICS_TOKEN"


def live_scope(cot_id: int) -> str:
    """Name the right to see one cot's live picture."""
    return f"live/{cot_id}"


def live_url(state: AppState, cot_id: int) -> str:
    """Return the address of a cot's live picture, with a token that expires."""
    return f"/live/{cot_id}.jpg?token={state.signer.issue(live_scope(cot_id))}"


def video_url(state: AppState, video_id: int) -> str:
    """Return the address of a kept video file, with a token that expires."""
    return f"/video/{video_id}.mp4?token={state.signer.issue(_video_scope(video_id))}"


def picture_url(state: AppState, frame_id: int) -> str:
    """Return the address of a picture that is being labelled, with a token that expires."""
    return f"/picture/{frame_id}?token={state.signer.issue(_picture_scope(frame_id))}"


def _picture_scope(frame_id: int) -> str:
    return f"picture/{frame_id}"


def _video_scope(video_id: int) -> str:
    return f"video/{video_id}"


def kept_video_path(state: AppState, video_id: int) -> Path | None:
    """Return the file of a kept video, or None when it is gone or lies outside its folder."""
    try:
        video = state.store.video(video_id)
    except NotFound:
        return None
    folder = state.video_folder.resolve()
    path = (folder / video.path).resolve()
    return path if path.is_relative_to(folder) and path.is_file() else None


def health(status: MonitorStatus) -> dict[str, Any]:
    """Return what ``/healthz`` says; ``status`` is ok, degraded or not monitoring."""
    ages_s = [cot.frame_age_s for cot in status.cots.values()]
    known_s = [age_s for age_s in ages_s if age_s is not None]
    is_fresh = len(known_s) == len(ages_s) and all(age_s <= STALE_AFTER_S for age_s in known_s)
    word = "not monitoring" if not status.monitoring else "ok" if is_fresh else "degraded"
    return {
        "status": word,
        "monitoring": status.monitoring,
        "cots": len(status.cots) if status.monitoring else 0,
        "oldest_frame_age_s": round(max(known_s), 3) if known_s else None,
        "version": version("cotside"),
    }


def routes(state: AppState) -> list[BaseRoute]:
    """Return the routes that stand beside Streamlit's own."""
    endpoints: dict[str, _Endpoint] = {
        "/healthz": _healthz(state),
        "/metrics": _metrics(state, os.environ),
        "/live/{cot_id:int}.jpg": _live(state),
        "/video/{video_id:int}.mp4": _video(state),
        **film_endpoints(state),
        "/picture/{frame_id:int}": _picture(state),
        REVIEWED_PATH: reviewed_endpoint(state),
        EXPORTED_PATH: exported_endpoint(state),
    }
    made: list[BaseRoute] = [
        Route(path, _guarded(state, ROUTE_PERMISSIONS[path], endpoint), methods=["GET"])
        for path, endpoint in endpoints.items()
    ]
    # It takes what is sent piece by piece, and so looks at the visit itself.
    return [*made, Route(UPLOAD_PATH, upload_endpoint(state), methods=["PUT"])]


# Starlette runs plain functions in its thread pool, so none of these holds up the event loop.
def _guarded(state: AppState, needed: Permission | None, endpoint: _Endpoint) -> _Endpoint:
    """Let only those through whose visit has the permission; None lets everybody."""
    if needed is None:
        return endpoint

    def guarded(request: Request) -> Response:
        client = request.client.host if request.client else None
        visit = state.door.visit_of(request.cookies, client)
        if visit is None or visit.must_choose_password:
            return PlainTextResponse("sign in first", 401, _NO_STORE)
        if not visit.user.may(needed):
            return PlainTextResponse(f"you may not {needed.value}", 403, _NO_STORE)
        return endpoint(request)

    return guarded


def _healthz(state: AppState) -> _Endpoint:
    def healthz(_request: Request) -> Response:
        return JSONResponse(health(state.live.status()), headers=_NO_STORE)

    return healthz


def _metrics(state: AppState, environment: Mapping[str, str]) -> _Endpoint:
    def metrics(request: Request) -> Response:
        token = environment.get(METRICS_TOKEN_VARIABLE, "")
        if not token:
            return PlainTextResponse("not found", 404)
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(given.encode(), token.encode()):
            return PlainTextResponse("bearer token needed", 401, {"WWW-Authenticate": "Bearer"})
        text_type = "text/plain; version=1.0.0; charset=utf-8"
        return Response(exposition(state.live.status()), media_type=text_type, headers=_NO_STORE)

    return metrics


def _live(state: AppState) -> _Endpoint:
    def live(request: Request) -> Response:
        cot_id = int(request.path_params["cot_id"])
        query = request.query_params
        if not state.signer.opens(query.get("token", ""), live_scope(cot_id)):
            return PlainTextResponse("this address has expired", 403, _NO_STORE)
        mode, width = _mode(query.get("mode", "overlay")), query.get("w", "640")
        if mode is None or not (width.isascii() and width.isdigit()):
            return PlainTextResponse("no such picture", 400, _NO_STORE)
        answer = state.pictures.answer(cot_id, mode, int(width))
        headers = {
            **_NO_STORE,
            "X-Cotside-State": quote(answer.state),
            "X-Cotside-Line": quote(answer.line),
            "X-Cotside-Sequence": str(answer.sequence),
        }
        if answer.age_s is not None:
            headers["X-Cotside-Age-Ms"] = str(round(answer.age_s * 1000))
        if answer.jpeg is None or query.get("after") == str(answer.sequence):
            return Response(status_code=204, headers=headers)
        return Response(answer.jpeg, media_type="image/jpeg", headers=headers)

    return live


def _mode(text: str) -> PictureMode | None:
    return next((mode for mode in PICTURE_MODES if mode == text), None)


def _video(state: AppState) -> _Endpoint:
    def video(request: Request) -> Response:
        video_id = int(request.path_params["video_id"])
        if not state.signer.opens(request.query_params.get("token", ""), _video_scope(video_id)):
            return PlainTextResponse("this address has expired", 403, _NO_STORE)
        path = kept_video_path(state, video_id)
        if path is None:
            return PlainTextResponse("this video is no longer kept", 404, _NO_STORE)
        return FileResponse(path, media_type="video/mp4", headers=_NO_STORE)

    return video


def _picture(state: AppState) -> _Endpoint:
    def picture(request: Request) -> Response:
        frame_id = int(request.path_params["frame_id"])
        if not state.signer.opens(request.query_params.get("token", ""), _picture_scope(frame_id)):
            return PlainTextResponse("this address has expired", 403, _NO_STORE)
        try:
            frame = state.store.annotation_frame(frame_id)
            return FileResponse(state.kept_pictures.path(frame.file), headers=_NO_STORE)
        except (NotFound, PictureError):
            return PlainTextResponse("this picture is no longer kept", 404, _NO_STORE)

    return picture
