"""The choice of a report on the pages of a cot and of an infant, and its download."""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo

import streamlit as st

from app.audit_trail import note
from app.following import Followed
from app.page import now_us, zone
from app.people import Permission, current_user, may
from app.permissions import User
from app.report.content import gather, subject_of
from app.report.kinds import KINDS
from app.state import AppState, current
from app.views.times import US_PER_MINUTE, local

SPANS_H = {"8 hours": 8, "12 hours": 12, "24 hours": 24, "7 days": 168}
# Whom a report is of, asked when it is made.
Whom = Callable[[], Followed]


def place_report(stem: str, whom: Whom) -> None:
    """Place the button that opens the choice; nothing for one who may not export.

    ``stem``: what the file is called by; it tells no pseudonym.
    """
    if not may(Permission.EXPORT):
        return
    with st.popover("Report", icon=":material/description:", width="stretch"):
        words = st.segmented_control(
            "Of the last", list(SPANS_H), default="12 hours", required=True
        )
        hours = SPANS_H[words or "12 hours"]
        for name, kind in KINDS.items():
            st.download_button(
                f"Download {name.upper()}",
                maker(current(), whom, hours, name, current_user(), zone()),
                file_name=file_name(stem, hours, name),
                mime=kind.media_type,
                key=f"report_{name}",
                on_click="ignore",
                width="stretch",
            )
        st.caption("Made when you press. Every download is noted in the audit trail.")


def file_name(stem: str, hours: int, ending: str) -> str:
    """Return a file's name."""
    return f"cotside-{stem}-{local(now_us(), zone()):%Y-%m-%d-%H%M}-{hours}h.{ending}"


def maker(
    state: AppState, whom: Whom, hours: int, kind: str, user: User, in_zone: tzinfo
) -> Callable[[], bytes]:
    """Return what makes the report when the button is pressed, noting it first."""

    def make() -> bytes:
        now = now_us() // US_PER_MINUTE * US_PER_MINUTE
        span_us = (now - hours * 60 * US_PER_MINUTE, now)
        names = {cot.id: cot.name for cot in state.store.cots(include_removed=True)}
        followed = whom()
        report = gather(state.store, followed, names, span_us, in_zone, now_us())
        content = KINDS[kind].make(report)
        note("exported", subject_of(followed), user=user, what=f"report {kind}", hours=hours)
        return content

    return make
