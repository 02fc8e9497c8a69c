from __future__ import annotations

import time

import psutil
import pytest

from pipeline.capture import Capture
from pipeline.settings import CameraSettings
from tests.support.cameras import wait_until
from tests.support.clips import read_number, write_clip


@pytest.mark.slow
def test_a_reader_slower_than_the_camera_gets_fresh_frames_and_memory_stays_flat(tmp_path):
    clip = write_clip(tmp_path / "clip.mp4", n_frames=300, fps=50)
    capture = Capture(CameraSettings(name="cot 1", url=f"file:{clip}"), tmp_path / "1.slot")
    capture.start()
    last, taken, dropped, lags_s, memory = -1, 0, 0, [], []
    try:
        wait_until(capture.newest, 10)
        worker = psutil.Process(capture.health().pid)
        until = time.monotonic() + 5
        while time.monotonic() < until:
            frame = capture.newest(last)
            if frame is None:
                continue
            dropped += frame.sequence - last - 1
            taken, last = taken + 1, frame.sequence
            assert read_number(frame.image_hwc) == round(frame.stream_us * 50 / 1e6) % 300
            time.sleep(0.2)  # the slow inference
            lags_s.append((time.monotonic_ns() - frame.arrival_ns) / 1e9)
            memory.append(worker.memory_info().rss + psutil.Process().memory_info().rss)
        published = capture.health().published
    finally:
        capture.stop()
    assert max(lags_s) <= 1.0
    assert dropped > 5 * taken
    assert 0 <= published - (taken + dropped) <= 15
    assert max(memory[len(memory) // 2 :]) - max(memory[: len(memory) // 2]) < 3e6
