"""People: who may sign in, and as what."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from app.page import zone
from app.people import Permission, Role, current_user, require
from app.signing_in.door import actor, code_for_a_day
from app.state import current
from app.views.people import last_seen, permission_table, role_words, state_words
from app.views.tables import table_html
from db.errors import DatabaseError
from db.people_schema import Person

_SAID = "people_said"


def has_service() -> bool:
    """Tell whether a sign-in service vouches for people, so that nobody needs a code."""
    return current().settings.people.oidc is not None


def on_add() -> None:
    """Add somebody as typed."""
    by = actor(require(Permission.MANAGE_PEOPLE))
    name, role = st.session_state["people_name"], st.session_state["people_role"]
    code, kept = code_for_a_day()
    given = None if has_service() else kept
    try:
        current().store.add_person(name, Role(role).value, by=by, code=given)
    except DatabaseError as error:
        say("error", str(error))
        return
    st.session_state["people_name"] = ""
    if given is None:
        say("success", f"{name} can sign in now.")
    else:
        say("code", code, name)


def on_role(person_id: int) -> None:
    """Give somebody the role chosen."""
    by = actor(require(Permission.MANAGE_PEOPLE))
    chosen = st.session_state[f"people_role_{person_id}"]
    act(lambda: current().store.set_role(person_id, Role(chosen).value, by=by), "The role holds.")


def on_disable(person_id: int) -> None:
    """Shut somebody out."""
    by = actor(require(Permission.MANAGE_PEOPLE))
    act(lambda: current().store.disable(person_id, by=by), "Disabled, and signed out everywhere.")


def on_enable(person_id: int) -> None:
    """Let somebody in again."""
    by = actor(require(Permission.MANAGE_PEOPLE))
    act(lambda: current().store.enable(person_id, by=by), "Enabled again.")


def on_reset(person: Person) -> None:
    """Take a password away for a one-time code."""
    by = actor(require(Permission.MANAGE_PEOPLE))
    code, kept = code_for_a_day()
    if act(lambda: current().store.reset(person.id, kept, by=by), ""):
        say("code", code, person.name)


def act(change: Callable[[], None], done: str) -> bool:
    """Make a change, say how it went, and let everybody be looked up anew."""
    try:
        change()
    except DatabaseError as error:
        say("error", str(error))
        return False
    current().door.forget()
    say("success", done)
    return True


def say(kind: str, line: str, name: str = "") -> None:
    """Keep what is to be said at the next display."""
    st.session_state[_SAID] = (kind, line, name)


def place_said() -> None:
    """Place what the last change has to say, once: a code is never shown again."""
    kind, line, name = st.session_state.pop(_SAID, ("", "", ""))
    if kind == "error":
        st.error(line)
    elif kind == "success":
        st.success(line)
    elif kind == "code":
        with st.container(border=True):
            st.write(f"**{name.translate(_PLAIN)}** signs in with this one-time code.")
            st.code(line, language=None)
            st.caption("It is good for a day and shown here only once. Hand it over yourself.")


def place_person(person: Person) -> None:
    """Place one person with what can be changed."""
    is_me = person.id == current_user().id
    with st.container(border=True):
        name, state, role, more = st.columns([2.4, 2.2, 1.6, 1.2], vertical_alignment="center")
        name.text(person.name + (" (you)" if is_me else ""))
        with state.container(gap=None):
            st.text(state_words(person))
            st.caption(last_seen(person, zone()))
        role.selectbox(
            "Role",
            [one.value for one in Role],
            index=list(Role).index(Role(person.role)),
            key=f"people_role_{person.id}",
            on_change=on_role,
            args=(person.id,),
            label_visibility="collapsed",
            disabled=is_me,
        )
        with more.popover("Change", width="stretch", disabled=is_me):
            place_changes(person)


def place_changes(person: Person) -> None:
    """Place the changes that end somebody's sign-ins."""
    if person.disabled_us is not None:
        st.button("Enable", key=f"enable_{person.id}", on_click=on_enable, args=(person.id,))
        return
    if not has_service():
        st.caption("Takes the password away; a one-time code is shown.")
        st.button("New one-time code", key=f"reset_{person.id}", on_click=on_reset, args=(person,))
    st.caption("Signs out at once, everywhere; nothing else is lost.")
    st.button("Disable", key=f"disable_{person.id}", on_click=on_disable, args=(person.id,))


def place_form() -> None:
    """Place the form for somebody new."""
    st.subheader("Add somebody", anchor=False)
    with st.form("people_add", border=True):
        name, role, add = st.columns([2, 3, 1], vertical_alignment="bottom")
        name.text_input(
            "Name",
            key="people_name",
            max_chars=80,
            help="As the sign-in service calls them." if has_service() else None,
        )
        role.selectbox(
            "Role",
            [one.value for one in Role],
            key="people_role",
            format_func=lambda value: role_words(Role(value)),
        )
        add.form_submit_button("Add", type="primary", on_click=on_add, width="stretch")


_PLAIN = str.maketrans({sign: f"\\{sign}" for sign in r"\`*_{}[]()#+-.!|<>$~:"})

require(Permission.MANAGE_PEOPLE)
st.header("People", anchor=False)
place_said()
for someone in current().store.people():
    place_person(someone)
place_form()
with st.expander("What each role may do"):
    st.html(table_html(permission_table()))
