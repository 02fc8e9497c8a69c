"""A camera on USB (Video4Linux)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipeline.errors import Refused, SourceError, Unreachable
from pipeline.sources.addresses import path_of
from pipeline.sources.base import StreamInfo, register
from pipeline.sources.container import ContainerSource

_DEFAULT_SIZE = "1280x720"


@register("v4l2")
class DeviceSource(ContainerSource):
    """A Video4Linux device, such as ``v4l2:/dev/video0``; times come from the kernel."""

    format_name = "v4l2"
    protocols = "file"
    formats = "video4linux2,v4l2"

    def address(self) -> str:
        """Return the device file; refuse anything outside /dev."""
        path = Path(path_of(self.spec.url))
        if not path.is_absolute() or path.parts[:2] != ("/", "dev") or ".." in path.parts:
            raise Refused(f"{path}: is not a device; give one such as v4l2:/dev/video0")
        return str(path)

    def open(self) -> StreamInfo:
        """Open the device; ask again without wishes when it cannot meet them."""
        if not Path(self.address()).exists():
            raise Unreachable(
                f"{self.address()}: there is no such device; is the camera plugged in?"
            )
        try:
            return super().open()
        except Refused:
            self._plain = True
            return super().open()

    _plain = False

    def options(self) -> dict[str, str]:
        """Wish for a size and a rate, if the first try has not failed with them."""
        if self._plain:
            return {}
        wishes = {"video_size": _DEFAULT_SIZE}
        if self.spec.expected_fps:
            wishes["framerate"] = f"{self.spec.expected_fps:g}"
        return wishes

    def frames(self) -> Any:
        """Yield pictures; a device that ends was unplugged."""
        yield from super().frames()
        raise _unplugged()


def _unplugged() -> SourceError:
    return Unreachable("the device is gone; was the camera unplugged?")
