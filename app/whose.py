"""Whose film it is: told on the film's page, so that it is erased with its infant."""

from __future__ import annotations

import streamlit as st

from app.people import Permission, may, require
from app.signing_in.door import actor
from app.state import current
from db.schema import Recording

_UNKNOWN = 0


def place_whose(recording: Recording) -> None:
    """Place the choice of the infant, for those who may see and move infants."""
    names = _names()
    if not names:
        return
    st.selectbox(
        "Infant",
        list(names),
        index=list(names).index(recording.infant_id or _UNKNOWN),
        format_func=lambda infant_id: names[infant_id],
        key=_key(recording.id),
        on_change=_on_tell,
        args=(recording.id,),
        width=260,
        help="An erasure of the infant takes this film with it.",
    )


def choose_whose() -> int | None:
    """Place the choice of the infant whose films are to be reviewed; return it, None: not told."""
    names = _names()
    if not names:
        return None
    return (
        st.selectbox(
            "Infant",
            list(names),
            format_func=lambda infant_id: names[infant_id],
            key="review_infant",
            width=260,
            help="Whose films they are. An erasure of the infant takes them with it.",
        )
        or None
    )


def _names() -> dict[int, str]:
    """Return the infants by id, and one who is not told; none for who may not say whose it is."""
    if not (may(Permission.SEE_INFANTS) and may(Permission.EDIT_INFANTS)):
        return {}
    return {_UNKNOWN: "Not told", **{one.id: one.pseudonym for one in current().store.infants()}}


def _on_tell(recording_id: int) -> None:
    by = actor(require(Permission.EDIT_INFANTS))
    infant_id = st.session_state[_key(recording_id)]
    current().store.tell_infant(recording_id, infant_id or None, by=by)


def _key(recording_id: int) -> str:
    return f"whose_{recording_id}"
