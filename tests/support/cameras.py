"""Help for tests that watch cameras: waiting for a promise, and the RTSP camera as a process."""

from __future__ import annotations

import subprocess
import time
from functools import cache
from pathlib import Path

import pytest

_SYSTEM_PYTHON = "/usr/bin/python3"
_SERVER = Path(__file__).with_name("rtsp_camera.py")
_PROBE = (
    "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import GstRtspServer"
)


@cache
def _rtsp_works() -> bool:
    try:
        return subprocess.run([_SYSTEM_PYTHON, "-c", _PROBE], capture_output=True).returncode == 0
    except OSError:
        return False


def wait_until(condition, timeout_s: float, step=lambda: None):
    """Return the first true value of ``condition``; fail when the time is over."""
    until = time.monotonic() + timeout_s
    while time.monotonic() < until:
        step()
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    pytest.fail(f"did not come true within {timeout_s} s")


class RtspCamera:
    """A GStreamer RTSP server that plays one clip to each who connects."""

    def __init__(self, clip: Path, *options: str):
        if not _rtsp_works():
            pytest.skip("needs GStreamer's RTSP server (gir1.2-gst-rtsp-server-1.0, python3-gi)")
        self.process = subprocess.Popen(
            [_SYSTEM_PYTHON, str(_SERVER), str(clip), *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.url = f"rtsp://127.0.0.1:{int(self.process.stdout.readline())}/cam"

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        if self.process.poll() is None:
            self.tell("")
        self.process.stdin.close()
        self.process.kill()
        self.process.wait(5)
        self.process.stdout.close()

    def tell(self, word: str):
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()

    def silence(self):
        self.tell("silence")

    def go(self):
        self.tell("go")
