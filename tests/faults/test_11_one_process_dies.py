from __future__ import annotations

import os
import signal
import threading

import pytest

from pipeline.capture import Capture
from pipeline.settings import CameraSettings
from tests.support.cameras import wait_until
from tests.support.clips import read_number, write_clip


def collect(capture, stop, found):
    last = -1
    while not stop.is_set():
        frame = capture.newest(last)
        if frame is None:
            stop.wait(0.005)
            continue
        last = frame.sequence
        found.append((frame.sequence, read_number(frame.image_hwc), frame.segment))


@pytest.mark.slow
def test_when_one_capture_process_dies_the_others_lose_nothing(tmp_path):
    # Slow enough that the readers of this test, on a busy machine, miss none by themselves.
    clip = write_clip(tmp_path / "clip.mp4", n_frames=200, fps=4)
    captures = [
        Capture(CameraSettings(name=f"cot {n}", url=f"file:{clip}"), tmp_path / f"{n}.slot")
        for n in range(3)
    ]
    stop, found = threading.Event(), [[], []]
    for capture in captures:
        capture.start()
    readers = [
        threading.Thread(target=collect, args=(captures[n + 1], stop, found[n])) for n in range(2)
    ]
    try:
        for capture in captures:
            wait_until(capture.newest, 10)
        for reader in readers:
            reader.start()
        wait_until(lambda: all(len(rows) > 5 for rows in found), 15)
        os.kill(captures[0].health().pid, signal.SIGKILL)
        before = [len(rows) for rows in found]
        wait_until(
            lambda: all(len(rows) > n + 12 for rows, n in zip(found, before, strict=True)),
            30,
            lambda: [capture.check() for capture in captures],
        )
    finally:
        stop.set()
        for reader in readers:
            if reader.ident:
                reader.join()
        for capture in captures:
            capture.stop()
    for rows in found:
        sequences = [sequence for sequence, _, _ in rows]
        assert sequences == list(range(sequences[0], sequences[0] + len(rows)))
        assert all(number == sequence % 200 for sequence, number, _ in rows)
        assert {segment for _, _, segment in rows} == {0}
