"""Kept video: off by default, a file a minute, and gone when its time or room is over.

Files are fragmented MP4 (H.264), so that one cut off by a power failure still plays to its last
second. Each frame carries the stored time of its keypoints: the first frame's time is the file's
name in UTC µs, the others follow from their presentation times.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import av.container
import av.error
import av.video
import numpy as np

from pipeline.clock import US_PER_S
from pipeline.types import ImageArray

_FILE_US = 60 * US_PER_S
_TIME_BASE = Fraction(1, 90_000)
_QUEUE_FRAMES = 64
_OPTIONS = {"preset": "ultrafast", "crf": "26", "g": "30", "tune": "zerolatency"}
_MOV_FLAGS = "frag_keyframe+empty_moov+default_base_moof"


@dataclass(frozen=True, slots=True)
class KeptVideo:
    """A finished file: whose it is, from when to when (UTC µs), how large."""

    path: Path
    recording_id: int
    segment_id: int
    start_us: int
    end_us: int
    bytes: int


@dataclass(frozen=True, slots=True)
class _Picture:
    cot_id: int
    recording_id: int
    segment_id: int
    time_us: int
    image_hwc: ImageArray


class VideoKeeper:
    """Encodes kept video on its own thread; when that cannot keep up, frames are left out.

    ``on_file`` is called on that thread with each finished file. ``left_out`` counts frames that
    were not kept; keypoints never depend on any of this.
    """

    def __init__(self, folder: Path, on_file: Callable[[KeptVideo], None]) -> None:
        self._folder = folder
        self._on_file = on_file
        self._queue: queue.Queue[_Picture | None] = queue.Queue(_QUEUE_FRAMES)
        self._files: dict[int, _File] = {}
        self._thread = threading.Thread(target=self._work, name="video-keeper", daemon=True)
        self.left_out = 0
        self.error = ""

    def start(self) -> None:
        """Begin to encode."""
        self._thread.start()

    def keep(self, cot_id: int, ids: tuple[int, int], time_us: int, image_hwc: ImageArray) -> None:
        """Take a frame of (recording, segment) ``ids`` without waiting; no room: count it."""
        try:
            self._queue.put_nowait(_Picture(cot_id, *ids, time_us, image_hwc))
        except queue.Full:
            self.left_out += 1

    def close(self) -> None:
        """Finish the open files and end the thread."""
        self._queue.put(None)
        self._thread.join(timeout=5)

    def _work(self) -> None:
        while (picture := self._queue.get()) is not None:
            try:
                self._encode(picture)
                self.error = ""
            except (OSError, av.error.FFmpegError) as error:
                self.left_out += 1
                self.error = f"video is not being kept: {error}"
                self._files.pop(picture.cot_id, None)
        for cot_id in list(self._files):
            self._finish(cot_id)

    def _encode(self, picture: _Picture) -> None:
        current = self._files.get(picture.cot_id)
        if current is not None and not current.takes(picture):
            self._finish(picture.cot_id)
            current = None
        if current is None:
            current = self._files[picture.cot_id] = _File(self._folder, picture)
        current.add(picture)

    def _finish(self, cot_id: int) -> None:
        self._on_file(self._files.pop(cot_id).close())


class _File:
    """One open file of one segment."""

    def __init__(self, folder: Path, first: _Picture) -> None:
        self.path = folder / f"cot-{first.cot_id}" / f"{first.time_us}.mp4"
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._first, self._last_us = first, first.time_us - 1
        height, width = first.image_hwc.shape[:2]
        self._container = av.open(str(self.path), "w", options={"movflags": _MOV_FLAGS})
        self._stream = self._container.add_stream("libx264", rate=30, options=_OPTIONS)
        self._stream.width, self._stream.height = width - width % 2, height - height % 2
        self._stream.pix_fmt = "yuv420p"
        self._stream.codec_context.time_base = _TIME_BASE

    def takes(self, picture: _Picture) -> bool:
        return (
            picture.segment_id == self._first.segment_id
            and self._last_us < picture.time_us < self._first.time_us + _FILE_US
        )

    def add(self, picture: _Picture) -> None:
        image = picture.image_hwc[: self._stream.height, : self._stream.width]
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="bgr24")
        frame.time_base = _TIME_BASE
        frame.pts = (picture.time_us - self._first.time_us) * 9 // 100
        self._container.mux(self._stream.encode(frame))
        self._last_us = picture.time_us

    def close(self) -> KeptVideo:
        self._container.mux(self._stream.encode(None))
        self._container.close()
        first = self._first
        size = self.path.stat().st_size
        return KeptVideo(
            self.path, first.recording_id, first.segment_id, first.time_us, self._last_us, size
        )


def read_picture(path: Path, time_us: int) -> ImageArray | None:
    """Return the kept picture shown at a stored time: the last frame not later than it.

    None where the file is gone, cannot be read or starts later.
    """
    offset_s = (time_us - int(path.stem)) / US_PER_S
    if offset_s < 0:
        return None
    shown: av.VideoFrame | None = None
    try:
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            container.seek(int(offset_s * US_PER_S))
            for frame in container.decode(stream):
                # A tick of the file's time base is 11 µs: half of one is within rounding.
                if frame.time is not None and frame.time > offset_s + 1e-5:
                    break
                shown = frame
    except (OSError, av.error.FFmpegError):
        if shown is None:
            return None
    return None if shown is None else np.asarray(shown.to_ndarray(format="bgr24"), np.uint8)


def read_pictures(path: Path) -> Iterator[tuple[int, ImageArray]]:
    """Yield all pictures of a kept file with their stored times; one that breaks off ends there."""
    start_us = int(path.stem)
    try:
        with av.open(str(path)) as container:
            for frame in container.decode(video=0):
                if frame.time is not None:
                    image_hwc = np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)
                    yield start_us + round(frame.time * US_PER_S), image_hwc
    except (OSError, av.error.FFmpegError):
        return


def enforce_retention(folder: Path, keep_days: float, keep_gb: float, now_us: int) -> list[Path]:
    """Delete kept video that is too old, then the oldest until the rest has room; return them.

    Only this module's files (``cot-N/UTC_US.mp4``) are ever touched.
    """
    files = sorted(
        (path for path in folder.glob("cot-*/*.mp4") if path.stem.isdigit()),
        key=lambda path: int(path.stem),
    )
    room = keep_gb * 1e9 - sum(path.stat().st_size for path in files)
    oldest_us = now_us - keep_days * 86_400 * US_PER_S
    removed = []
    for path in files:
        if int(path.stem) >= oldest_us and room >= 0:
            break
        room += path.stat().st_size
        path.unlink()
        removed.append(path)
    return removed
