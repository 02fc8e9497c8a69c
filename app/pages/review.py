"""Review: have videos reviewed, see how far it is, and look at what came of it."""

from __future__ import annotations

import streamlit as st

from app import reviewing
from app.components.upload import take_uploads
from app.export_form import place_export
from app.film import place_film
from app.job_buttons import place_job_buttons
from app.page import REFRESH_S, now_us, zone
from app.people import Permission, current_user, may, require
from app.renewal import renewed_every
from app.state import current
from app.upload_routes import upload_url
from app.views.films import films_html
from app.views.review_jobs import job_html
from app.whose import choose_whose, place_whose
from db.errors import DatabaseError, NotFound
from pipeline.smoothing import offline_names

_LISTED, _JOBS_LISTED = 200, 20
SMOOTHERS = {
    "butterworth": "Butterworth filter",
    "rts": "Kalman smoother (RTS)",
    "transformer": "learned smoother (transformer)",
}


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
    place_whose(recording)
    place_export(recording)


def place_new() -> None:
    """Place the choice of videos and the button that has them reviewed."""
    require(Permission.REVIEW)
    state = current()
    with st.container(border=True):
        st.subheader("New review", anchor=False)
        on_server = reviewing.videos_on_server(state)
        names = st.multiselect(
            f"Videos on the server, below {state.review_folder.name}/",
            on_server,
            key="review_names",
            placeholder="Choose videos" if on_server else "There is no video in this folder",
            disabled=not on_server,
        )
        times_sent = st.session_state.setdefault("uploads_taken", 0)
        uploads = take_uploads(
            upload_url(state, current_user()),
            state.uploads.most_bytes,
            key=f"uploads_{times_sent}",
        )
        with st.container(horizontal=True, vertical_alignment="center"):
            overlay = st.checkbox("Make overlay videos", value=True)
            blur_faces = st.checkbox("Blur faces in them", value=False, disabled=not overlay)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            smoother = choose_smoother()
            infant_id = choose_whose()
        count = len(names) + len(uploads)
        words = f"Review {count} video{'s' * (count != 1)}" if count else "Review"
        asked = st.button(words, type="primary", disabled=not count)
    if asked:
        begin(names, uploads, reviewing.Choice(overlay, blur_faces, smoother, infant_id))


def choose_smoother() -> str:
    """Place the choice of what smooths poses that are drawn and tabled; return its name."""
    return st.selectbox(
        "Poses drawn and tabled are smoothed by",
        offline_names(),
        format_func=lambda name: SMOOTHERS.get(name, name),
        key="review_smoother",
        width=300,
        help="Measures of movement are made with the Butterworth filter, whatever is chosen here.",
    )


def begin(names: list[str], uploads: list[str], choice: reviewing.Choice) -> None:
    """Begin a review and empty the choice."""
    require(Permission.REVIEW)
    try:
        job_id = reviewing.begin(names, uploads, choice)
    except (DatabaseError, OSError) as error:
        st.error(f"The review could not be begun: {error}")
        return
    if job_id is None:
        st.warning("None of these videos is there any more; choose again.")
        return
    st.session_state["uploads_taken"] += 1
    del st.session_state["review_names"]
    st.rerun()


@renewed_every(REFRESH_S)
def place_jobs() -> None:
    """Place the jobs, newest first, as they stand now."""
    jobs = current().store.review_jobs.all(_JOBS_LISTED)
    if not jobs:
        st.caption("No review has been asked for yet.")
    for job in jobs:
        with st.container(border=True):
            st.html(job_html(job, now_us(), zone()))
            can = may(Permission.REVIEW)
            place_job_buttons(job, reviewing.cancel, reviewing.go_on, may_change=can)


def place_all() -> None:
    """Place what is to be reviewed, what is under way, and all films."""
    st.header("Review", anchor=False)
    if may(Permission.REVIEW):
        place_new()
    st.subheader("Reviews", anchor=False)
    place_jobs()
    st.subheader("Films", anchor=False)
    store = current().store
    files = store.reviewed_files(_LISTED)
    if not files:
        st.caption("No video has been reviewed yet.")
        return
    st.html(films_html([(file, store.recording(file.recording_id)) for file in files], zone()))


asked_for = st.query_params.get("recording", "")
if asked_for.isdecimal():
    place_one(int(asked_for))
else:
    place_all()
