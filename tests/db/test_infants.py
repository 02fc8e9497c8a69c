"""Infants come, move and go; what was recorded of them stays theirs."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from sqlalchemy import Engine

from db import audit, infants, ward
from db.audit import Actor
from db.errors import NotFound, RowRejected
from db.infants import InfantAges
from db.store import Store
from db.times import MINUTE_US

BY = Actor("ada", "clinician")
START_US = 30_000_000 * MINUTE_US


@dataclass
class Clock:
    us: int = START_US

    def __call__(self) -> int:
        return self.us


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    for module in (infants, ward):
        monkeypatch.setattr(module, "now_us", made)
    return made


@pytest.fixture
def two_cots(store: Store) -> tuple[int, int]:
    return store.add_cot("A"), store.add_cot("B")


def lain(store: Store, infant_id: int) -> list[tuple[int, int, int | None]]:
    return [(one.cot_id, one.from_us, one.to_us) for one in store.stays(infant_id=infant_id)]


def test_where_an_infant_lay_is_kept_when_it_moves_and_who_lay_there_makes_room(
    store: Store, two_cots: tuple[int, int], clock: Clock
):
    a, b = two_cots
    ada = store.admit_infant("P-1", InfantAges(200, 20_000), cot_id=a, by=BY)
    ben = store.admit_infant("P-2", InfantAges(), cot_id=b, by=BY)
    clock.us += 3 * MINUTE_US
    store.move_infant(ada, b, by=BY)
    clock.us += 2 * MINUTE_US
    store.end_stay(ada, by=BY)
    moved_us, left_us = START_US + 3 * MINUTE_US, START_US + 5 * MINUTE_US
    assert lain(store, ada) == [(a, START_US, moved_us), (b, moved_us, left_us)]
    assert lain(store, ben) == [(b, START_US, moved_us)]


def test_every_step_is_in_the_audit_trail_without_the_pseudonym(
    engine: Engine, store: Store, two_cots: tuple[int, int], clock: Clock
):
    ada = store.admit_infant("P-1", InfantAges(200), cot_id=two_cots[0], by=BY)
    store.move_infant(ada, two_cots[1], by=BY)
    store.move_infant(ada, two_cots[1], by=BY)  # lies there already
    store.correct_ages(ada, InfantAges(201, 20_000), by=BY)
    store.end_stay(ada, by=BY)
    entries = list(reversed(audit.entries(engine)))
    assert [entry.action for entry in entries] == [
        "infant added",
        "infant moved",
        "infant moved",
        "infant's ages corrected",
        "stay ended",
    ]
    assert {entry.subject for entry in entries} == {f"infant/{ada}"}
    assert not [entry for entry in entries if "P-1" in entry.detail]
    assert store.infant(ada).gestational_age_days == 201


def test_a_pseudonym_is_given_once(store: Store, two_cots: tuple[int, int]):
    store.admit_infant("P-1", InfantAges(), cot_id=None, by=BY)
    with pytest.raises(RowRejected, match="already"):
        store.admit_infant("P-1", InfantAges(), cot_id=two_cots[0], by=BY)
    assert store.infant_in(two_cots[0]) is None


def test_nobody_is_laid_where_nothing_is(store: Store, two_cots: tuple[int, int]):
    ada = store.admit_infant("P-1", InfantAges(), cot_id=None, by=BY)
    with pytest.raises(NotFound):
        store.move_infant(ada, 99, by=BY)
    store.remove_cot(two_cots[1])
    with pytest.raises(RowRejected, match="no longer watched"):
        store.move_infant(ada, two_cots[1], by=BY)
    with pytest.raises(NotFound):
        store.infant(99)
