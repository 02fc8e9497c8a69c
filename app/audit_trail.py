"""Writing to the audit trail from pages and routes, in the name of who is signed in.

A change and its entry belong in one transaction where the change is made by ``db``: use
``db.audit.append`` there. For the rest, ``note`` before the thing is handed out.
"""

from __future__ import annotations

import logging
import time
from typing import Any

import streamlit as st

from app import people
from app.permissions import User
from app.state import current
from db import audit
from db.errors import DatabaseError

VIEW_AGAIN_AFTER_S = 3600.0
_log = logging.getLogger(__name__)


def note(action: str, subject: str, *, user: User | None = None, **detail: Any) -> None:
    """Write an entry in the name of the visitor (or of ``user``, in a route).

    ``action``: a short verb ("exported", "acknowledged"). ``subject``: kind and id ("infant/12"),
    never a pseudonym: the trail outlives it. Raises ``DatabaseError`` when it cannot be written;
    then the thing noted must not happen.
    """
    actor = user or people.current_user()
    audit.note(
        current().engine, action, subject, who=actor.name, role=actor.role.value, detail=detail
    )


def note_view(subject: str, **detail: Any) -> None:
    """Write down that the visitor looks at something, once an hour for each subject.

    Never in the way of looking: while the database takes nothing (a full disk), the page is shown
    all the same, and the view is written down at the next look that succeeds.
    """
    seen_s: dict[str, float] = st.session_state.setdefault("views_noted", {})
    now_s = time.monotonic()
    if now_s - seen_s.get(subject, -VIEW_AGAIN_AFTER_S) < VIEW_AGAIN_AFTER_S:
        return
    try:
        note("viewed", subject, **detail)
    except DatabaseError as error:
        _log.warning("a view of %s could not be written down: %s", subject, error)
    else:
        seen_s[subject] = now_s


def note_view_of_cot(cot_id: int) -> None:
    """Write down a look at who lies in a cot, or at the cot while nobody is known there."""
    infant = current().store.infant_in(cot_id)
    note_view(f"cot/{cot_id}" if infant is None else f"infant/{infant.id}", cot=cot_id)


def note_view_of_span(cot_id: int, from_us: int, to_us: int) -> None:
    """Write down a look at what was recorded of a cot: at all who lay there then, if anybody."""
    lay_there = [
        stay.infant_id
        for stay in current().store.stays(cot_id=cot_id)
        if stay.from_us < to_us and (stay.to_us is None or stay.to_us > from_us)
    ]
    for infant_id in dict.fromkeys(lay_there):
        note_view(f"infant/{infant_id}", cot=cot_id)
    if not lay_there:
        note_view(f"cot/{cot_id}", cot=cot_id)
