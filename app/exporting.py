"""What pages do with exports of films: ask for one, cancel, go on. Each guarded and noted."""

from __future__ import annotations

import uuid

from app.audit_trail import note
from app.jobs.queue import Queue
from app.people import Permission, require
from app.state import AppState, current
from db.folders import EXPORTS
from db.job_schema import ExportJob


def begin(recording_id: int, *, skeleton: bool) -> int:
    """Let the export of a film without faces wait for its turn; return its id."""
    user, state = require(Permission.EXPORT), current()
    folder = state.settings.data_path.absolute() / EXPORTS / uuid.uuid4().hex
    job = ExportJob(
        by=user.name,
        recording_id=recording_id,
        out=str(folder / "out"),
        request={"skeleton": skeleton, "videos": str(state.video_folder.absolute())},
    )
    job_id = state.store.export_jobs.add(job)
    note("began", f"export/{job_id}", recording=recording_id)
    _queue(state, job_id)
    return job_id


def cancel(job_id: int) -> None:
    """Ask an export to stop."""
    require(Permission.EXPORT)
    if current().store.export_jobs.cancel(job_id):
        note("cancelled", f"export/{job_id}")


def go_on(job_id: int) -> None:
    """Let an export that was stopped begin anew."""
    require(Permission.EXPORT)
    if current().store.export_jobs.renew(job_id):
        note("went on", f"export/{job_id}")
        _queue(current(), job_id)


def _queue(state: AppState, job_id: int) -> None:
    queue = Queue(state.settings.data_path)
    try:
        queue.put_export(state.settings.database, job_id)
    finally:
        queue.close()
