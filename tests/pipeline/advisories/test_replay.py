from __future__ import annotations

from pipeline.advisories import kind_named, kinds
from pipeline.advisories.replay import Stretch, can_replay, of_minutes, of_stretches, replay
from tests.support.advising import MINUTE, T0, S, Ward, minute

STILL = kind_named("still_for_long")


def test_a_replay_gives_what_was_given():
    minutes = [minute(n, moving_s=0.0 if n % 90 < 40 else 20.0) for n in range(400)]
    ward = Ward(["still_for_long"])
    ward.feed(minutes)
    given = [change.raised for change in ward.history if change.what == "raised"]
    found = replay(STILL, STILL.settings(), of_minutes(STILL, STILL.settings(), minutes))
    assert [one.onset_us for one in found] == [one.onset_us for one in given]
    assert len(found) == 5


def test_another_setting_gives_another_number():
    minutes = [minute(n, moving_s=0.0 if n % 90 < 40 else 20.0) for n in range(400)]
    longer = STILL.settings(after_s=45 * 60)
    assert replay(STILL, longer, of_minutes(STILL, longer, minutes)) == []


def test_stretches_of_the_journal_are_held_against_the_delay():
    camera = kind_named("camera_offline")
    stretches = [
        Stretch(T0, T0 + 10 * S),
        Stretch(T0 + 100 * S, T0 + 112 * S),
        Stretch(T0 + 110 * S, T0 + 130 * S),
        Stretch(T0 + 300 * S, T0 + 340 * S),
        Stretch(T0 + 345 * S, T0 + 400 * S),
    ]

    def count(**values: float) -> int:
        evidence = of_stretches(stretches, T0 - MINUTE, T0 + 60 * MINUTE)
        return len(replay(camera, camera.settings(**values), evidence))

    assert count() == 2
    assert count(after_s=8) == 3
    assert count(release_s=0) == 3
    assert count(after_s=600) == 0


def test_what_lies_outside_the_span_counts_for_nothing():
    stretches = [Stretch(T0 - 600 * S, T0 - 300 * S)]
    camera = kind_named("camera_offline")
    assert replay(camera, camera.settings(), of_stretches(stretches, T0, T0 + MINUTE)) == []


def test_a_kind_that_is_off_gives_nothing():
    off = STILL.settings(enabled=False)
    minutes = [minute(n, moving_s=0.0) for n in range(100)]
    assert replay(STILL, off, of_minutes(STILL, off, minutes)) == []


def test_the_kinds_of_the_ward_cannot_be_replayed():
    assert {kind.name for kind in kinds() if not can_replay(kind)} == {
        "not_monitoring",
        "not_storing",
        "disk_nearly_full",
        "model_fell_back",
    }
