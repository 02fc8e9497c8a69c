"""Where the pictures of a recording are: kept video of a cot, or the reviewed file itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from db.errors import NotFound
from db.schema import Recording, Video
from db.store import Store
from pipeline.clock import US_PER_S
from pipeline.errors import SourceError
from pipeline.review.plan import fingerprint, look_into
from pipeline.review.reading import PartReader
from pipeline.types import ImageArray, IntArray
from pipeline.video import read_picture, read_pictures


class Footage(Protocol):
    """Gives the picture of a stored frame. ``source``: the name that its pictures share.

    ``span_us``: stored times between which the pictures lie.
    """

    source: str
    span_us: tuple[int, int]

    def covers(self, times_us: IntArray) -> NDArray[np.bool_]:
        """Tell which frames (T,), by their stored times, have a picture."""

    def picture(self, time_us: int) -> ImageArray | None:
        """Return the picture of a stored frame; None where it cannot be read."""

    def pictures(self) -> Iterator[tuple[int, ImageArray]]:
        """Yield all pictures in order, each with its stored time; raises ``SourceError``."""


class KeptFootage:
    """Pieces of video that the monitor kept."""

    def __init__(self, source: str, videos: Sequence[Video], folder: Path) -> None:
        self.source = source
        self._pieces = [
            (video.start_us, video.end_us, folder / video.path)
            for video in videos
            if (folder / video.path).is_file()
        ]
        spans_us = [(start_us, end_us) for start_us, end_us, _ in self._pieces] or [(0, 0)]
        self.span_us = spans_us[0][0], spans_us[-1][1]

    @property
    def holds_any(self) -> bool:
        """Tell whether any piece is still there."""
        return bool(self._pieces)

    def covers(self, times_us: IntArray) -> NDArray[np.bool_]:
        """Tell which frames (T,) lie within a piece."""
        covered_t = np.zeros(len(times_us), np.bool_)
        for start_us, end_us, _ in self._pieces:
            covered_t |= (times_us >= start_us) & (times_us <= end_us)
        return covered_t

    def picture(self, time_us: int) -> ImageArray | None:
        """Return the kept picture of a frame."""
        for start_us, end_us, path in self._pieces:
            if start_us <= time_us <= end_us:
                return read_picture(path, time_us)
        return None

    def pictures(self) -> Iterator[tuple[int, ImageArray]]:
        """Yield the pictures of one piece after the other."""
        for _, _, path in self._pieces:
            yield from read_pictures(path)


class FileFootage:
    """A file that was reviewed; its frames are stored from ``started_us`` on."""

    def __init__(self, path: Path, started_us: int) -> None:
        self.source = path.name
        self._started_us = started_us
        self._plan = look_into(path)
        self.span_us = started_us, started_us + round(self._plan.duration_s * US_PER_S)

    def covers(self, times_us: IntArray) -> NDArray[np.bool_]:
        """Tell which frames (T,) can be sought: all, or none where the file has no rising times."""
        return np.full(len(times_us), self._plan.parts[0].has_times)

    def picture(self, time_us: int) -> ImageArray | None:
        """Return the file's picture at a stored time."""
        at_us = self._plan.first_us + time_us - self._started_us
        half_us = self._plan.step_us // 2
        part = replace(self._plan.parts[0], start_us=at_us - half_us, end_us=at_us + half_us)
        try:
            shots = PartReader(self._plan, part).shots()
            return next((shot.picture.image_hwc for shot in shots if shot.inside), None)
        except SourceError:
            return None

    def pictures(self) -> Iterator[tuple[int, ImageArray]]:
        """Yield the file's pictures at the times at which they were stored."""
        for part in self._plan.parts:
            for shot in PartReader(self._plan, part).shots():
                if shot.inside:
                    yield self._started_us + shot.time_us, shot.picture.image_hwc


def footage_of(store: Store, recording: Recording, video_folder: Path) -> Footage | None:
    """Return where a recording's pictures are; None where there are none any more.

    A file that was changed since it was reviewed shows other pictures, and is none of them.
    """
    if recording.source == "live":
        footage = KeptFootage(f"recording {recording.id}", store.videos(recording.id), video_folder)
        return footage if footage.holds_any else None
    try:
        file = store.review_of(recording.id)
        path = Path(file.path)
        if fingerprint(path) != file.fingerprint:
            return None
        return FileFootage(path, recording.started_us)
    except (NotFound, OSError, SourceError):
        return None
