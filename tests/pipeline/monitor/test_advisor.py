from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from db.advisories import By
from db.engine import writing
from db.lifecycle import open_database
from db.schema import Heartbeat, MinuteRollup
from db.store import Store
from db.writer import Writer
from pipeline.advisories import CotNow, WardNow
from pipeline.advisories.absence import STOPPED
from pipeline.monitor.advisor import Advisor, cot_now
from pipeline.types import FrameFlag
from tests.support.advising import GOOD, LIVE, MINUTE, T0, S
from tests.support.recorder import wait_until

AWAY = CotNow("offline", "nobody answers")


class Bench:
    """A database with a cot, a writer, and an advisor that looks when told to."""

    def __init__(self, path: Path) -> None:
        self.engine = open_database(path)
        self.store = Store(self.engine)
        self.cot_id = self.store.add_cot("Cot 1")
        self.writer = Writer(self.engine, flush_s=0.05)
        self.writer.start()
        self.advisor = Advisor(self.store, self.writer, T0)

    def look(self, second: int, cot: CotNow, ward: WardNow = GOOD) -> None:
        self.advisor.look(T0 + second * S, ward, {self.cot_id: cot})

    def open_kinds(self) -> list[str]:
        return [one.advisory.kind for one in self.store.open_advisories()]

    def restart(self, second: int) -> None:
        assert self.writer.close()
        self.writer = Writer(self.engine, flush_s=0.05)
        self.writer.start()
        self.advisor = Advisor(self.store, self.writer, T0 + second * S)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "cotside.db")
    yield made
    made.writer.close()
    made.engine.dispose()


def test_what_is_raised_is_stored_with_its_history(bench: Bench):
    for second in range(20):
        bench.look(second, AWAY)
    wait_until(lambda: bench.open_kinds() == ["camera_offline"])
    (entry,) = bench.store.open_advisories()
    assert entry.advisory.message == "nobody answers"
    assert entry.advisory.onset_us == T0
    told = bench.store.advisory_transitions(entry.advisory.key)
    assert [one.what for one in told] == ["raised"]


def test_it_is_closed_in_its_own_row(bench: Bench):
    for second in range(20):
        bench.look(second, AWAY)
    for second in range(20, 40):
        bench.look(second, LIVE)
    wait_until(lambda: len(bench.store.advisories()) == 1 and not bench.open_kinds())


def test_after_a_restart_it_is_the_same_one(bench: Bench):
    for second in range(20):
        bench.look(second, AWAY)
    wait_until(lambda: bench.open_kinds() == ["camera_offline"])
    key = bench.store.open_advisories()[0].advisory.key
    bench.restart(30)
    for second in range(30, 50):
        bench.look(second, AWAY)
    bench.restart(60)
    assert [one.advisory.key for one in bench.store.advisories()] == [key]


def test_thresholds_pauses_and_acknowledgements_reach_it(bench: Bench):
    store, cot_id = bench.store, bench.cot_id
    store.set_advisory_thresholds([cot_id], "camera_offline", {"after_s": 2}, by=By("n"), now_us=T0)
    store.pause_advisories(cot_id, by=By("n"), from_us=T0, until_us=T0 + 10 * S)
    for second in range(10):
        bench.look(second, AWAY)
    assert bench.writer.close()
    assert bench.open_kinds() == []
    bench.restart(10)
    bench.look(10, AWAY)
    bench.look(12, AWAY)
    bench.look(13, AWAY)
    wait_until(lambda: bench.open_kinds() == ["camera_offline"])


def test_settings_of_another_version_are_the_defaults(bench: Bench):
    bench.store.set_advisory_thresholds(
        [bench.cot_id], "camera_offline", {"after_s": -5}, by=By("n"), now_us=T0
    )
    bench.store.set_advisory_thresholds([bench.cot_id], "gone_kind", {}, by=By("n"), now_us=T0)
    for second in range(20):
        bench.look(second, AWAY)
    wait_until(lambda: bench.open_kinds() == ["camera_offline"])


def test_finished_minutes_are_judged(bench: Bench):
    for number in range(16):
        row = MinuteRollup(
            minute_us=T0 + number * MINUTE, coverage=1.0, posture="prone", reasons={},
            frames_seen=900, frames_expected=900, symmetry=None, handled_s=None, small_s=None,
            gross_s=None, quantity_of_motion_mean=float("nan"),
        )  # fmt: skip
        bench.advisor.finished(bench.cot_id, [row])
        bench.look(60 * number + 63, LIVE)
    wait_until(lambda: bench.open_kinds() == ["prone"])


def test_a_short_flag_between_two_looks_is_not_missed():
    status = {"state": "live", "line": "", "flags": 0}
    assert cot_now(status, FrameFlag.CAMERA_MOVED).flags == FrameFlag.CAMERA_MOVED
    assert cot_now(status, FrameFlag.NO_INFANT).flags == FrameFlag.NONE


def beat(bench: Bench, second: int, **detail: object) -> None:
    with writing(bench.engine) as session:
        session.merge(
            Heartbeat(instance="before", pid=1, beat_us=T0 + second * S, version="1", detail=detail)
        )


def test_a_death_that_nobody_saw_is_told_at_the_next_start(bench: Bench):
    beat(bench, 0)
    bench.advisor.tell_of_absence(T0 + 600 * S)
    wait_until(lambda: bench.open_kinds() == ["not_monitoring"])
    (entry,) = bench.store.open_advisories()
    assert entry.advisory.onset_us == T0
    assert entry.advisory.gone_us == T0 + 600 * S
    assert "10.0 min" in entry.advisory.message
    bench.advisor.tell_of_absence(T0 + 700 * S)
    assert bench.writer.close()
    assert bench.open_kinds() == ["not_monitoring"]


def test_an_orderly_stop_and_a_short_absence_are_not_told(bench: Bench):
    beat(bench, 0, **{STOPPED: True})
    bench.advisor.tell_of_absence(T0 + 600 * S)
    beat(bench, 595)
    bench.advisor.tell_of_absence(T0 + 600 * S)
    assert bench.writer.close()
    assert bench.open_kinds() == []


def test_it_looks_on_while_the_database_cannot_be_read(bench: Bench, monkeypatch):
    from db.errors import Unavailable

    def fail(_now_us: int) -> None:
        raise Unavailable("gone")

    monkeypatch.setattr(bench.store, "advisory_orders", fail)
    for second in range(20):
        bench.look(second, AWAY)
    wait_until(lambda: bench.open_kinds() == ["camera_offline"])
