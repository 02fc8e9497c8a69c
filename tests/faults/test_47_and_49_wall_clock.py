"""47: somebody sets the wall clock. 49: it was never set. A real monitor, its clock in our hand."""

import threading
import time

import numpy as np
import pytest

from db.lifecycle import open_database
from db.store import Store
from pipeline.clock import UtcClock
from pipeline.live import LiveView
from pipeline.monitor.loop import Monitor
from pipeline.rundir import RunDirectory
from pipeline.settings import load_settings
from tests.support.cameras import wait_until
from tests.support.clips import write_clip
from tests.support.monitoring import write_settings
from tests.support.tiny_models import dot_graph, write_model

pytestmark = pytest.mark.slow
HOUR_NS = 3_600_000_000_000


class WallClock:
    """The wall clock, moved by as much as we like."""

    def __init__(self, offset_ns=0):
        self.offset_ns = offset_ns

    def __call__(self):
        return time.time_ns() + self.offset_ns


@pytest.fixture
def watched(tmp_path):
    """Run a monitor over a one-minute clip in a thread; stop it and read back when asked."""
    started = []

    def start(wall):
        model = write_model(tmp_path / "model", dot_graph())
        clip = write_clip(tmp_path / "clip.mp4", n_frames=900, fps=15)
        path = write_settings(
            tmp_path, {"Cot 1": {"url": f"file:{clip}"}}, model={"folder": str(model)}
        )
        settings = load_settings(path)
        stop = threading.Event()
        monitor = Monitor(settings, UtcClock(wall_ns=wall))
        thread = threading.Thread(target=monitor.run, args=(stop,))
        thread.start()
        view = LiveView(RunDirectory.of(settings.database))
        started.append((thread, stop, view))
        return settings.database, view

    def finish():
        for thread, stop, view in started:
            stop.set()
            thread.join(20)
            view.close()

    yield start, finish
    finish()


def live(view):
    return any(cot.pose_fps > 5 for cot in view.status().cots.values())


@pytest.mark.parametrize("jump_ns", [HOUR_NS, -HOUR_NS])
def test_47_setting_the_clock_restarts_nothing_and_bends_no_duration(watched, jump_ns):
    start, finish = watched
    wall = WallClock()
    database, view = start(wall)
    wait_until(lambda: live(view), 30)
    segment, first_us = view.pose(1).segment, view.pose(1).time_us
    wait_until(lambda: view.pose(1).time_us > first_us + 1_000_000, 30)
    wall.offset_ns = jump_ns
    before_us = view.pose(1).time_us
    wait_until(lambda: abs(view.pose(1).time_us - before_us - jump_ns // 1000) < 30_000_000, 10)
    time.sleep(2)
    assert view.pose(1).segment == segment, "the capture process was restarted"
    finish()
    store = Store(open_database(database))
    first, second = sorted(store.recordings(), key=lambda recording: recording.id)
    assert first.clock_suspect
    assert "clock_set" in [event.kind for event in store.events()]
    for recording in (first, second):
        steps_us = np.diff(store.keypoints(recording_id=recording.id).block.times_us)
        assert len(steps_us) > 5
        assert steps_us.min() > 0
        assert steps_us.max() < 2_000_000


def test_49_a_clock_at_1970_flags_the_recording(watched):
    start, finish = watched
    database, view = start(WallClock(offset_ns=HOUR_NS - time.time_ns()))
    wait_until(lambda: live(view), 30)
    time.sleep(1)
    finish()
    (recording,) = Store(open_database(database)).recordings()
    assert recording.clock_suspect
