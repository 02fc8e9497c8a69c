from __future__ import annotations

import subprocess
import sys

import psutil

from pipeline.capture import Capture
from pipeline.settings import CameraSettings
from tests.support.cameras import wait_until
from tests.support.clips import write_clip

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
