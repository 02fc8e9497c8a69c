"""The erasure of an infant on its page: listed, confirmed by typing, done, proven."""

from __future__ import annotations

import streamlit as st

from app.people import Permission, require
from app.signing_in.door import actor
from app.state import current
from app.views.erasure import holdings_table, proof_json, proof_table
from app.views.tables import table_html
from db.erasure import ErasureReport, erase, fault_of_erasing, holdings
from db.errors import DatabaseError

_PROOF = "erasure_proof"
_FAULT = "erasure_fault"


def place_erasure(infant_id: int) -> None:
    """Place what would go and the field to confirm it."""
    listed = holdings(current().engine, infant_id)
    st.write("This would go for good. It cannot be undone.")
    st.html(table_html(holdings_table(listed)))
    if listed.beyond:
        st.write("This cannot be reached from here. Delete it where it lies:")
        for line in listed.beyond:
            st.text(f"• {line}")
    st.caption(
        "Deleted pages of the database are overwritten. Its log keeps older pages until it is "
        "overwritten too, at the latest when dashboard and monitor have ended once."
    )
    fault = fault_of_erasing(current().engine, infant_id)
    if fault is not None:
        st.warning(fault)
        return
    with st.form(f"erase_{infant_id}", border=False, enter_to_submit=False):
        st.text_input(f"To erase, type the pseudonym: {listed.pseudonym}", key=f"typed_{infant_id}")
        st.form_submit_button("Erase for good", on_click=_on_erase, args=(infant_id,))
    line = st.session_state.pop(_FAULT, None)
    if line:
        st.error(line)


def place_proof() -> None:
    """Place the report of the erasure just done, until another page is opened."""
    report: ErasureReport | None = st.session_state.get(_PROOF)
    if report is None:
        return
    with st.container(border=True):
        if report.complete:
            st.success("Erased. Nothing is left in the database, the kept video and the pictures.")
        else:
            left = ", ".join(report.files_left) or "rows of the database"
            st.error(f"Not all is gone: {left}. Delete these files, then keep this report.")
        st.html(table_html(proof_table(report)))
        st.download_button(
            "Keep this report",
            proof_json(report),
            file_name=f"cotside-erasure-{report.before.infant_id}.json",
            mime="application/json",
            on_click="ignore",
        )
        st.button("Done", on_click=lambda: st.session_state.pop(_PROOF))


def _on_erase(infant_id: int) -> None:
    by = actor(require(Permission.ERASE))
    state = current()
    try:
        report = erase(
            state.engine,
            infant_id,
            typed=st.session_state.get(f"typed_{infant_id}", ""),
            data_folder=state.settings.data_path,
            by=by,
        )
    except DatabaseError as error:
        st.session_state[_FAULT] = str(error)
    else:
        st.session_state[_PROOF] = report
        st.session_state["infant_open"] = None
