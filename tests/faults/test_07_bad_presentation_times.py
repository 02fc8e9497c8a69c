from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.capture import Capture
from pipeline.settings import CameraSettings
from tests.support.cameras import wait_until

ROOT = Path(__file__).parents[2]


def watch(capture, n_frames):
    """Collect (stream_us, segment) of ``n_frames`` pictures, missing none."""
    found, last = [], -1
    while len(found) < n_frames:
        frame = wait_until(lambda after=last: capture.newest(after), 10, capture.check)
        assert frame.sequence == last + 1
        last = frame.sequence
        found.append((frame.stream_us, frame.segment))
    return found


@pytest.mark.parametrize(
    ("script", "expected", "bad_times"),
    [
        ("0,40,-,80,60,80,120", [(0, 0), (40, 0), (80, 0), (120, 0)], 3),
        ("0,40,9000,9040", [(0, 0), (40, 0), (9000, 1), (9040, 1)], 0),
        ("9000,9040,1,2,3,4,5,6", [(9000, 0), (9040, 0), (5, 1), (6, 1)], 4),
    ],
    ids=["missing and backward", "large gap", "clock set back"],
)
def test_bad_times_are_dropped_and_counted_and_gaps_start_a_segment(
    tmp_path, monkeypatch, script, expected, bad_times
):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    camera = CameraSettings(name="cot 1", url=f"times:{script}")
    capture = Capture(camera, tmp_path / "1.slot", modules=("tests.support.bad_sources",))
    capture.start()
    try:
        found = watch(capture, len(expected))
        wait_until(lambda: capture.health().bad_times == bad_times, 3)
    finally:
        capture.stop()
    assert found == [(1000 * time_ms, segment) for time_ms, segment in expected]
