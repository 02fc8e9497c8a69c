"""The part of the Models page that retrains: what there is to learn from, the button, the jobs."""

from __future__ import annotations

import streamlit as st

from app import retraining
from app.job_buttons import place_job_buttons
from app.page import REFRESH_S, now_us, zone
from app.people import Permission, require
from app.renewal import renewed_every
from app.signing_in.door import actor
from app.state import current
from app.training_group import training_fault
from app.views.training_jobs import training_job_html
from app.views.words import counted
from db.errors import DatabaseError
from pipeline.errors import CotsideError

_JOBS_LISTED = 6
_MINUTES, _FAULT = "retrain_minutes", "retrain_fault"


def place_retraining() -> None:
    """Place what there is to learn from and the button; then the retrainings."""
    labels = retraining.labels_there_are(current().store)
    fault = training_fault()
    if fault:
        st.warning(f"Nothing can be trained on this machine: {fault}")
    pictures, infants = counted(labels.pictures, "picture"), counted(labels.infants, "infant")
    st.caption(
        f"{pictures} of {infants} labelled on the Annotate page, {labels.since} of them since the "
        "last retraining. Live monitoring goes first while it runs; nothing is promoted by it."
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.number_input(
            "Minutes to learn",
            min_value=1.0,
            max_value=24 * 60.0,
            value=current().settings.training.minutes,
            step=5.0,
            format="%g",
            key=_MINUTES,
            width=150,
        )
        st.button(
            "Retrain from the model in use",
            type="primary",
            disabled=bool(fault) or not labels.pictures,
            on_click=_begin,
        )
    if said := st.session_state.pop(_FAULT, ""):
        st.error(said)
    _place_jobs()


@renewed_every(REFRESH_S)
def _place_jobs() -> None:
    jobs = current().store.training_jobs.all(_JOBS_LISTED)
    for job in jobs:
        with st.container(border=True):
            st.html(training_job_html(job, now_us(), zone()))
            place_job_buttons(job, _cancel, _go_on)


def _begin() -> None:
    by, state = actor(require(Permission.MANAGE_MODELS)), current()
    minutes = float(st.session_state[_MINUTES])
    try:
        retraining.ask_for_retraining(state.engine, state.settings, by, minutes)
    except (CotsideError, DatabaseError, OSError) as error:
        st.session_state[_FAULT] = f"The retraining could not be begun: {error}"


def _cancel(job_id: int) -> None:
    retraining.cancel(current().engine, job_id, actor(require(Permission.MANAGE_MODELS)))


def _go_on(job_id: int) -> None:
    retraining.go_on(
        current().engine, current().settings, job_id, actor(require(Permission.MANAGE_MODELS))
    )
