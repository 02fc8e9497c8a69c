"""Who is signed in, on every page: name and role, password, sign-out; the demonstration's roles."""

from __future__ import annotations

import streamlit as st

from app.components.session import watch_session
from app.people import DEMO_ROLE, current_user, current_visit
from app.permissions import Role
from app.state import current

_OWNER = "session_owner"
_DEMO_LINE = "Demonstration on this machine only: signed in by itself, nothing asks for a password."


def place_account() -> None:
    """Place the visitor's name with what belongs to it; nothing of a former visitor stays."""
    user, is_by_cookie = current_user(), current_visit().sign_in_id is not None
    _forget_former(user.id)
    if is_by_cookie:
        with st.container(width="content", key="session_watch"):
            watch_session()
    with st.popover(user.name, icon=":material/account_circle:", type="tertiary"):
        st.caption(f"Signed in as {user.role.value}.")
        if current().is_demo:
            _place_demonstration()
        elif is_by_cookie:
            _place_ways_out()


def _place_demonstration() -> None:
    st.caption(_DEMO_LINE)
    st.selectbox(
        "Look at it as",
        list(Role),
        key=DEMO_ROLE,
        format_func=str,
        index=None,
        placeholder=Role.CLINICIAN.value,
    )


def _place_ways_out() -> None:
    if current().settings.people.oidc is None:
        st.link_button("Change password", "/sign-in/password", icon=":material/key:")
    st.button("Sign out", on_click=_sign_out, icon=":material/logout:")


def _sign_out() -> None:
    current().door.sign_out(current_visit())


def _forget_former(person_id: int | None) -> None:
    """Empty what a page kept for somebody else whose browser tab this was."""
    if st.session_state.setdefault(_OWNER, person_id) != person_id:
        st.session_state.clear()
        st.session_state[_OWNER] = person_id
