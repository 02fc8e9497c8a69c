from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from app.signing_in import door as door_module
from app.signing_in import passwords
from app.signing_in.door import Door
from db import times
from db.lifecycle import open_database
from db.store import Store
from pipeline.settings import PeopleSettings
from tests.support.signing_in import SETUP, person

PASSWORD = "four calm words here"


class Clock:
    """The wall clock of the door and of what it stores, moved by hand."""

    def __init__(self) -> None:
        self.us = times.now_us()

    def __call__(self) -> int:
        return self.us


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(door_module, "now_us", made)
    monkeypatch.setattr("db.people.now_us", made)
    return made


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash with little work: what is tested here is not argon2's cost."""
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", quick)
    monkeypatch.setattr(passwords, "NOBODY_S_HASH", quick.hash("nobody"))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    engine = open_database(tmp_path / "cotside.db")
    yield Store(engine)
    engine.dispose()


@pytest.fixture
def door(store: Store, clock: Clock) -> Door:
    settings = PeopleSettings(idle_minutes=30, longest_hours=12, displays=["Wall"])
    return Door(store, settings, "cotside.db")


@pytest.fixture
def ada(store: Store) -> int:
    """Ada, an administrator, with the password."""
    user = person(store, "Ada")
    assert user.id is not None
    store.choose_password(user.id, passwords.hash_secret(PASSWORD), by=SETUP)
    return user.id
