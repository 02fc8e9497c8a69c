"""One film on a page: the player, and what people write on it."""

from __future__ import annotations

import math

import streamlit as st

from app.audit_trail import note_view
from app.components.player import play
from app.film_routes import film_urls
from app.notes import add_film_note, remove_film_note
from app.page import zone
from app.people import Permission, current_user
from app.state import current
from app.views.marks import FLAG_KIND, NOTE_KIND
from app.views.player import Writer, film_data
from db.schema import Recording

_MOST_NOTES = 500


def place_film(recording: Recording) -> None:
    """Place the player of a recording; ``?at=`` seconds in the address is where it opens."""
    state, user = current(), current_user()
    note_view(f"recording/{recording.id}")
    notes = state.store.events(
        recording_id=recording.id, kinds=(NOTE_KIND, FLAG_KIND), limit=_MOST_NOTES
    )
    data = film_data(
        recording,
        state.store.segments(recording.id),
        state.store.frames_stored(recording.id),
        film_urls(state, recording.id),
        sorted(notes, key=lambda note: (note.time_us, note.id)),
        Writer(user.name, user.may(Permission.ADD_NOTES), zone()),
        open_us=_asked_us(st.query_params.get("at", "")),
    )
    play(data, f"film_{recording.id}", lambda value: _hear(recording, value))


def _hear(recording: Recording, value: object) -> None:
    """Keep or remove what the browser sent; anything else is passed over."""
    if not isinstance(value, dict):
        return
    if isinstance(value.get("remove"), int):
        remove_film_note(recording.id, value["remove"])
        return
    bounds_ms = [value.get("from_ms"), value.get("to_ms")]
    if not all(isinstance(ms, int | float) and math.isfinite(ms) for ms in bounds_ms):
        return
    from_us, to_us = (recording.started_us + round(1000 * float(ms)) for ms in bounds_ms)  # type: ignore[arg-type]
    add_film_note(
        recording.id, str(value.get("kind")), str(value.get("text", "")), (from_us, to_us)
    )


def _asked_us(text: str) -> int:
    try:
        seconds = float(text)
    except ValueError:
        return 0
    return round(seconds * 1e6) if 0 <= seconds < 1e7 else 0
