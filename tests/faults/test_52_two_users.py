"""FAULTS 52: two users share no state."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from streamlit.testing.v1 import AppTest

from app.permissions import Role, User
from app.state import AppState, install

MAIN = Path(__file__).parents[2] / "app" / "main.py"
ADA = User("Ada", Role.ADMINISTRATOR, 1)
BEN = User("Ben", Role.CLINICIAN, 2)


@contextmanager
def looking(state: AppState, user: User) -> Iterator[None]:
    """Let pages be run for a user, as their cookie does."""
    install(replace(state, assumed_user=user))
    try:
        yield
    finally:
        install(state)


def test_what_one_does_another_does_not_see(state: AppState):
    with looking(state, ADA):
        ada = AppTest.from_file(str(MAIN), default_timeout=60).run()
        ada.switch_page("pages/infants.py").run()
        next(button for button in ada.button if button.label == "Add an infant").click().run()
        assert ada.session_state["infant_open"] == "new"
    with looking(state, BEN):
        ben = AppTest.from_file(str(MAIN), default_timeout=60).run()
        ben.switch_page("pages/infants.py").run()
        assert "infant_open" not in ben.session_state
        assert not ben.text_input


def test_a_tab_that_another_takes_over_begins_anew(state: AppState):
    with looking(state, ADA):
        tab = AppTest.from_file(str(MAIN), default_timeout=60).run()
        tab.session_state["kept"] = "what Ada did"
        tab.run()
        assert "kept" in tab.session_state
    with looking(state, BEN):
        tab.run()
        assert not tab.exception
        assert "kept" not in tab.session_state


def test_what_all_share_holds_nothing_of_a_visitor(state: AppState):
    with looking(state, ADA):
        before = {name: id(value) for name, value in vars(state).items()}
        AppTest.from_file(str(MAIN), default_timeout=60).run()
        after = {name: id(value) for name, value in vars(state).items()}
    assert {name: after[name] for name in before} == before
    assert set(after) - set(before) <= {"door"}
