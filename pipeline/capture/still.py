"""One picture from a camera, for the test button of the Cameras page."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline import errors
from pipeline.capture.supervisor import Capture
from pipeline.errors import SourceError
from pipeline.redact import redact
from pipeline.sources.base import StreamInfo, scheme_of
from pipeline.types import ImageArray

if TYPE_CHECKING:
    from pipeline.settings import CameraSettings

_STEP_S = 0.05
# What to do about each verdict, for the person at the button.
_ADVICE = {
    "OpenTimeout": "is the address right, and does the camera serve video there?",
    "ReadTimeout": "check the camera's network connection",
    "Auth": "check the user name, and the variable that holds the password",
    "Unreachable": "check host, port and cable",
    "Unreadable": "check the path in the address; Cotside reads H.264, H.265 and MJPEG video",
    "EndOfStream": "does somebody else use the camera?",
}
# A file or a device at this machine has no host and no cable; its line says what is wrong.
_NETWORK = ("rtsp", "rtsps", "http", "https")


def still(camera: CameraSettings, timeout_s: float = 12.0) -> tuple[ImageArray, StreamInfo]:
    """Return one picture, (H, W, 3) blue-green-red uint8, and what the stream is.

    Opens the camera in a process of its own, which is gone afterwards whatever happens. Raises
    the ``SourceError`` that says why there is no picture, in one line with what to do.
    """
    with tempfile.TemporaryDirectory(prefix="cotside-still-") as folder:
        capture = Capture(camera, Path(folder) / "still.slot")
        capture.start()
        try:
            return _first_picture(capture, timeout_s)
        finally:
            capture.stop()


def _first_picture(capture: Capture, timeout_s: float) -> tuple[ImageArray, StreamInfo]:
    until = time.monotonic() + timeout_s
    while time.monotonic() < until:
        frame, health = capture.newest(), capture.health()
        if frame is not None:
            width, height = frame.size_wh
            fps = health.expected_fps
            info = StreamInfo(width, height, fps, health.codec, True, health.decoder)
            return frame.image_hwc, info
        if health.error:
            raise _verdict(capture.camera, health.error, health.line)
        capture.check()
        time.sleep(_STEP_S)
    raise _verdict(capture.camera, "OpenTimeout", f"no picture within {timeout_s:g} s")


def _verdict(camera: CameraSettings, kind: str, line: str) -> SourceError:
    found = getattr(errors, kind, SourceError)
    error = found if issubclass(found, SourceError) else SourceError
    advice = _ADVICE.get(kind) if scheme_of(camera.url) in _NETWORK else None
    where = f"{camera.name!r} ({redact(camera.url)})"
    return error(f"{where}: {line}" + (f"; {advice}" if advice else ""))
