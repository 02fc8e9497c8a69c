from __future__ import annotations

from pipeline.capture import Capture
from pipeline.settings import CameraSettings
from tests.support.cameras import wait_until
from tests.support.clips import read_number, write_clip

TIMES_MS = [0, 40, 60, 200, 240, 500, 520, 540, 900, 1000]


def test_pictures_keep_their_own_times_and_pace(tmp_path):
    clip = write_clip(tmp_path / "vfr.mkv", n_frames=10, times_ms=TIMES_MS)
    camera = CameraSettings(name="cot 1", url=f"file:{clip}", loop=False)
    capture = Capture(camera, tmp_path / "1.slot")
    capture.start()
    found, last = {}, -1
    try:
        while 9 not in found:
            frame = wait_until(lambda after=last: capture.newest(after), 10)
            last = frame.sequence
            found[read_number(frame.image_hwc)] = frame
        wait_until(lambda: capture.health().error == "EndOfStream", 5, capture.check)
        assert "ended" in capture.health().line
    finally:
        capture.stop()
    assert len(found) >= 8
    for number, frame in found.items():
        assert frame.stream_us == 1000 * TIMES_MS[number]
        elapsed_ms = (frame.arrival_ns - found[9].arrival_ns) / 1e6
        assert abs(elapsed_ms - (TIMES_MS[number] - 1000)) < 150
