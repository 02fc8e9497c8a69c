"""Sources that no camera should be: loaded into a capture process by tests only."""

from __future__ import annotations

import ctypes
import signal
import time

import numpy as np

from pipeline.sources.base import StreamInfo, register
from pipeline.sources.folder import FolderPicture

INFO = StreamInfo(64, 48, 25.0, "test", True)


def picture(stream_us, size_wh=(64, 48), jump=0):
    width, height = size_wh
    image_hwc = np.zeros((height, width, 3), np.uint8)
    return FolderPicture(image_hwc, stream_us, time.time_ns() // 1000, time.monotonic_ns(), jump)


class _Source:
    decode_errors = skipped = 0

    def __init__(self, spec):
        self.spec = spec

    def open(self):
        return INFO

    def close(self):
        pass


@register("hangs")
class HangingSource(_Source):
    """Gives a few pictures, then sleeps in native code with Python's lock held, deaf to SIGTERM."""

    def frames(self):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        for number in range(5):
            yield picture(number * 40_000)
            time.sleep(0.04)
        ctypes.PyDLL(None).sleep(1000)


@register("times")
class ScriptedSource(_Source):
    """Gives the presentation times (ms, ``-`` for none) that stand in its address."""

    def frames(self):
        for word in self.spec.url.partition(":")[2].split(","):
            yield picture(None if word == "-" else int(word) * 1000)
            time.sleep(0.03)
        while True:
            time.sleep(0.5)
            yield None


@register("breaks")
class BreakingSource(_Source):
    """Meets a fault of our own making, with a secret in its message."""

    def open(self):
        raise RuntimeError(f"bug while opening rtsp://user:{self.spec.password}@cam/1\nsecond line")
