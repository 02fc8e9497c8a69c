"""The Infants page: added, moved, gone, erased; by AppTest, as a person would."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.state import AppState, install
from app.views.infants import age_words, ages_of, day_number, postmenstrual_days
from db import audit
from db.audit import Actor
from db.erasure import erasing
from db.infants import InfantAges
from db.schema import Infant
from db.times import DAY_US, now_us
from tests.support.recorded import record

MAIN = Path(__file__).parents[2] / "app" / "main.py"
BY = Actor("Eva", "administrator")


def show(_state: AppState) -> AppTest:
    at = AppTest.from_file(str(MAIN), default_timeout=60).run()
    return at.switch_page("pages/infants.py").run()


def press(at: AppTest, label: str) -> AppTest:
    return next(button for button in at.button if button.label == label).click().run()


def fill(at: AppTest, pseudonym: str, **numbers: int) -> AppTest:
    at.text_input(key="infant_pseudonym").set_value(pseudonym)
    for name, value in numbers.items():
        at.number_input(key=f"infant_{name}").set_value(value)
    return at


def actions(state: AppState) -> list[str]:
    return [entry.action for entry in audit.entries(state.engine)]


def test_a_ward_without_infants_says_what_they_are_for(state: AppState):
    at = show(state)
    assert not at.exception
    assert "No infants yet" in at.info[0].value


def test_an_infant_is_added_with_both_ages_and_lies_in_its_cot(state: AppState):
    cot_id = state.store.add_cot("Cot 1")
    at = press(show(state), "Add an infant")
    fill(at, "P-014", born_weeks=28, born_days=4, age_weeks=31, age_days=2)
    at.selectbox(key="infant_cot_id").set_value(cot_id)
    press(at, "Add")
    assert not at.exception
    infant = state.store.infant_in(cot_id)
    assert infant is not None
    assert infant.pseudonym == "P-014"
    assert "31+2 weeks today, born at 28+4" in at.text[0].value
    assert at.success[0].value == "Added."
    assert actions(state)[:3] == ["viewed", "infant moved", "infant added"]


@pytest.mark.parametrize("pseudonym", ["Emma Smith", "2025-11-20", "MRN12345678", ""])
def test_what_may_name_somebody_is_not_stored(state: AppState, pseudonym: str):
    at = fill(press(show(state), "Add an infant"), pseudonym)
    press(at, "Add")
    assert at.error
    assert state.store.infants() == []


def test_ages_that_cannot_be_are_refused_with_the_reason(state: AppState):
    at = press(show(state), "Add an infant")
    press(fill(at, "P-1", born_weeks=31, age_weeks=28), "Add")
    assert "below the gestational age" in at.error[0].value
    press(fill(at, "P-1", born_weeks=80, age_weeks=80), "Add")
    assert "cannot be" in at.error[0].value
    assert state.store.infants() == []


def test_the_postmenstrual_age_rises_by_the_day_and_no_birthday_is_kept():
    zone = __import__("datetime").UTC
    today = day_number(now_us(), zone)
    ages = ages_of(28 * 7 + 4, 31 * 7 + 2, today)
    assert isinstance(ages, InfantAges)
    infant = Infant(pseudonym="P-1", **ages._asdict())
    shown = [age_words(postmenstrual_days(infant, today + day) or 0) for day in (0, 4, 5, 12)]
    assert shown == ["31+2", "31+6", "32+0", "33+0"]
    assert day_number(now_us() + DAY_US, zone) == today + 1


def test_an_infant_is_moved_keeps_its_movement_and_leaves(state: AppState):
    first, second = state.store.add_cot("Cot 1"), state.store.add_cot("Cot 2")
    record(state, first, now_us(), minutes=10)
    infant = state.store.add_infant("P-1")
    state.store.place_infant(infant, first, from_us=now_us() - 20 * 60_000_000)
    at = press(show(state), "Open")
    at.selectbox(key=f"infant_move_{infant}").set_value(second).run()
    assert not at.exception
    assert "stays with this infant" in at.success[0].value
    assert at.get("bidi_component")  # the movement recorded in the first cot is still drawn
    assert state.store.infant_in(second) is not None
    press(at, "It has left")
    assert state.store.infant_in(second) is None
    assert {"infant moved", "stay ended", "viewed"} <= set(actions(state))


@pytest.fixture
def left(state: AppState, monkeypatch: pytest.MonkeyPatch) -> int:
    """An infant who has left, with three minutes recorded."""
    monkeypatch.setattr(erasing, "SETTLES_AFTER_US", 0)
    cot_id = state.store.add_cot("Cot 1")
    record(state, cot_id, now_us())
    infant = state.store.add_infant("P-1")
    state.store.place_infant(infant, cot_id, from_us=now_us() - 20 * 60_000_000)
    state.store.end_stay(infant, by=BY)
    return infant


def test_an_erasure_is_listed_confirmed_by_typing_done_and_proven(state: AppState, left: int):
    at = press(show(state), "Open")
    markup = "".join(one.proto.body for one in at.get("html"))
    assert "Keypoint chunks" in markup
    at.text_input(key=f"typed_{left}").set_value("P-2")
    press(at, "Erase for good")
    assert "nothing was erased" in at.error[0].value
    assert state.store.infants()
    at.text_input(key=f"typed_{left}").set_value("P-1")
    press(at, "Erase for good")
    assert not at.exception
    assert at.success[0].value.startswith("Erased.")
    assert state.store.infants() == []
    assert actions(state)[0] == "infant erased"
    assert "P-1" not in "".join(one.proto.body for one in at.get("html"))
    press(at, "Done")
    assert not at.success


def test_only_administrators_are_offered_an_erasure(state: AppState, left: int):
    from dataclasses import replace

    from app.permissions import Role, User

    install(replace(state, assumed_user=User("Ben", Role.CLINICIAN)))
    at = press(show(state), "Open")
    assert not at.exception
    assert not [button for button in at.button if button.label == "Erase for good"]
