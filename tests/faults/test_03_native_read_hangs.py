from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from pipeline.capture import Capture
from pipeline.settings import CameraSettings
from tests.support.cameras import wait_until

ROOT = Path(__file__).parents[2]
MODULES = ("tests.support.bad_sources",)
pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _worker_finds_the_test_sources(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


def test_a_read_that_hangs_deaf_to_sigterm_is_killed_within_10_s_and_restarted(tmp_path):
    camera = CameraSettings(name="cot 1", url="hangs:now")
    capture = Capture(camera, tmp_path / "1.slot", modules=MODULES)
    capture.start()
    try:
        last = wait_until(lambda: (f := capture.newest()) and f.sequence == 4 and f, 10)
        pid = capture.health().pid
        wait_until(lambda: not psutil.pid_exists(pid), 12, capture.check)
        assert (time.monotonic_ns() - last.arrival_ns) / 1e9 < 10
        assert capture.health().error == "Hung"
        frame = wait_until(lambda: capture.newest(4), 10, capture.check)
        assert (frame.sequence > 4, frame.segment) == (True, 1)
        assert capture.health().restarts == 1
    finally:
        capture.stop()


def test_a_hanging_worker_does_not_outlive_a_killed_supervisor(tmp_path):
    program = f"""
import time
from pathlib import Path
from pipeline.capture import Capture
from pipeline.settings import CameraSettings
capture = Capture(CameraSettings(name="a", url="hangs:now"), Path({str(tmp_path)!r}) / "1.slot",
                  modules={MODULES!r})
capture.start()
while (frame := capture.newest()) is None or frame.sequence < 4:
    time.sleep(0.02)
time.sleep(0.2)
print(capture.health().pid, flush=True)
time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as supervisor:
        worker = psutil.Process(int(supervisor.stdout.readline()))
        assert "pipeline.capture.worker" in worker.cmdline()
        supervisor.kill()
        worker.wait(2)
