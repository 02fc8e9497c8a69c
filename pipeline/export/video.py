"""A recording's video without a face: blurred in every picture, wholly where no head is known.

What is written is encoded anew from blurred pictures: no stream of the original, no sound, no tag,
no date. Whatever else is in the picture (a name card, a clock that the camera writes) stays.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av.error

from db.schema import Recording
from db.store import Store
from pipeline.annotation.footage import Footage, footage_of
from pipeline.export.base import ExportError
from pipeline.review.blurred import BlurredFilm, Written
from pipeline.review.heads import Heads
from pipeline.review.overlay import overlay_size
from pipeline.review.series import session_trunk_px
from pipeline.types import ImageArray

# The index at the file's start, so that browsers play before all has come; nothing said of itself.
_CONTAINER = {"movflags": "faststart", "fflags": "bitexact"}

Tell = Callable[[int, int], None]


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
        trunk_px = session_trunk_px(self._store, self._recording_id)
        heads = Heads(self._store, self._recording_id, trunk_px)
        film = _Film(heads, self._out, skeleton)
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
    """Takes the pictures as they come; made with the size of the first one."""

    def __init__(self, heads: Heads, out: Path, skeleton: bool) -> None:
        self._heads, self._out, self._skeleton = heads, out, skeleton
        self._film: BlurredFilm | None = None

    def write(self, footage: Footage, tell: Tell) -> Written:
        first_us, last_us = footage.span_us
        all_s = max(1, round((last_us - first_us) / 1e6))
        began_us = first_us
        for time_us, image_hwc in footage.pictures():
            if self._film is None:
                self._film, began_us = self._begin(image_hwc), time_us
            self._film.add(image_hwc, time_us, time_us - began_us)
            tell(min(all_s, round((time_us - first_us) / 1e6)), all_s)
        if self._film is None:
            raise ExportError(f"{self._out}: not written: its video holds no picture")
        return self._film.close()

    def abandon(self) -> None:
        if self._film is not None:
            self._film.abandon()

    def _begin(self, image_hwc: ImageArray) -> BlurredFilm:
        size_wh = overlay_size((image_hwc.shape[1], image_hwc.shape[0]))
        return BlurredFilm(
            self._heads, self._out, size_wh, skeleton=self._skeleton, container=_CONTAINER
        )
