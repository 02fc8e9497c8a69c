"""Somebody who is signed in, without typing: a person, a visit, and the browser's cookie."""

from __future__ import annotations

import secrets

from app.permissions import Role, User
from app.signing_in.door import Door, hash_token
from db.audit import Actor
from db.engine import open_engine
from db.people import NewSignIn
from db.store import Store
from db.times import DAY_US, now_us
from pipeline.settings import PeopleSettings

SETUP = Actor("test")


def person(store: Store, name: str = "Ada", role: Role = Role.ADMINISTRATOR) -> User:
    """Return the person of that name, added when missing."""
    found = store.person_named(name)
    person_id = store.add_person(name, role.value, by=SETUP) if found is None else found.id
    return User(name, role, person_id)


def sign_in(store: Store, user: User) -> str:
    """Begin a visit of a person; return the cookie's value."""
    token = secrets.token_urlsafe(32)
    assert user.id is not None
    store.begin(NewSignIn(user.id, hash_token(token), now_us() + DAY_US), by=SETUP)
    return token


def cookie_for(database: str, role: Role = Role.ADMINISTRATOR) -> tuple[str, str]:
    """Sign somebody in to the database of a running dashboard; return the cookie's name, value."""
    engine = open_engine(database)
    store = Store(engine)
    try:
        token = sign_in(store, person(store, f"a {role.value}", role))
    finally:
        engine.dispose()
    return Door(store, PeopleSettings(), database).cookie, token
