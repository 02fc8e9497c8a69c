"""A camera on USB (Video4Linux)."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path

from av.error import FFmpegError

from pipeline.errors import Refused, SourceError, Unreachable, Unreadable
from pipeline.sources.addresses import path_of
from pipeline.sources.base import SourceSpec, StreamInfo, register
from pipeline.sources.container import ContainerSource, DecodedPicture
from pipeline.sources.translate import OPENING, READING

_SIZE = {"video_size": "1280x720"}
# Raw pictures of this size come at 10 a second at best over USB 2; MJPEG comes at 30.
_COMPRESSED = {"input_format": "mjpeg"}
_GONE = "the device is gone; was the camera unplugged?"
_WORDS: dict[tuple[str, int | None], tuple[type[SourceError], str]] = {
    (READING, errno.ENODEV): (Unreachable, _GONE),
    (READING, errno.ENXIO): (Unreachable, _GONE),
    (READING, errno.EIO): (Unreachable, _GONE),
    (OPENING, errno.EBUSY): (Unreachable, "another program is using this camera"),
    (OPENING, errno.ENOTTY): (Unreadable, "is not a camera"),
    (OPENING, errno.EACCES): (
        Unreadable,
        "may not be read: add the user that runs Cotside to the group 'video'",
    ),
}


@register("v4l2")
class DeviceSource(ContainerSource):
    """A Video4Linux device, such as ``v4l2:/dev/video0``; times come from the kernel.

    Asks for MJPEG at 720p and the expected rate, and with fewer wishes when the device cannot.
    """

    format_name = "v4l2"
    protocols = "file"
    formats = "video4linux2,v4l2"

    def __init__(self, spec: SourceSpec) -> None:
        super().__init__(spec)
        rate = {"framerate": f"{spec.expected_fps:g}"} if spec.expected_fps else {}
        self._wishes: list[dict[str, str]] = [
            {**_SIZE, **_COMPRESSED, **rate},
            {**_SIZE, **rate},
            {},
        ]

    def address(self) -> str:
        """Return the device file; refuse anything outside /dev."""
        path = Path(path_of(self.spec.url))
        if not path.is_absolute() or path.parts[:2] != ("/", "dev") or ".." in path.parts:
            raise Refused(f"{path}: is not a device; give one such as v4l2:/dev/video0")
        return str(path)

    def options(self) -> dict[str, str]:
        """Return the wishes of this try."""
        return self._wishes[0]

    def open(self) -> StreamInfo:
        """Open the device, with fewer wishes each time it cannot meet them."""
        address = self.address()
        if not Path(address).exists():
            raise Unreachable(f"{address}: there is no such device; is the camera plugged in?")
        while len(self._wishes) > 1:
            try:
                return super().open()
            except SourceError:
                self._wishes.pop(0)
        return super().open()

    def _translated(self, error: FFmpegError, step: str) -> SourceError:
        """Say what a device's errors mean; the kernel knows but a few."""
        said = _WORDS.get((step, error.errno)) or _WORDS.get((OPENING, error.errno))
        return super()._translated(error, step) if said is None else said[0](said[1])

    def frames(self) -> Iterator[DecodedPicture | None]:
        """Yield pictures; a device that ends was unplugged."""
        yield from super().frames()
        raise Unreachable(_GONE)
