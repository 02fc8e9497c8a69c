from __future__ import annotations

from pipeline.advisories import CotNow, Facts, WardNow, kind_named
from pipeline.advisories.engine import WARD, Orders
from tests.support.advising import COT, GOOD, LIVE, MINUTE, T0, S, Ward, minute

AWAY = CotNow("offline", "nobody answers")
STILL = {"moving_s": 0.0}
UNSEEN = {"coverage": 0.2, "quantity_of_motion": None, "moving_s": None, "symmetry": None}


def ticks(ward: Ward, from_s: int, to_s: int, cot: CotNow | None = AWAY, **more: object):
    told = []
    for second in range(from_s, to_s):
        told += ward.step(T0 + second * S, cot, **more)  # type: ignore[arg-type]
    return told


def settings(kind: str, place: int = COT, **values: object) -> Orders:
    made = kind_named(kind).settings.model_validate(values)
    return Orders({(place, kind): made})


def test_a_cause_is_raised_once_it_has_lasted_and_not_before():
    ward = Ward(["camera_offline"])
    assert ticks(ward, 0, 15) == []
    assert ticks(ward, 15, 16) == ["camera_offline raised"]
    (raised,) = ward.open
    assert raised.onset_us == T0
    assert raised.words == "nobody answers"


def test_it_is_closed_once_the_cause_has_been_away_for_its_time():
    ward = Ward(["camera_offline"])
    ticks(ward, 0, 20)
    assert ticks(ward, 20, 29, LIVE) == []
    assert ticks(ward, 29, 31, LIVE) == ["camera_offline closed"]
    assert ward.open == []


def test_a_short_return_does_not_close_it():
    ward = Ward(["camera_offline"])
    ticks(ward, 0, 20)
    told = []
    for start in range(20, 200, 10):
        told += ticks(ward, start, start + 8, LIVE) + ticks(ward, start + 8, start + 10, AWAY)
    assert told == []
    assert len(ward.open) == 1


def test_time_between_looks_far_apart_is_unknown_not_away():
    ward = Ward(["camera_offline"])
    ward.step(T0, AWAY)
    assert ward.step(T0 + 600 * S, AWAY) == []


def test_still_needs_its_whole_time_well_seen():
    ward = Ward(["still_for_long"])
    assert ward.feed(minute(n, **STILL) for n in range(29)) == []
    assert ward.feed([minute(29, **STILL)]) == ["still_for_long raised"]
    assert ward.open[0].onset_us == T0


def test_what_cannot_be_assessed_is_never_read_as_still():
    ward = Ward(["still_for_long", "position_unchanged", "prone", "one_side_moves_less"])
    assert ward.feed(minute(n, **UNSEEN) for n in range(600)) == []


def test_what_cannot_be_assessed_is_never_read_as_all_is_well():
    ward = Ward(["still_for_long"])
    ward.feed(minute(n, **STILL) for n in range(30))
    told = ward.feed(minute(n, **UNSEEN) for n in range(30, 300))
    assert told == []
    assert not ward.open[0].is_known
    assert ward.feed(minute(n) for n in (300, 301)) == ["still_for_long closed"]


def test_some_minutes_unseen_delay_it_many_begin_it_anew():
    few, many = Ward(["still_for_long"]), Ward(["still_for_long"])
    some = [minute(n, **(UNSEEN if 10 <= n < 17 else STILL)) for n in range(37)]
    assert few.feed(some[:36]) == []
    assert few.feed(some[36:]) == ["still_for_long raised"]
    lots = [minute(n, **(UNSEEN if 10 <= n < 18 else STILL)) for n in range(48)]
    assert many.feed(lots[:47]) == []
    assert many.feed(lots[47:]) == ["still_for_long raised"]
    assert many.open[0].onset_us == T0 + 18 * MINUTE


