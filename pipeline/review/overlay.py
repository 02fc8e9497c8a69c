"""The overlay video: parts encoded side by side, joined into one file that browsers play."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import av.error
import cv2
import numpy as np

from pipeline.errors import ReviewError
from pipeline.review.whole import half_file
from pipeline.types import ImageArray

_TIME_BASE = Fraction(1, 90_000)
_MOST_WIDE, _MOST_HIGH = 1920, 1088
# Without B-pictures every packet stands alone in time, and parts can be laid end to end.
_OPTIONS = {
    "preset": "ultrafast",
    "tune": "zerolatency",
    "crf": "25",
    "g": "30",
    "bf": "0",
    "threads": "1",
}


def overlay_size(size_wh: tuple[int, int]) -> tuple[int, int]:
    """Return the even size at which pictures are drawn: no more than 1920 × 1088."""
    width, height = size_wh
    shrink = min(1.0, _MOST_WIDE / width, _MOST_HIGH / height)
    return max(2, round(width * shrink / 2) * 2), max(2, round(height * shrink / 2) * 2)


def fitted(image_hwc: ImageArray, size_wh: tuple[int, int]) -> tuple[ImageArray, float]:
    """Return a picture, in an array of its own, fitted into a size, and the scale it came to.

    The upper left corner stays where it is; what is left over is black.
    """
    height, width = image_hwc.shape[:2]
    scale = min(size_wh[0] / width, size_wh[1] / height)
    if image_hwc.shape[:2] == (size_wh[1], size_wh[0]):
        return image_hwc.copy(), 1.0
    inner = (min(size_wh[0], round(width * scale)), min(size_wh[1], round(height * scale)))
    picture = np.zeros((size_wh[1], size_wh[0], 3), np.uint8)
    small = cv2.resize(image_hwc, inner, interpolation=cv2.INTER_AREA)
    picture[: inner[1], : inner[0]] = small
    return picture, scale


class OverlayWriter:
    """Encodes one part (H.264, yuv420p); the file appears under its name when it is whole.

    ``options``: of FFmpeg, for the container.
    """

    def __init__(
        self, path: Path, size_wh: tuple[int, int], options: dict[str, str] | None = None
    ) -> None:
        self._path = path
        self._unfinished = half_file(path)
        self._container = av.open(str(self._unfinished), "w", format="mp4", options=options or {})
        self._stream = self._container.add_stream("libx264", rate=30, options=_OPTIONS)
        self._stream.width, self._stream.height = size_wh
        self._stream.pix_fmt = "yuv420p"
        self._stream.codec_context.time_base = _TIME_BASE
        self._any = False

    def add(self, picture_hwc: ImageArray, time_us: int) -> None:
        """Add a picture of the writer's size, shown at a time of the video."""
        # OpenCV turns the colours in a third of the time that FFmpeg takes.
        planes = np.asarray(cv2.cvtColor(picture_hwc, cv2.COLOR_BGR2YUV_I420), np.uint8)
        frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
        frame.time_base = _TIME_BASE
        frame.pts = time_us * 9 // 100
        self._container.mux(self._stream.encode(frame))
        self._any = True

    def close(self) -> None:
        """Finish the file; a part without a picture leaves none."""
        if self._any:
            self._container.mux(self._stream.encode(None))
        self._container.close()
        if self._any:
            self._unfinished.replace(self._path)
        else:
            self._unfinished.unlink(missing_ok=True)

    def abandon(self) -> None:
        """Let go of an unfinished file."""
        self._container.close()
        self._unfinished.unlink(missing_ok=True)


def join(parts: Sequence[Path], out: Path) -> None:
    """Lay encoded parts end to end, without encoding again, with the index at the file's start.

    Raises ``ReviewError`` when a part cannot be read or the result not be written.
    """
    unfinished = half_file(out)
    try:
        with av.open(str(unfinished), "w", format="mp4", options={"movflags": "faststart"}) as made:
            target = None
            for part in parts:
                with av.open(str(part)) as source:
                    stream = source.streams.video[0]
                    target = target or made.add_stream_from_template(stream)
                    for packet in source.demux(stream):
                        if packet.dts is not None:
                            packet.stream = target
                            made.mux(packet)
    except (OSError, av.error.FFmpegError) as error:
        unfinished.unlink(missing_ok=True)
        raise ReviewError(f"{out}: the overlay could not be put together: {error}") from None
    unfinished.replace(out)
