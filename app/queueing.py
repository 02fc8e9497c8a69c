"""Queue pictures of a recording, noted in the audit trail; for the page and the command."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine

from db import audit
from db.audit import Actor
from db.folders import VIDEOS
from db.store import Store
from pipeline.annotation.footage import footage_of
from pipeline.annotation.pictures import PictureFolder
from pipeline.annotation.queueing import queue_recording


def add_to_queue(engine: Engine, data_path: Path, recording_id: int, count: int, by: Actor) -> str:
    """Add up to ``count`` pictures of a recording; return what came of it, in one line.

    Raises ``DatabaseError`` (no such recording) and ``PictureError``.
    """
    store = Store(engine)
    recording = store.recording(recording_id)
    footage = footage_of(store, recording, data_path / VIDEOS)
    if footage is None:
        return f"recording {recording_id}: no picture of it is kept"
    audit.note(
        engine,
        "pictures queued",
        f"recording/{recording_id}",
        who=by.name,
        role=by.role,
        detail={"at most": count},
    )
    done = queue_recording(
        store, PictureFolder.under(data_path), footage, recording, count, by.name
    )
    parts = [f"{done.added} pictures added"]
    parts += [f"{done.known} known already"] if done.known else []
    parts += [f"{done.without_picture} without a picture"] if done.without_picture else []
    return f"recording {recording_id}: {', '.join(parts)}"
