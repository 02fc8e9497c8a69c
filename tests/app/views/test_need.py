from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from app.views.need import FALLS_AFTER_S, RISES_AFTER_S, Need, need_of, ranks, settle


def placed(history: list[tuple[float, dict[int, Need]]]) -> list[dict[int, int]]:
    settled, made = {}, []
    for now_s, needs in history:
        settled = settle(settled, needs, now_s)
        made.append(ranks(settled))
    return made


def test_the_gravest_of_state_and_advisories_is_the_need():
    assert need_of("good") is Need.NONE
    assert need_of("attention") is Need.BLIND
    assert need_of("attention", ["high"]) is Need.HIGH
    assert need_of("trouble", ["low"]) is Need.TROUBLE
    assert need_of("calm", ["low", "medium"]) is Need.MEDIUM


def test_a_first_look_is_ordered_at_once_and_equals_stay_in_the_order_of_the_ward():
    (first,) = placed([(0, {1: Need.NONE, 2: Need.TROUBLE, 3: Need.NONE, 4: Need.TROUBLE})])
    assert sorted(first, key=first.__getitem__) == [2, 4, 1, 3]


def test_a_flicker_moves_no_tile():
    calm = {1: Need.NONE, 2: Need.NONE}
    trouble = {1: Need.NONE, 2: Need.TROUBLE}
    history = [(2.0 * at, trouble if at % 4 == 1 else calm) for at in range(40)]
    assert {tuple(one.items()) for one in placed(history)} == {((1, 0), (2, 1))}


def test_a_need_that_stands_rises_soon_and_falls_late():
    calm, trouble = {1: Need.NONE, 2: Need.NONE}, {1: Need.NONE, 2: Need.TROUBLE}
    history = [(float(at), trouble if 5 <= at < 40 else calm) for at in range(120)]
    first_by_s = [one[2] == 0 for one in placed(history)]
    assert first_by_s.index(True) == 5 + RISES_AFTER_S
    assert 119 - first_by_s[::-1].index(True) == 40 + FALLS_AFTER_S - 1


@given(st.lists(st.sampled_from(list(Need)), min_size=2, max_size=60))
def test_a_tile_never_moves_twice_within_ten_seconds(needs: list[Need]):
    history = [(2.0 * at, {1: need, 2: Need.LOW}) for at, need in enumerate(needs)]
    order = placed(history)
    moves = [at for at, (one, other) in enumerate(pairwise(order), 1) if one != other]
    assert all(2.0 * (later - earlier) >= RISES_AFTER_S for earlier, later in pairwise(moves))


def test_a_cot_that_is_gone_is_forgotten():
    assert list(settle(settle({}, {1: Need.HIGH}, 0), {2: Need.LOW}, 1)) == [2]
