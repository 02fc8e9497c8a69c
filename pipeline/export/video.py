"""A recording's video without a face: blurred in every picture, wholly where no head is known.

What is written is encoded anew from blurred pictures: no stream of the original, no sound, no tag,
no date. Whatever else is in the picture (a name card, a clock that the camera writes) stays.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import av.error
import numpy as np

from db.schema import Recording
from db.store import Store
from pipeline.annotation.footage import Footage, footage_of
from pipeline.drawing import draw_pose
from pipeline.export.base import ExportError
from pipeline.export.heads import Heads, Seen
from pipeline.face import Circle, blur_circles
from pipeline.review.overlay import OverlayWriter, fitted, overlay_size
from pipeline.types import ImageArray

# The index at the file's start, so that browsers play before all has come; nothing said of itself.
_CONTAINER = {"movflags": "faststart", "fflags": "bitexact"}
# Times of pictures are told apart by a tick of the file's clock.
_LEAST_STEP_US = 12

Tell = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Written:
    """What a video came to: its pictures, and how many of them are blurred all over."""

    n_pictures: int
    n_blurred_whole: int


class VideoExport:
    """One recording on its way out.

    Making it raises ``NotFound``, and ``ExportError`` where there are no pictures, or the file is
    there already; nothing is written before ``write``.
    """

    def __init__(self, store: Store, recording_id: int, video_folder: Path, out: Path) -> None:
        recording = store.recording(recording_id)
        footage = footage_of(store, recording, video_folder)
        if footage is None:
            raise ExportError(f"recording {recording_id}: {_why_nowhere(recording)}")
        if out.exists():
            raise ExportError(f"{out}: is there already; give another --out")
        self._footage, self._out = footage, out
        self._store, self._recording_id = store, recording_id

    def write(self, *, skeleton: bool, tell: Tell) -> Written:
        """Write the video (H.264, MP4), whole or not at all; ``skeleton``: with the pose drawn.

        ``tell`` hears seconds done and in all; what it raises ends the work, and nothing is left.
        Raises ``SourceError`` and ``ExportError``.
        """
        film = _Film(Heads(self._store, self._recording_id), self._out, skeleton)
        try:
            return film.write(self._footage, tell)
        except (OSError, av.error.FFmpegError) as error:
            why = error.strerror or error
            raise ExportError(f"{self._out}: cannot be written: {why}") from None
        finally:
            film.abandon()


def _why_nowhere(recording: Recording) -> str:
    if recording.source == "live":
        return "no video of it is kept; its keypoints can be exported in the other formats"
    return "the reviewed file is gone, or was changed since; put it back where it was"


class _Film:
    """Blurs and encodes pictures as they come."""

    def __init__(self, heads: Heads, out: Path, skeleton: bool) -> None:
        self._heads, self._out, self._skeleton = heads, out, skeleton
        self._writer: OverlayWriter | None = None
        self._size_wh = (0, 0)
        self._first_us = self._last_us = 0
        self._n_pictures = self._n_blurred_whole = 0

    def write(self, footage: Footage, tell: Tell) -> Written:
        first_us, last_us = footage.span_us
        all_s = max(1, round((last_us - first_us) / 1e6))
        for time_us, image_hwc in footage.pictures():
            self._add(time_us, image_hwc, self._heads.at(time_us))
            tell(min(all_s, round((time_us - first_us) / 1e6)), all_s)
        if self._writer is None:
            raise ExportError(f"{self._out}: not written: its video holds no picture")
        self._writer.close()
        self._writer = None
        return Written(self._n_pictures, self._n_blurred_whole)

    def abandon(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.abandon()

    def _add(self, time_us: int, image_hwc: ImageArray, seen: Seen | None) -> None:
        if self._n_pictures and time_us < self._last_us + _LEAST_STEP_US:
            return
        if self._writer is None:
            self._first_us = time_us
            self._size_wh = overlay_size((image_hwc.shape[1], image_hwc.shape[0]))
            self._writer = OverlayWriter(self._out, self._size_wh, _CONTAINER)
        picture, scale = fitted(image_hwc, self._size_wh)
        self._blur(picture, scale, seen)
        if self._skeleton and seen is not None:
            draw_pose(picture, seen.keypoints_kc * np.float32(scale), seen.scores_k)
        self._writer.add(picture, time_us - self._first_us)
        self._last_us = time_us
        self._n_pictures += 1

    def _blur(self, picture: ImageArray, scale: float, seen: Seen | None) -> None:
        circles = () if seen is None else seen.circles
        scaled = [(x * scale, y * scale, radius * scale) for x, y, radius in circles]
        # A head that is said to lie wholly beside the picture is not placed in it.
        inside = [circle for circle in scaled if _touches(circle, self._size_wh)]
        self._n_blurred_whole += not inside
        blur_circles(picture, inside)


def _touches(circle: Circle, size_wh: tuple[int, int]) -> bool:
    x, y, radius = circle
    return -radius < x < size_wh[0] + radius and -radius < y < size_wh[1] + radius
