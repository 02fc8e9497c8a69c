"""Notes: one line that a person leaves at a moment of a cot's record."""

from __future__ import annotations

from app.audit_trail import note as note_in_trail
from app.page import now_us
from app.people import Permission, require
from app.state import current
from app.views.marks import NOTE_KIND
from db.schema import Event

MOST_LETTERS = 200


def add_note(cot_id: int, text: str, at_us: int | None = None) -> bool:
    """Keep a note as an event (at ``at_us``, default now); tell whether there was anything to keep.

    Line breaks become spaces; what is longer than ``MOST_LETTERS`` is cut.
    """
    user = require(Permission.ADD_NOTES)
    line = " ".join(text.split())[:MOST_LETTERS]
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
