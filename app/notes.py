"""Notes: one line that a person leaves at a moment of a cot's record, or on a span of a film."""

from __future__ import annotations

from app.audit_trail import note as note_in_trail
from app.page import now_us
from app.people import Permission, require
from app.state import current
from app.views.marks import FLAG_KIND, FLAGS, MOST_LETTERS, NOTE_KIND
from db.errors import NotFound
from db.schema import Event

__all__ = ["MOST_LETTERS", "add_film_note", "add_note", "remove_film_note"]


def add_note(cot_id: int, text: str, at_us: int | None = None) -> bool:
    """Keep a note as an event (at ``at_us``, default now); tell whether there was anything to keep.

    Line breaks become spaces; what is longer than ``MOST_LETTERS`` is cut.
    """
    user = require(Permission.ADD_NOTES)
    line = _line(text)
    if not line:
        return False
    event = Event.moment(
        NOTE_KIND,
        line,
        time_us=now_us() if at_us is None else at_us,
        severity="info",
        cot_id=cot_id,
        detail={"by": user.name},
    )
    event_id = current().store.add_event(event)
    note_in_trail("added", f"note/{event_id}", cot=cot_id)
    return True


def add_film_note(recording_id: int, kind: str, text: str, span_us: tuple[int, int]) -> bool:
    """Keep a note, or a flag of ``FLAGS``, on a span (UTC µs) of a recording.

    Tells whether there was anything to keep; the span is cut to the recording's own.
    """
    user = require(Permission.ADD_NOTES)
    line = _line(text)
    is_known = kind == NOTE_KIND or (kind == FLAG_KIND and line in FLAGS)
    if not (line and is_known):
        return False
    recording = current().store.recording(recording_id)
    last_us = recording.ended_us or now_us()
    from_us, to_us = (min(max(at_us, recording.started_us), last_us) for at_us in span_us)
    event = Event(
        kind=kind,
        message=line,
        time_us=from_us,
        end_us=max(from_us, to_us),
        severity="info",
        recording_id=recording_id,
        cot_id=recording.cot_id,
        detail={"by": user.name, "written_us": now_us()},
    )
    event_id = current().store.add_event(event)
    note_in_trail("added", f"{kind}/{event_id}", recording=recording_id)
    return True


def remove_film_note(recording_id: int, event_id: int) -> bool:
    """Remove a note or flag that the visitor wrote; tell whether there was one."""
    user = require(Permission.ADD_NOTES)
    try:
        event = current().store.event(event_id)
    except NotFound:
        return False
    is_note = event.kind in (NOTE_KIND, FLAG_KIND) and event.recording_id == recording_id
    if not (is_note and (event.detail or {}).get("by") == user.name):
        return False
    note_in_trail("removed", f"{event.kind}/{event_id}", recording=recording_id)
    current().store.remove_event(event_id)
    return True


def _line(text: str) -> str:
    return " ".join(text.split())[:MOST_LETTERS]
