"""What goes, kind by kind and in which order; and the tables that hold nothing of an infant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from db.advisory_schema import Advisory, AdvisoryDelivery, AdvisoryTransition
from db.annotation_schema import Annotation, AnnotationFrame, AnnotationRevision
from db.erasure import scope as of
from db.erasure.scope import Scope
from db.job_schema import ExportJob, ReviewJob
from db.schema import (
    Base,
    Chunk,
    Event,
    Infant,
    MinuteRollup,
    Recording,
    ReviewedFile,
    Segment,
    Stay,
    Video,
)

HOLDS_NOTHING = {
    "cots": "a place",
    "cameras": "a device",
    "models": "a network",
    "heartbeats": "a process",
    "people": "staff",
    "sign_ins": "staff",
    "sign_in_failures": "hashes of names typed",
    "audit": "names infants by number only, and is kept",
    "audit_head": "the end of the audit trail",
    "advisory_memories": "the last minutes of a cot, written anew each minute",
    "advisory_pauses": "what staff asked of a cot",
    "advisory_thresholds": "what staff set for a cot",
    "training_jobs": "counts pictures; those of its dataset go with the infant's other files",
}


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of thing that goes: its table, its name for a person, and which rows."""

    table: type[Base]
    name: str
    wanted: Callable[[Scope], ColumnElement[bool]]


# In the order in which they go: what refers to a row goes before it.
PARTS = (
    Part(Chunk, "keypoint chunks", of.chunks),
    Part(MinuteRollup, "minutes of movement", of.minutes),
    Part(AdvisoryDelivery, "advisory notices", of.deliveries),
    Part(AdvisoryTransition, "steps of advisories", of.transitions),
    Part(Advisory, "advisories", of.advisories),
    Part(Event, "events", of.events),
    Part(Video, "pieces of video", of.videos),
    Part(ReviewJob, "review jobs", of.jobs),
    Part(ExportJob, "exports of films", of.exports),
    Part(ReviewedFile, "reviewed files", of.reviewed),
    Part(AnnotationRevision, "versions of labels", of.revisions),
    Part(Annotation, "labels", of.labels),
    Part(AnnotationFrame, "pictures to label", of.labelled_frames),
    Part(Segment, "segments", of.segments),
    Part(Recording, "recordings", Scope.recorded),
)
LAST = (
    Part(Stay, "stays", lambda scope: Stay.infant_id == scope.infant_id),
    Part(Infant, "infant", lambda scope: Infant.id == scope.infant_id),
)


def counts_of(session: Session, scope: Scope) -> dict[str, int]:
    """Return how many rows of each kind there are."""
    return {
        part.name: session.scalar(
            select(func.count()).select_from(part.table).where(part.wanted(scope))
        )
        or 0
        for part in (*PARTS, *LAST)
    }
