"""FAULTS 24 for advisories: kill -9 of the monitor loses none, doubles none, forgets no answer."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from db.advisories import By
from db.lifecycle import open_database
from db.store import Store
from tests.support.monitoring import RunningMonitor, running_monitor, write_settings
from tests.support.recorder import wait_until


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_killed_monitor_goes_on_with_the_same_advisory(tmp_path: Path):
    settings = write_settings(tmp_path, {"Cot 1": {"url": "http://127.0.0.1:9/nobody"}})
    engine = open_database(tmp_path / "cotside.db")
    store = Store(engine)
    cot_id = store.add_cot("Cot 1")
    now_us = time.time_ns() // 1000
    store.set_advisory_thresholds(
        [cot_id], "camera_offline", {"after_s": 2}, by=By("test"), now_us=now_us
    )
    with running_monitor(settings) as monitor:
        wait_until(lambda: store.open_advisories(), 60, "the advisory")
        (entry,) = store.open_advisories()
        assert entry.advisory.kind == "camera_offline"
        key = entry.advisory.key
        store.acknowledge_advisory(key, by=By("nurse"), reason="equipment", time_us=now_us)
        monitor.kill()
        monitor = RunningMonitor(settings, tmp_path / "monitor.log")
        try:
            pid = monitor.process.pid
            wait_until(lambda: _beats(store, pid) >= 3, 60, "the monitor's looks")
            entries = store.open_advisories()
            same = [one for one in entries if one.advisory.kind == "camera_offline"]
            assert [one.advisory.key for one in same] == [key]
            assert same[0].is_acknowledged
            assert len(store.advisories(kinds=["camera_offline"])) == 1
        finally:
            monitor.kill()
            monitor.view.close()
    engine.dispose()


def _beats(store: Store, pid: int) -> float:
    """Return for how many seconds a monitor has been alive by its own heartbeat."""
    beat = store.heartbeat()
    if beat is None or beat.pid != pid:
        return 0
    return (beat.beat_us - beat.started_us) / 1e6
