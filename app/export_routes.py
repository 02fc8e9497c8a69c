"""The route that hands out a film without faces that a job has made; each noted."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response

from app.film_routes import NO_STORE
from app.jobs.export import exported_file
from app.state import AppState
from db import audit
from db.errors import NotFound

EXPORTED_PATH = "/exported/{job_id:int}.mp4"


def exported_endpoint(state: AppState) -> Callable[[Request], Response]:
    """Return what hands out the film of a finished export, with the audit row of every export."""

    def exported(request: Request) -> Response:
        try:
            job = state.store.export_jobs.get(int(request.path_params["job_id"]))
        except NotFound:
            return PlainTextResponse("there is no such export", 404, NO_STORE)
        path = exported_file(job)
        if job.state != "finished" or not path.is_file():
            return PlainTextResponse("this video is not there", 404, NO_STORE)
        visit = state.door.visit_of(request.cookies, request.client and request.client.host)
        if visit is not None and "range" not in request.headers:
            audit.note(
                state.engine, "exported", f"recording/{job.recording_id}", who=visit.user.name,
                role=visit.user.role.value,
                detail={"format": "video", "skeleton": job.request["skeleton"], "faces": "blurred"},
            )  # fmt: skip
        name = f"recording-{job.recording_id}-blurred.mp4"
        return FileResponse(path, media_type="video/mp4", filename=name, headers=NO_STORE)

    return exported
