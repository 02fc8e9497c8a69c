"""What pages do with review jobs: choose videos, begin, cancel, go on. Each guarded and noted."""

from __future__ import annotations

import os
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from app.audit_trail import note
from app.jobs.queue import Queue
from app.people import Permission, require
from app.state import AppState, current
from db.job_schema import ReviewJob
from pipeline.models.registry import ModelRegistry
from pipeline.review.finding import videos_in
from pipeline.review.folder import shown_name, stored_path

REVIEWS = "reviews"
MOST_LISTED = 2000


def videos_on_server(state: AppState) -> list[str]:
    """Return the videos below the allowed folder, by their paths below it, at most 2000."""
    root = state.review_folder
    if not root.is_dir():
        return []
    names = (os.fspath(path.relative_to(root)) for path in videos_in(root))
    # A name that is no UTF-8 can be neither shown nor sent back by a browser.
    return list(islice((name for name in names if stored_path(Path(name)) == name), MOST_LISTED))


def chosen_path(state: AppState, name: str) -> Path | None:
    """Return the file of a name below the allowed folder; None for what leads out of it."""
    root = state.review_folder.resolve()
    try:
        path = (root / name).resolve()
    except (OSError, ValueError):
        return None
    return path if path.is_relative_to(root) and path.is_file() else None


@dataclass(frozen=True, slots=True)
class Choice:
    """How videos are to be reviewed; ``infant_id``: whose films they are, None: not told."""

    overlay: bool
    blur_faces: bool
    smoother: str
    infant_id: int | None = None


def begin(names: Sequence[str], upload_ids: Sequence[str], choice: Choice) -> int | None:
    """Let a job wait for these videos; return its id, None when there is nothing to review."""
    user, state = require(Permission.REVIEW), current()
    if choice.infant_id is not None:
        require(Permission.EDIT_INFANTS)
    videos = []
    for name in names:
        path = chosen_path(state, name)
        if path is not None:
            videos.append({"path": str(path), "name": shown_name(path.name)})
    for upload_id in upload_ids:
        found = state.uploads.find(upload_id)
        if found is not None and found.by == user.name:
            videos.append({"path": str(state.uploads.path(upload_id)), "name": found.name})
    if not videos:
        return None
    data_path = state.settings.data_path
    registry = ModelRegistry.under(data_path)
    job = ReviewJob(
        by=user.name,
        out=str(data_path.absolute() / REVIEWS / uuid.uuid4().hex / "out"),
        request={
            "videos": videos,
            "model": str(registry.folder_for(state.settings.model).absolute()),
            "provider": state.settings.model.provider,
            "overlay": choice.overlay,
            "blur_faces": choice.blur_faces,
            "smoother": choice.smoother,
            "infant": choice.infant_id,
            "role": user.role.value,
        },
    )
    job_id = state.store.review_jobs.add(job)
    note("began", f"review/{job_id}", videos=len(videos))
    _queue(state, job_id)
    return job_id


def cancel(job_id: int) -> None:
    """Ask a job to stop."""
    require(Permission.REVIEW)
    if current().store.review_jobs.cancel(job_id):
        note("cancelled", f"review/{job_id}")


def go_on(job_id: int) -> None:
    """Let a job that was stopped go on where it was."""
    require(Permission.REVIEW)
    if current().store.review_jobs.renew(job_id):
        note("went on", f"review/{job_id}")
        _queue(current(), job_id)


def _queue(state: AppState, job_id: int) -> None:
    queue = Queue(state.settings.data_path)
    try:
        queue.put_review(state.settings.database, job_id)
    finally:
        queue.close()
