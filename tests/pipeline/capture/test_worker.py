from __future__ import annotations

import subprocess
import sys
import time
from itertools import count

import psutil
import pytest

from pipeline.capture import Capture
from pipeline.capture import worker as worker_module
from pipeline.capture.order import Order
from pipeline.capture.worker import Worker
from pipeline.errors import Auth, EndOfStream, ReadTimeout, Refused, Unreadable
from pipeline.settings import CameraSettings
from pipeline.slot import Field, FrameSlot, SlotState
from pipeline.sources import SourceSpec
from tests.support.bad_sources import picture
from tests.support.cameras import wait_until
from tests.support.clips import write_clip

SPEC = SourceSpec(url="test:", read_timeout_s=0.1)
HEAVY = ["pydantic", "cv2", "onnxruntime", "sqlalchemy", "scipy", "pandas", "streamlit"]


def test_a_worker_loads_pyav_and_numpy_and_nothing_heavy():
    code = (
        "import sys, pipeline.capture.worker; "
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_worker_on_720p_stays_small_in_memory_threads_and_files(tmp_path):
    clip = write_clip(tmp_path / "clip.mp4", n_frames=30, fps=15, size_wh=(1280, 720))
    capture = Capture(CameraSettings(name="cot 1", url=f"file:{clip}"), tmp_path / "1.slot")
    capture.start()
    try:
        wait_until(lambda: capture.health().published > 20, 15, capture.check)
        worker = psutil.Process(capture.health().pid)
        memory = worker.memory_full_info()
        assert memory.rss - memory.shared < 45e6
        assert memory.rss < 85e6
        assert worker.num_threads() == 1
        assert worker.num_fds() <= 8
    finally:
        capture.stop()


def test_an_address_of_no_known_kind_is_refused_and_not_a_crash(tmp_path):
    capture = Capture(CameraSettings(name="cot 1", url="concat:a|b"), tmp_path / "1.slot")
    capture.start()
    try:
        wait_until(lambda: capture.health().error == "Refused", 10, capture.check)
        assert capture.health().state == "refused"
        assert capture.health().restarts == 0
    finally:
        capture.stop()


class Pictures:
    """A source of pictures at given times (ms)."""

    decode_errors = skipped = 0

    def __init__(self, times_ms, pause_s=0.0):
        self.times_ms, self.pause_s = times_ms, pause_s

    def frames(self):
        for time_ms in self.times_ms:
            yield None if time_ms is None else picture(time_ms * 1000)
            time.sleep(self.pause_s)


@pytest.fixture
def worker(tmp_path):
    slot = FrameSlot.create(tmp_path / "1.slot", 64 * 48 * 3)
    yield Worker(Order("cot 1", str(slot.path), SPEC), slot)
    slot.close()


@pytest.mark.parametrize("times", [count(0, 0), iter(lambda: None, 0)], ids=["same time", "none"])
def test_data_without_usable_pictures_is_given_up(worker, monkeypatch, times):
    monkeypatch.setattr(worker_module, "_BLIND_S", 0.1)
    with pytest.raises(Unreadable, match="no picture"):
        worker._pump(Pictures(times, pause_s=0.01))


def test_live_is_said_with_the_first_picture_only(worker):
    with pytest.raises(EndOfStream):
        worker._pump(Pictures([None, None]))
    assert worker._slot.get(Field.STATE) == SlotState.STARTING
    with pytest.raises(EndOfStream):
        worker._pump(Pictures([0, 40]))
    assert worker._slot.get(Field.STATE) == SlotState.LIVE


def test_only_pictures_count_as_life_for_the_backoff(worker):
    waits = [worker._wait_s(ReadTimeout("silent")) for _ in range(8)]
    assert waits[0] < 2
    assert waits[-1] > 40
    worker._live_s = 31.0
    assert worker._wait_s(ReadTimeout("silent")) < 2


def test_a_refused_password_and_a_refused_source_are_tried_rarely(worker):
    assert worker._wait_s(Auth("no")) >= 60
    assert worker._wait_s(Refused("no")) >= 60


def test_a_recording_played_once_rests_for_ever_at_its_end_and_a_stream_does_not(tmp_path):
    slot = FrameSlot.create(tmp_path / "1.slot", 64 * 48 * 3)
    for url, loop, rests in (
        ("file:a", False, True),
        ("file:a", True, False),
        ("http://a", False, False),
    ):
        order = Order("cot 1", str(slot.path), SourceSpec(url=url, loop=loop))
        wait_s = Worker(order, slot)._wait_s(EndOfStream("ended"))
        assert (wait_s == float("inf")) == rests
    slot.close()
