"""The part of a film's page that exports it: as a video with blurred faces, by a job."""

from __future__ import annotations

import streamlit as st

from app import exporting
from app.job_buttons import place_job_buttons
from app.jobs.export import exported_file
from app.page import REFRESH_S, now_us, zone
from app.people import Permission, may, require
from app.renewal import renewed_every
from app.state import current
from app.views.export_jobs import export_job_html
from db.errors import DatabaseError
from db.schema import Recording

_LISTED = 3
_SKELETON, _FAULT = "export_skeleton", "export_fault"


def place_export(recording: Recording) -> None:
    """Place the button that asks for the video, and what was asked for; for who may export."""
    if not may(Permission.EXPORT):
        return
    st.subheader("Export", anchor=False)
    keep_days = current().settings.review.keep_exports_days
    st.caption(
        "Faces are blurred; all of the picture where no head is known or somebody handles the "
        "infant. No sound, no date. A name card in the picture stays readable: look at the video "
        "before it leaves the house. "
        f"It can be fetched for {keep_days:g} days. Other formats: `cotside keypoints export`."
    )
    is_there = current().films.reel(recording.id, "original") is not None
    with st.container(horizontal=True, vertical_alignment="center"):
        st.checkbox("Draw the skeleton into it", key=_SKELETON, disabled=not is_there)
        st.button(
            "Make a video with blurred faces",
            disabled=not is_there,
            on_click=_begin,
            args=(recording.id,),
        )
    if not is_there:
        st.caption("The reviewed file is gone, or was changed since; put it back where it was.")
    if said := st.session_state.pop(_FAULT, ""):
        st.error(said)
    _place_jobs(recording.id, keep_days)


@renewed_every(REFRESH_S)
def _place_jobs(recording_id: int, keep_days: float) -> None:
    for job in current().store.exports_of(recording_id, _LISTED):
        with st.container(border=True):
            is_there = exported_file(job).is_file()
            st.html(export_job_html(job, now_us(), zone(), is_there=is_there, keep_days=keep_days))
            place_job_buttons(job, exporting.cancel, exporting.go_on, go_on_word="Begin anew")


def _begin(recording_id: int) -> None:
    require(Permission.EXPORT)
    try:
        exporting.begin(recording_id, skeleton=bool(st.session_state[_SKELETON]))
    except (DatabaseError, OSError) as error:
        st.session_state[_FAULT] = f"The export could not be begun: {error}"
