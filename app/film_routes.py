"""The routes of the player: a film's video, its times, its frames in parts, its survey.

Each asks for the token that the page of that very film was given, beside the visit's own role.
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response

from app.films import FOOTAGE, Footage
from app.state import AppState
from app.tokens import WORKDAY_S
from db.errors import NotFound

NO_STORE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
Endpoint = Callable[[Request], Response]


def film_urls(state: AppState, recording_id: int) -> dict[str, str]:
    """Return a film's addresses, with a token that expires; ``{}`` stands for a part's number."""
    kinds = ["times", "survey", "points"]
    kinds += [which for which in FOOTAGE if state.films.reel(recording_id, which) is not None]
    return {kind: film_url(state, recording_id, kind) for kind in kinds}


def film_url(state: AppState, recording_id: int, kind: str) -> str:
    """Return one address of a film."""
    token = state.signer.issue(_scope(recording_id), WORKDAY_S)
    place = "points/{}" if kind == "points" else kind
    return f"/film/{recording_id}/{place}?token={token}"


def film_endpoints(state: AppState) -> dict[str, Endpoint]:
    """Return what answers at which path."""
    films = state.films

    def bytes_of(kind: str, read: Callable[[int, Request], bytes], media_type: str) -> Endpoint:
        def endpoint(request: Request) -> Response:
            recording_id = int(request.path_params["recording_id"])
            if not _is_let_in(state, request):
                return PlainTextResponse("this address has expired", 403, NO_STORE)
            try:
                content = read(recording_id, request)
            except NotFound:
                return PlainTextResponse(f"there is no such {kind}", 404, NO_STORE)
            headers = {**NO_STORE, "Content-Encoding": "gzip"}
            return Response(content, media_type=media_type, headers=headers)

        return endpoint

    binary = "application/octet-stream"
    return {
        "/film/{recording_id:int}/times": bytes_of("film", lambda id_, _: films.times(id_), binary),
        "/film/{recording_id:int}/points/{part:int}": bytes_of(
            "part", lambda id_, request: films.part(id_, request.path_params["part"]), binary
        ),
        "/film/{recording_id:int}/survey": bytes_of(
            "film", lambda id_, _: films.survey(id_), "application/json"
        ),
        **{f"/film/{{recording_id:int}}/{which}": _video(state, which) for which in FOOTAGE},
    }


def _video(state: AppState, which: Footage) -> Endpoint:
    def video(request: Request) -> Response:
        if not _is_let_in(state, request):
            return PlainTextResponse("this address has expired", 403, NO_STORE)
        reel = state.films.reel(int(request.path_params["recording_id"]), which)
        if reel is None:
            return PlainTextResponse("this video is no longer there", 404, NO_STORE)
        return FileResponse(reel.path, media_type=reel.media_type, headers=NO_STORE)

    return video


def _is_let_in(state: AppState, request: Request) -> bool:
    scope = _scope(int(request.path_params["recording_id"]))
    return state.signer.opens(request.query_params.get("token", ""), scope)


def _scope(recording_id: int) -> str:
    return f"film/{recording_id}"
