"""Who looks at the page, and what they may do: what pages ask, in three calls.

A page does not have to guard its own display: ``app/main.py`` does, by the table in
``app/permissions.py``. What a page changes is guarded where it is changed, because a callback runs
before the page: ``require(Permission.X)`` is its first line.
"""

from __future__ import annotations

import streamlit as st

from app.permissions import Permission, Role, User
from app.state import current
from db import audit

__all__ = ["Permission", "Role", "User", "current_user", "may", "require"]


def current_user() -> User:
    """Return who is signed in."""
    return current().assumed_user


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