def test_no_flapping_inside_the_hysteresis():
    ward = Ward(["unusually_vigorous"])
    ward.feed(minute(n, quantity_of_motion=1.2) for n in range(10))
    values = [0.85, 0.99, 1.3, 0.81, 1.01]
    assert ward.feed(minute(n, quantity_of_motion=values[n % 5]) for n in range(10, 60)) == []
    assert ward.feed(minute(n, quantity_of_motion=0.7) for n in (60, 61)) == [
        "unusually_vigorous closed"
    ]


def test_another_position_begins_its_time_anew():
    ward = Ward(["position_unchanged"])
    ward.feed(minute(n, posture="supine") for n in range(200))
    assert ward.feed(minute(n, posture="left") for n in range(200, 400)) == []
    ward.feed(minute(n, posture="left") for n in range(400, 440))
    (raised,) = ward.open
    assert raised.onset_us == T0 + 200 * MINUTE
    assert "left" in raised.words
    assert ward.feed(minute(n, posture="supine") for n in (440, 441)) == [
        "position_unchanged closed"
    ]


def test_the_sides_are_told_apart():
    ward = Ward(["one_side_moves_less"])
    ward.feed(minute(n, symmetry=0.7 if n % 2 else -0.7) for n in range(60))
    assert ward.open == []
    ward.feed(minute(n, symmetry=-0.7) for n in range(60, 90))
    assert "left" in ward.open[0].words


def test_a_latching_one_stays_until_it_is_acknowledged():
    ward = Ward(["camera_moved"])
    moved = CotNow("live", flags=kind_flag("CAMERA_MOVED"))
    assert ticks(ward, 0, 2, moved) == ["camera_moved raised"]
    assert ticks(ward, 2, 20, LIVE) == ["camera_moved gone"]
    assert ticks(ward, 20, 300, LIVE) == []
    key = ward.open[0].key
    orders = Orders(acknowledged={key: T0 + 299 * S})
    assert ticks(ward, 300, 301, LIVE, orders=orders) == ["camera_moved closed"]


def kind_flag(name: str):
    from pipeline.types import FrameFlag

    return FrameFlag[name]


def test_a_latching_one_that_was_acknowledged_closes_with_its_cause():
    ward = Ward(["camera_moved"])
    moved = CotNow("live", flags=kind_flag("CAMERA_MOVED"))
    ticks(ward, 0, 2, moved)
    orders = Orders(acknowledged={ward.open[0].key: T0 + 2 * S})
    assert ticks(ward, 2, 20, LIVE, orders=orders) == ["camera_moved closed"]


def test_it_is_told_again_while_it_lasts_and_wants_to_be_seen_to_again():
    ward = Ward(["camera_offline"])
    ticks(ward, 0, 16)
    orders = Orders(acknowledged={ward.open[0].key: T0 + 60 * S})
    assert ticks(ward, 60, 1860, orders=orders) == []
    assert ward.open[0].unheeded_us is None
    assert ticks(ward, 1860, 1862, orders=orders) == ["camera_offline announced"]
    assert ward.open[0].announcements == 2
    assert ward.open[0].unheeded_us == T0 + 1860 * S


def test_nothing_is_told_again_while_nobody_knows():
    ward = Ward(["still_for_long"])
    ward.feed(minute(n, **STILL) for n in range(30))
    told = ward.feed(minute(n, **UNSEEN) for n in range(30, 200))
    assert told == []


def test_unheeded_it_becomes_more_urgent_once():
    ward = Ward(["still_for_long"])
    told = ward.feed(minute(n, **STILL) for n in range(60))
    assert told == ["still_for_long raised", "still_for_long escalated"]
    assert ward.open[0].priority.word == "high"


def test_acknowledged_it_does_not_become_more_urgent():
    ward = Ward(["still_for_long"])
    ward.feed(minute(n, **STILL) for n in range(31))
    orders = Orders(acknowledged={ward.open[0].key: ward.open[0].raised_us + S})
    assert ward.feed((minute(n, **STILL) for n in range(31, 80)), orders) == []


