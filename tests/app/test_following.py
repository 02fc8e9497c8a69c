from __future__ import annotations

from datetime import UTC

import numpy as np
import pytest

from app import following
from app.demo.fill import Plan, fill
from app.state import AppState
from db.times import MINUTE_US

END_US = 1_795_176_000_000_000
PLAN = Plan(cots=5, minutes=120, end_us=END_US, keypoint_minutes=0)
START_US = PLAN.start_us
SWAP_US = START_US + PLAN.swap * MINUTE_US


@pytest.fixture
def cots(state: AppState) -> list[int]:
    return fill(state.engine, PLAN)


def test_an_infant_keeps_its_series_when_it_changes_the_cot(state: AppState, cots: list[int]):
    third, fourth = cots[2:4]
    followed = following.follow(state.store, fourth, END_US)
    made = following.trends(state.store, followed, START_US, END_US)
    before = state.store.rollups(third, START_US, SWAP_US)
    after = state.store.rollups(fourth, SWAP_US, END_US)
    np.testing.assert_array_equal(
        made.starts_us, np.concatenate([before.minute_us, after.minute_us])
    )
    np.testing.assert_array_equal(
        made.quantity_t,
        np.concatenate([before.quantity_of_motion_mean, after.quantity_of_motion_mean]),
    )
    assert (np.diff(made.starts_us) > 0).all()
    assert following.lay_in(followed, SWAP_US - 1) == third
    assert following.lay_in(followed, SWAP_US) == fourth
    assert following.lay_in(followed, START_US - 1) is None


def test_the_move_is_marked_and_what_happened_in_the_other_cot_is_told(
    state: AppState, cots: list[int]
):
    followed = following.follow(state.store, cots[3], END_US)
    marks = following.marks(state.store, followed, (START_US, END_US), {cots[3]: "Cot 4"})
    assert [mark.text for mark in marks if mark.sign == "move"] == ["moved to Cot 4"]
    told = {event.cot_id for event in following.events(state.store, followed, START_US, END_US)}
    assert told <= {cots[2], cots[3]}


def test_of_a_cot_without_a_known_infant_only_what_came_after_the_last_one_is_shown(
    state: AppState, cots: list[int]
):
    infant = state.store.infant_in(cots[0], END_US)
    state.store.place_infant(infant.id, cots[4], from_us=SWAP_US)
    followed = following.follow(state.store, cots[0], END_US)
    assert followed.infant is None
    made = following.trends(state.store, followed, START_US, END_US)
    assert made.starts_us.min() >= SWAP_US
    assert following.own_usual(state.store, followed, (SWAP_US, END_US), UTC) == []


def test_a_span_before_everything_is_empty(state: AppState, cots: list[int]):
    followed = following.follow(state.store, cots[0], END_US)
    assert len(following.trends(state.store, followed, START_US - 10 * MINUTE_US, START_US)) == 0
