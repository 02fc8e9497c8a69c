"""Ask for a retraining from the model in use; for the Models page and for ``cotside train``."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import Engine

from app.jobs.queue import Queue
from db import audit
from db.audit import Actor
from db.folders import DATASETS
from db.job_schema import TrainingJob
from db.store import Store
from pipeline.errors import ModelError
from pipeline.models.registry import ModelRegistry
from pipeline.settings import Settings

TRAININGS = "trainings"


@dataclass(frozen=True, slots=True)
class Labels:
    """What there is to learn from: finished pictures, and of how many infants or recordings."""

    pictures: int
    infants: int
    since: int


def labels_there_are(store: Store) -> Labels:
    """Count finished pictures; ``since``: those that the last finished retraining did not have."""
    frames = {one.frame.id: one.frame for one in store.labelled()}
    infants = {frame.infant_id or frame.subject or frame.source for frame in frames.values()}
    done = [job for job in store.training_jobs.all() if job.state == "finished"]
    learned = int((done[0].progress or {}).get("pictures", 0)) if done else 0
    return Labels(len(frames), len(infants), max(0, len(frames) - learned))


def ask_for_retraining(
    engine: Engine, settings: Settings, by: Actor, minutes: float | None = None
) -> int:
    """Let a retraining wait for its turn; return its id.

    Raises ``ModelError`` where there is nothing to learn from or the model in use cannot be read,
    and ``DatabaseError``.
    """
    store = Store(engine)
    if not store.labelled():
        raise ModelError("no picture has finished labels yet; label some on the Annotate page")
    job_id = store.training_jobs.add(_job(store, settings, by, minutes))
    audit.note(engine, "began", f"training/{job_id}", who=by.name, role=by.role)
    queue_training(settings, job_id)
    return job_id


def _job(store: Store, settings: Settings, by: Actor, minutes: float | None) -> TrainingJob:
    data_path, name = settings.data_path.absolute(), uuid.uuid4().hex
    registry = ModelRegistry.under(data_path)
    known = registry.model(registry.in_use_id())
    if known.manifest is None:
        raise ModelError(known.fault)
    before = store.training_jobs.all()
    made = [job.request["dataset"] for job in before]
    parents = [folder for folder in made if (data_path / DATASETS / folder).is_dir()]
    number = 1 + max((job.id for job in before), default=0)
    return TrainingJob(
        by=by.name,
        out=str(data_path / TRAININGS / name / "out"),
        request={
            "data": str(data_path),
            "dataset": f"labels-{name[:12]}",
            "parent": parents[0] if parents else None,
            "model": str(known.folder.absolute()),
            "model_id": known.id,
            "model_words": f"{known.manifest.name} {known.manifest.version}",
            "minutes": minutes or settings.training.minutes,
            "rendered": settings.training.rendered,
            "old": [str(folder.absolute()) for folder in settings.training.old],
            "version": f"{known.manifest.version.partition('+')[0][:40]}+{number}",
            "role": by.role,
        },
    )


def cancel(engine: Engine, job_id: int, by: Actor) -> None:
    """Ask a retraining to stop."""
    if Store(engine).training_jobs.cancel(job_id):
        audit.note(engine, "cancelled", f"training/{job_id}", who=by.name, role=by.role)


def go_on(engine: Engine, settings: Settings, job_id: int, by: Actor) -> bool:
    """Let a retraining that was stopped go on where it was; tell whether it could."""
    if not Store(engine).training_jobs.renew(job_id):
        return False
    audit.note(engine, "went on", f"training/{job_id}", who=by.name, role=by.role)
    queue_training(settings, job_id)
    return True


def queue_training(settings: Settings, job_id: int) -> None:
    """Put a retraining that waits into the queue."""
    queue = Queue(settings.data_path)
    try:
        queue.put_training(settings.database, job_id)
    finally:
        queue.close()
