"""Who looks at the page, and what they may do: what pages ask, in three calls.

A page does not have to guard its own display: ``app/main.py`` does, by the table in
``app/permissions.py``. What a page changes is guarded where it is changed, because a callback runs
before the page: ``require(Permission.X)`` is its first line.
"""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from app.components.session import watch_session
from app.permissions import Permission, Role, User
from app.signing_in.door import Visit
from app.state import current
from db import audit

__all__ = ["Permission", "Role", "User", "current_user", "may", "require"]

DEMO_ROLE = "demo_role"


def current_visit() -> Visit:
    """Return the visit of who looks at the page; the run ends here when it is over.

    The wall lets nobody in without one: this is for a visit that ends while the page is open.
    """
    door = current().door
    visit = door.visit(st.context.cookies.get(door.cookie))
    if visit is None or visit.must_choose_password:
        watch_session(is_over=True)
        st.info("You are signed out.")
        st.stop()
    return visit


def current_user() -> User:
    """Return who is signed in, in the demonstration with the role chosen there."""
    user = current_visit().user
    role = st.session_state.get(DEMO_ROLE) if current().is_demo else None
    return user if role is None else replace(user, role=Role(role))


def may(permission: Permission) -> bool:
    """Tell whether the visitor may do something; for what a page shows or leaves out."""
    return current_user().may(permission)


def require(permission: Permission) -> User:
    """Return the visitor; one who may not is told so in one line, and the run ends here."""
    user = current_user()
    if user.may(permission):
        return user
    _note_refusal(user, permission)
    st.error(
        f"You may not {permission.value}: your role is {user.role.value}. "
        "Ask an administrator if you need to.",
        icon=":material/lock:",
    )
    st.stop()


def _note_refusal(user: User, permission: Permission) -> None:
    """Write a refusal down, once for each permission and visit."""
    noted: set[Permission] = st.session_state.setdefault("refusals_noted", set())
    if permission in noted:
        return
    audit.note(
        current().engine,
        "refused",
        f"permission/{permission.name.lower()}",
        who=user.name,
        role=user.role.value,
    )
    noted.add(permission)
