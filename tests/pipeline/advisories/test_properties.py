"""What must hold for any order of facts, ticks and restarts."""

from __future__ import annotations

from random import Random
from typing import Any, NamedTuple

from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.advisories import CotNow, Facts, Minute, WardNow, kinds
from pipeline.advisories.engine import Orders
from pipeline.types import FrameFlag
from tests.support.advising import COT, MINUTE, T0, S, Ward

ALL = [kind.name for kind in kinds()]
RUNS = settings(max_examples=40, deadline=None)
POSTURES = [None, "prone", "supine", "left"]
FLAGS = [FrameFlag.NONE, FrameFlag.FROZEN, FrameFlag.CAMERA_MOVED, FrameFlag.LENS_COVERED]
STATES = ["live", "live", "live", "offline", "stalled", "starting"]
# A number a step: the step is made from it, so that long stories are cheap to draw and to shrink.
SEEDS = st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=40)


def story_of(seeds: list[int]) -> list[Step]:
    steps, now_us, next_minute = [], T0, 0
    for seed in seeds:
        dice = Random(seed)
        now_us += dice.choice([1, 1, 3, 5, 20, 61, 1900]) * S
        figures = _figures(dice)
        minutes = []
        for _ in range(dice.choice([0, 0, 1, 3, 12, 40, 100])):
            next_minute += dice.choice([1] * 60 + [5, 30])
            minutes.append(Minute(T0 + next_minute * MINUTE, **figures))
        cot = dice.choice([None, *[CotNow(dice.choice(STATES), "line", dice.choice(FLAGS))] * 4])
        ward = WardNow(
            monitoring=dice.choice([None, True, False]),
            writer=dice.choice([None, "ok", "disk_full"]),
            disk_free=dice.choice([None, 0.5, 0.06, 0.01]),
            model_trouble=dice.choice([None, "", "on the CPU"]),
        )
        is_there = dice.random() > 0.05
        facts = Facts(ward, {COT: cot}, {COT: minutes}) if is_there else Facts(ward)
        paused = frozenset({COT}) if dice.random() < 0.2 else frozenset()
        steps.append(Step(now_us, facts, paused, dice.random() < 0.3))
    return steps


def _figures(dice: Random) -> dict[str, Any]:
    return {
        "coverage": dice.choice([0.1, 0.9, 0.9]),
        "quantity_of_motion": dice.choice([None, 0.0, 0.3, 0.9, 2.0]),
        "moving_s": dice.choice([None, 0.0, 0.0, 5.0, 40.0]),
        "symmetry": dice.choice([None, 0.0, 0.45, 0.9, -0.9]),
        "posture": dice.choice(POSTURES),
        "handled_s": dice.choice([None, 0.0, 20.0, 60.0]),
        "unseen": dice.choice([None, 0.0, 0.6, 1.0]),
    }


class Step(NamedTuple):
    """One step of a ward; ``is_heeded``: what is open then is acknowledged."""

    now_us: int
    facts: Facts
    paused: frozenset[int]
    is_heeded: bool


def tell(story: list[Step], handovers: frozenset[int] = frozenset()) -> Ward:
    """Run a story; some of what is open is acknowledged on the way."""
    ward, acknowledged = Ward(ALL), {}
    for number, step in enumerate(story):
        if number in handovers:
            ward.hand_over()
        if step.is_heeded:
            acknowledged = {raised.key: step.now_us for raised in ward.open}
        ward.take(step.now_us, step.facts, Orders({}, acknowledged, step.paused))
    return ward


@RUNS
@given(SEEDS, st.frozensets(st.integers(0, 39)))
def test_the_same_facts_give_the_same_history_whoever_carries_on(seeds, handovers):
    story = story_of(seeds)
    straight, handed_over = tell(story), tell(story, handovers)
    assert handed_over.history == straight.history
    assert handed_over.open == straight.open


@RUNS
@given(SEEDS, st.integers(0, 5000))
@example([391, 182], 0)  # raised, then not assessable, within one step
def test_a_restart_at_any_step_keeps_what_is_open_to_the_last_detail(seeds, away_s):
    ward = tell(story_of(seeds))
    before = sorted(ward.open, key=lambda raised: raised.key)
    ward.restart(story_of(seeds)[-1].now_us + away_s * S)
    assert sorted(ward.open, key=lambda raised: raised.key) == before


@RUNS
@given(SEEDS)
def test_what_the_rows_say_is_open_is_what_is_open(seeds):
    ward = tell(story_of(seeds))
    kept = {row.key for row in ward.rows.values() if row.closed_us is None}
    assert kept == {raised.key for raised in ward.open}


@RUNS
@given(SEEDS)
def test_every_history_begins_with_raised_and_ends_at_most_once(seeds):
    by_key: dict[str, list[str]] = {}
    for change in tell(story_of(seeds)).history:
        by_key.setdefault(change.raised.key, []).append(change.what)
    for told in by_key.values():
        assert told[0] == "raised"
        assert told.count("raised") == 1
        assert "closed" not in told[:-1]


@RUNS
@given(
    st.lists(st.integers(1, 5), min_size=4, max_size=30),
    st.frozensets(st.integers(0, 29)),
    st.integers(1, 300),
)
def test_no_advisory_is_lost_whatever_the_ticks_and_restarts(gaps_s, restarts, away_s):
    """The camera is away throughout: 20 s after the last restart it stands, raised once."""
    ward, now_us = Ward(["camera_offline"]), T0
    for number, gap_s in enumerate([*gaps_s, 5, 5, 5, 5]):
        now_us += gap_s * S
        if number in restarts and number < len(gaps_s):
            now_us += away_s * S
            ward.restart(now_us)
        ward.step(now_us, CotNow("offline", "away"))
    assert [change.what for change in ward.history if change.what != "announced"] == ["raised"]
    assert len(ward.open) == 1


@RUNS
@given(st.lists(st.floats(0.8, 0.999), min_size=1, max_size=60), st.booleans())
def test_nothing_happens_inside_the_hysteresis(values, is_raised):
    ward = Ward(["unusually_vigorous"])
    before = [3.0 if is_raised else 0.0] * 12
    for number, value in enumerate([*before, *values]):
        one = Minute(T0 + number * MINUTE, 1.0, value)
        told = ward.step(one.start_us + MINUTE + 3 * S, minutes=[one])
        if number >= len(before):
            assert told == []
    assert len(ward.open) == is_raised


@RUNS
@given(SEEDS, st.integers(1, 200))
def test_minutes_that_cannot_be_assessed_raise_and_close_nothing_of_movement(seeds, count):
    story = story_of(seeds)
    names = [kind.name for kind in kinds() if kind.family == "movement"]
    ward = Ward(names)
    for now_us, facts, _, _ in story[:15]:
        ward.take(now_us, Facts(facts.ward, {COT: None}, facts.minutes))
    before = {raised.key for raised in ward.open}
    last_us = max((watch.seen_us or T0 for watch in ward.engine.watches.values()), default=T0)
    blank = [Minute(last_us + number * MINUTE) for number in range(count)]
    for one in blank:
        ward.take(T0 + 10**13, Facts(cots={COT: None}, minutes={COT: [one]}))
    assert {raised.key for raised in ward.open} == before
