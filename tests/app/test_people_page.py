"""The People and Audit pages, by AppTest."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.permissions import Role
from app.signing_in.door import Admitted, Door
from app.state import AppState
from db import audit
from db.engine import local_file
from pipeline.settings import PeopleSettings
from tests.support.signing_in import person

MAIN = Path(__file__).parents[2] / "app" / "main.py"


def show(page: str) -> AppTest:
    at = AppTest.from_file(str(MAIN), default_timeout=60).run()
    return at.switch_page(f"pages/{page}.py").run()


def press(at: AppTest, label: str) -> AppTest:
    return next(button for button in at.button if button.label == label).click().run()


@pytest.fixture
def ben(state: AppState) -> int:
    """A clinician, and an administrator beside him."""
    person(state.store, "Eva", Role.ADMINISTRATOR)
    user = person(state.store, "Ben", Role.CLINICIAN)
    assert user.id is not None
    return user.id


def test_somebody_is_added_and_the_code_is_shown_once_and_works(state: AppState, ben: int):
    at = show("people")
    at.text_input(key="people_name").set_value("Cleo *bold*")
    at.selectbox(key="people_role").set_value("reviewer")
    press(at, "Add")
    assert not at.exception
    code = at.code[0].value
    door = Door(state.store, PeopleSettings(), "x")
    assert isinstance(door.sign_in("cleo *bold*", code), Admitted)
    assert not at.run().code


def test_a_name_that_is_taken_is_refused(state: AppState, ben: int):
    at = show("people")
    at.text_input(key="people_name").set_value("BEN")
    press(at, "Add")
    assert "already" in at.error[0].value


def test_a_role_is_given_and_noted_with_the_one_before(state: AppState, ben: int):
    at = show("people")
    at.selectbox(key=f"people_role_{ben}").set_value("viewer").run()
    assert state.store.person(ben).role == "viewer"
    entry = audit.entries(state.engine, action="role changed")[0]
    assert audit.detail_of(entry) == {"before": "clinician", "after": "viewer"}
    assert (entry.who, entry.role) == ("Ada", "administrator")


def test_somebody_is_disabled_and_enabled(state: AppState, ben: int):
    at = show("people")
    at.button(key=f"disable_{ben}").click().run()
    assert state.store.person(ben).disabled_us is not None
    at.button(key=f"enable_{ben}").click().run()
    assert state.store.person(ben).disabled_us is None


def test_the_last_administrator_stays(state: AppState, ben: int):
    eva = state.store.person_named("Eva")
    assert eva is not None
    at = show("people")
    at.button(key=f"disable_{eva.id}").click().run()
    assert "last administrator" in at.error[0].value
    assert state.store.person(eva.id).disabled_us is None


def test_the_audit_page_shows_filters_and_verifies_the_trail(state: AppState, ben: int):
    at = show("audit")
    assert not at.exception
    markup = "".join(one.proto.body for one in at.get("html"))
    assert "Person added" in markup
    assert "(Ben)" in markup
    press(at, "Verify now")
    assert "The trail is whole: 2 entries" in at.success[0].value


def test_the_audit_page_names_the_first_broken_entry(state: AppState, ben: int):
    file = local_file(state.engine)
    assert file is not None
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(
            "DROP TRIGGER audit_no_update; UPDATE audit SET who = 'eve' WHERE number = 2"
        )
    at = press(show("audit"), "Verify now")
    assert "BROKEN: entry 2 was changed" in at.error[0].value


def test_a_page_that_is_looked_at_again_is_noted_once_an_hour(state: AppState):
    state.store.add_cot("Cot 1")
    at = show("cot")
    at.run()
    at.run()
    assert [entry.action for entry in audit.entries(state.engine)] == ["viewed"]