def test_a_pause_holds_back_and_loses_nothing():
    ward = Ward(["camera_offline"])
    paused = Orders(paused=frozenset({COT}))
    assert ticks(ward, 0, 120, orders=paused) == []
    assert ticks(ward, 120, 121) == ["camera_offline raised"]
    assert ward.open[0].onset_us == T0


def test_what_came_and_went_in_a_pause_is_not_told():
    ward = Ward(["camera_offline"])
    paused = Orders(paused=frozenset({COT}))
    ticks(ward, 0, 60, orders=paused)
    ticks(ward, 60, 80, LIVE, orders=paused)
    assert ticks(ward, 80, 100, LIVE) == []


def test_not_monitoring_can_be_neither_paused_nor_switched_off():
    ward = Ward(["not_monitoring"])
    orders = Orders(
        settings("not_monitoring", WARD, enabled=False).settings, paused=frozenset({COT, WARD})
    )
    told = []
    for second in range(6):
        told += ward.take(T0 + second * S, Facts(WardNow(monitoring=False)), orders)
    assert told == ["not_monitoring raised"]


def test_switched_off_it_is_closed_and_stays_so():
    ward = Ward(["camera_offline"])
    ticks(ward, 0, 20)
    off = settings("camera_offline", enabled=False)
    assert ticks(ward, 20, 21, orders=off) == ["camera_offline closed"]
    assert ticks(ward, 21, 60, orders=off) == []
    assert ticks(ward, 60, 74) == []
    assert ticks(ward, 74, 76) == ["camera_offline raised"]


def test_a_cot_taken_away_closes_what_it_has():
    ward = Ward(["camera_offline"])
    ticks(ward, 0, 20)
    assert ward.take(T0 + 21 * S, Facts(GOOD)) == ["camera_offline closed"]
    assert ward.engine.watches == {}


def test_a_clock_set_back_or_forth_bends_no_duration():
    for jump_us in (-3600 * S, 3600 * S):
        ward = Ward(["camera_offline"])
        ticks(ward, 0, 10)
        ward.engine.shift(jump_us)
        told = [ward.step(T0 + jump_us + second * S, AWAY) for second in range(10, 16)]
        assert told[:-1] == [[]] * 5
        assert told[-1] == ["camera_offline raised"]


def test_a_clock_set_back_during_a_restart_blinds_nothing():
    ward = Ward(["camera_offline"])
    ticks(ward, 0, 5)
    ward.restart(T0 - 3600 * S)
    told = [ward.step(T0 + (second - 3600) * S, AWAY) for second in range(20)]
    assert ["camera_offline raised"] in told


def test_minutes_that_come_twice_or_late_count_once():
    ward = Ward(["still_for_long"])
    minutes = [minute(n, **STILL) for n in range(29)]
    ward.feed(minutes)
    assert ward.step(T0 + 30 * MINUTE, minutes=minutes) == []
    assert ward.step(T0 + 30 * MINUTE + S, minutes=[*minutes, minute(29, **STILL)]) == [
        "still_for_long raised"
    ]


def test_another_infant_in_the_cot_begins_everything_of_movement_anew():
    ward = Ward(["still_for_long", "camera_offline"])

    def feed(numbers: range, infant: int) -> list[str]:
        told = []
        for number in numbers:
            one = minute(number, **STILL)
            facts = Facts(GOOD, {COT: AWAY}, {COT: [one]}, {COT: infant})
            told += ward.take(one.start_us + MINUTE + 3 * S, facts)
        return [line for line in told if line.startswith("still")]

    assert feed(range(20), 1) == []
    assert feed(range(20, 49), 2) == []
    assert feed(range(49, 51), 2) == ["still_for_long raised"]
    assert feed(range(51, 52), 3) == ["still_for_long closed"]
