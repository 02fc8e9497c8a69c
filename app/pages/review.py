"""Review: a film in the player, or the films there are."""

from __future__ import annotations

import streamlit as st

from app.film import place_film
from app.page import zone
from app.state import current
from app.views.films import films_html
from db.errors import NotFound

_LISTED = 200


def place_one(recording_id: int) -> None:
    """Place one film, with the way back."""
    try:
        recording = current().store.recording(recording_id)
    except NotFound:
        st.info("There is no such recording. It may have been erased.")
        return
    st.html('<a class="cotside-back" href="/review" target="_self">← All films</a>')
    st.subheader(recording.name or f"Recording {recording.id}", anchor=False)
    place_film(recording)


def place_all() -> None:
    """Place the list of reviewed videos."""
    st.header("Review", anchor=False)
    store = current().store
    files = store.reviewed_files(_LISTED)
    if not files:
        st.info("No video has been reviewed yet.")
        return
    st.html(films_html([(file, store.recording(file.recording_id)) for file in files], zone()))


asked = st.query_params.get("recording", "")
if asked.isdecimal():
    place_one(int(asked))
else:
    place_all()
