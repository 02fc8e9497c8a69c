"""Audit: who did what to whom, and whether the trail is whole."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app import audit_trail
from app.page import now_us, zone
from app.people import Permission, require
from app.state import current
from app.views.audit import SUBJECTS, audit_table
from app.views.tables import table_html
from db import audit
from db.people_schema import AuditEntry
from db.times import DAY_US

SPANS_DAYS = {"1 day": 1, "7 days": 7, "30 days": 30, "All": None}
_SHOWN = 200


def place_filter() -> Sequence[AuditEntry]:
    """Place the choices; return the entries that fit, newest first."""
    names, actions = audit.choices(current().engine)
    who, action, subject, days = st.columns([2, 2, 2, 3], vertical_alignment="bottom")
    chosen = days.segmented_control("Time", list(SPANS_DAYS), default="7 days", required=True)
    length = SPANS_DAYS[chosen or "7 days"]
    return audit.entries(
        current().engine,
        who=who.selectbox("Who", names, index=None, placeholder="Anybody"),
        action=action.selectbox("What", actions, index=None, placeholder="Anything"),
        subject=subject.selectbox("Whom", SUBJECTS, index=None, placeholder="Anybody"),
        from_us=None if length is None else now_us() - length * DAY_US,
        limit=_SHOWN + 1,
    )


def subject_names() -> dict[str, str]:
    """Return what infants and people are called today: the trail itself holds numbers."""
    store = current().store
    named = {f"infant/{one.id}": one.pseudonym for one in store.infants()}
    return named | {f"person/{one.id}": one.name for one in store.people()}


def exported() -> str:
    """Return the whole trail, after writing down that it was exported."""
    require(Permission.SEE_AUDIT)
    audit_trail.note("exported", "audit")
    return "".join(audit.lines_of(current().engine))


def place_verification() -> None:
    """Place the verification and the export."""
    verify, export, _ = st.columns([1, 1, 3])
    pressed = verify.button("Verify now", icon=":material/verified_user:", width="stretch")
    export.download_button(
        "Export all",
        exported,
        file_name="cotside-audit.jsonl",
        mime="application/x-ndjson",
        icon=":material/download:",
        width="stretch",
        on_click="ignore",
    )
    if not pressed:
        return
    verdict = audit.verify(current().engine)
    if verdict.whole:
        st.success(f"The trail is whole: {verdict.head.number} entries, each follows the last.")
        st.caption(
            "Note this head somewhere else; `cotside audit verify --head` proves later that "
            "nothing before it was changed."
        )
        st.code(str(verdict.head), language=None)
    else:
        st.error(
            f"The trail is BROKEN: {verdict.line}. Keep the database as it is, and compare it "
            "with an export or a backup.",
            icon=":material/error:",
        )


require(Permission.SEE_AUDIT)
st.header("Audit", anchor=False)
place_verification()
found = place_filter()
if not found:
    st.info("No entry fits.")
else:
    st.html(table_html(audit_table(found[:_SHOWN], subject_names(), zone())))
    if len(found) > _SHOWN:
        st.caption(f"The newest {_SHOWN} of more; narrow the choice, or export all.")
