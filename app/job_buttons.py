"""The buttons under a job on a page: cancel it, let it go on, read its log."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from app.jobs.running import log_of
from db.job_schema import JobRow
from db.jobs import UNFINISHED


def place_job_buttons(
    job: JobRow,
    cancel: Callable[[int], None],
    go_on: Callable[[int], None],
    *,
    may_change: bool = True,
    go_on_word: str = "Go on",
) -> None:
    """Place what can be done with a job as it stands; ``cancel`` and ``go_on`` are told its id."""
    name = f"{job.__tablename__}_{job.id}"
    with st.container(horizontal=True):
        if may_change and job.state in ("waiting", "running"):
            st.button(
                "Stopping …" if job.cancel_asked else "Cancel",
                key=f"cancel_{name}",
                on_click=cancel,
                args=(job.id,),
                disabled=job.cancel_asked,
            )
        if may_change and job.state in UNFINISHED:
            st.button(go_on_word, key=f"go_on_{name}", on_click=go_on, args=(job.id,))
        with st.popover("Log"):
            st.code(log_of(job), language=None)
