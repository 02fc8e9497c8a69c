"""The dashboard notices a dead monitor, keeps it, and what happens when either comes back."""

from __future__ import annotations

from app.lookout import Lookout
from app.state import AppState
from db.advisories import By
from db.errors import Unavailable
from db.schema import Heartbeat
from db.store import Store
from pipeline.advisories.absence import told_late
from tests.support.advising import T0, S


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.us = T0

    def now_us(self) -> int:
        return self.us

    def take_jump_us(self) -> int:
        return 0


class Ward:
    """A monitor that lives or not, and dashboards that look."""

    def __init__(self, store: Store) -> None:
        self.store, self.clock, self.alive = store, Clock(), True
        self.lookouts = [self.lookout()]

    def lookout(self) -> Lookout:
        return Lookout(self.store, lambda: self.alive, self.clock)  # type: ignore[arg-type]

    def run(self, seconds: int) -> None:
        for _ in range(seconds):
            self.clock.us += S
            for lookout in self.lookouts:
                lookout.look()

    def told(self) -> list[str]:
        return [
            one.what
            for entry in reversed(self.store.advisories())
            for one in self.store.advisory_transitions(entry.advisory.key)
        ]


def test_a_dead_monitor_is_raised_within_5_s_of_its_silence_and_stays(state: AppState):
    ward = Ward(state.store)
    ward.run(5)
    ward.alive = False
    ward.run(4)
    assert ward.told() == ["raised"]
    (entry,) = state.store.open_advisories()
    assert (entry.advisory.kind, entry.advisory.priority) == ("not_monitoring", "high")


def test_when_the_monitor_is_back_it_waits_to_be_acknowledged(state: AppState):
    ward = Ward(state.store)
    ward.run(2)
    ward.alive = False
    ward.run(10)
    ward.alive = True
    ward.run(10)
    (entry,) = state.store.open_advisories()
    assert entry.advisory.gone_us is not None
    state.store.acknowledge_advisory(
        entry.advisory.key, by=By("nurse"), reason="equipment", time_us=ward.clock.us
    )
    ward.run(1)
    assert state.store.open_advisories() == []
    assert ward.told() == ["raised", "gone", "acknowledged", "closed"]


def test_two_dashboards_raise_it_once(state: AppState):
    ward = Ward(state.store)
    ward.lookouts.append(ward.lookout())
    ward.run(3)
    ward.alive = False
    ward.run(30)
    ward.alive = True
    ward.run(30)
    assert ward.told() == ["raised", "gone"]


def test_a_dashboard_that_starts_again_goes_on_with_it(state: AppState):
    ward = Ward(state.store)
    ward.run(2)
    ward.alive = False
    ward.run(10)
    ward.lookouts = [ward.lookout()]
    ward.run(100)
    assert ward.told() == ["raised"]
    ward.alive = True
    ward.run(5)
    assert ward.told() == ["raised", "gone"]


def test_a_monitor_that_is_still_being_started_is_not_told(state: AppState):
    ward = Ward(state.store)
    ward.alive = False
    ward.run(20)
    ward.alive = True
    ward.run(60)
    assert ward.told() == []


def test_one_that_never_comes_up_is_told(state: AppState):
    ward = Ward(state.store)
    ward.alive = False
    ward.run(40)
    assert ward.told() == ["raised"]


def test_the_next_monitor_does_not_tell_again_what_a_dashboard_told(state: AppState):
    ward = Ward(state.store)
    ward.run(2)
    ward.alive = False
    ward.run(100)
    last = Heartbeat(instance="a", pid=1, beat_us=T0, version="1")
    assert told_late(state.store.open_advisories(), last, ward.clock.us) == []


def test_it_is_told_again_every_five_minutes(state: AppState):
    ward = Ward(state.store)
    ward.run(2)
    ward.alive = False
    ward.run(10)
    for _ in range(4):
        ward.clock.us += 290 * S
        ward.run(10)
    assert ward.told().count("announced") == 4


def test_what_was_set_for_it_holds_except_that_it_cannot_be_switched_off(state: AppState):
    wanted = {"enabled": False, "after_s": 0, "again_s": 600}
    state.store.set_advisory_thresholds([None], "not_monitoring", wanted, by=By("nurse"), now_us=T0)
    ward = Ward(state.store)
    ward.run(2)
    ward.alive = False
    ward.run(1)
    assert ward.told() == ["raised"]
    for _ in range(4):
        ward.clock.us += 290 * S
        ward.run(10)
    assert ward.told().count("announced") == 2


def test_a_database_in_trouble_is_tried_again(state: AppState, monkeypatch):
    ward = Ward(state.store)
    ward.run(2)
    ward.alive = False
    with monkeypatch.context() as patch:

        def fail(*_given: object) -> None:
            raise Unavailable("gone")

        patch.setattr(state.store, "keep_advisories", fail)
        for _ in range(5):
            try:
                ward.run(1)
            except Unavailable:
                continue
    ward.run(1)
    assert ward.told() == ["raised"]
