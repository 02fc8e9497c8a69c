"""Films: stored recordings as the player asks for them, piece by piece.

Everything is read when it is asked for. Only the survey of a whole film, which takes seconds, is
remembered, of the few films that were looked at last.
"""

from __future__ import annotations

import gzip
import json
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from app.views.player import PART_US, part_bytes, survey_data, times_bytes
from db.errors import NotFound
from db.folders import OVERLAY_FILE
from db.schema import ReviewedFile
from db.store import Store
from pipeline.review.plan import fingerprint
from pipeline.review.survey import survey

Footage = Literal["original", "overlay"]
FOOTAGE: tuple[Footage, ...] = ("original", "overlay")
_REMEMBERED = 4
_READ_AT_ONCE_US = 20 * 60_000_000
_FOREVER_US = 2**61


@dataclass(frozen=True, slots=True)
class Reel:
    """A video file of a film, and what a browser is told that it is."""

    path: Path
    media_type: str


class Films:
    """Reads films; shared by all visitors and the routes' threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._surveys: OrderedDict[tuple[int, int], bytes] = OrderedDict()
        self._known_files: dict[tuple[str, int, int], str] = {}

    def times(self, recording_id: int) -> bytes:
        """Return all frames' times, packed; raise ``NotFound``."""
        started_us = self._store.recording(recording_id).started_us
        found = []
        for from_us, to_us in self._spans(recording_id, _READ_AT_ONCE_US):
            series = self._store.keypoints(recording_id=recording_id, from_us=from_us, to_us=to_us)
            found.append(np.sort(series.block.times_us) - started_us)
        return _packed(times_bytes(np.concatenate(found) if found else np.empty(0, np.int64)))

    def part(self, recording_id: int, number: int) -> bytes:
        """Return the frames of one part, packed; a part beyond the end holds none."""
        from_us = self._store.recording(recording_id).started_us + number * PART_US
        series = self._store.keypoints(
            recording_id=recording_id, from_us=from_us, to_us=from_us + PART_US
        )
        return _packed(part_bytes(series))

    def survey(self, recording_id: int) -> bytes:
        """Return the survey of a film as JSON, packed; raise ``NotFound``."""
        key = (recording_id, self._store.frames_stored(recording_id))
        # One at a time: a second visitor of the same film waits for the first one's answer.
        with self._lock:
            if key not in self._surveys:
                found = survey(self._store, recording_id, self._known_trunk_px(recording_id))
                text = json.dumps(survey_data(found), separators=(",", ":"), allow_nan=False)
                self._surveys[key] = _packed(text.encode())
            self._surveys.move_to_end(key)
            while len(self._surveys) > _REMEMBERED:
                self._surveys.popitem(last=False)
            return self._surveys[key]

    def reel(self, recording_id: int, which: Footage) -> Reel | None:
        """Return a video file of a film, or None: not kept, gone, or no longer what it was."""
        try:
            file = self._store.review_of(recording_id)
        except NotFound:
            return None
        if which == "overlay":
            overlay = Path(file.out) / OVERLAY_FILE
            whole = Path(file.out).is_absolute() and overlay.is_file()
            return Reel(overlay, "video/mp4") if whole else None
        path = Path(file.path)
        return Reel(path, _media_type(path)) if self._is_unchanged(file) else None

    def _is_unchanged(self, file: ReviewedFile) -> bool:
        path = Path(file.path)
        try:
            state = path.stat()
            key = (file.path, state.st_mtime_ns, state.st_size)
            if key not in self._known_files:
                self._known_files[key] = fingerprint(path)
        except OSError:
            return False
        return self._known_files[key] == file.fingerprint

    def _known_trunk_px(self, recording_id: int) -> float | None:
        try:
            summary = self._store.review_of(recording_id).summary
        except NotFound:
            return None
        return (summary or {}).get("trunk_px")

    def _spans(self, recording_id: int, width_us: int) -> list[tuple[int, int]]:
        segments = self._store.segments(recording_id)
        if not segments:
            return []
        from_us = segments[0].started_us
        ends_us = [segment.ended_us for segment in segments]
        # While it is still being written nobody knows where it ends.
        if None in ends_us:
            return [(from_us, _FOREVER_US)]
        to_us = max(end_us for end_us in ends_us if end_us is not None) + 1
        return [
            (start_us, min(start_us + width_us, to_us))
            for start_us in range(from_us, to_us, width_us)
        ]


def _packed(content: bytes) -> bytes:
    return gzip.compress(content, compresslevel=1)


def _media_type(path: Path) -> str:
    """Return what a file is by its first bytes; a browser plays little besides these two."""
    with path.open("rb") as file:
        head = file.read(12)
    if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide"):
        return "video/mp4"
    return "video/webm" if head.startswith(b"\x1a\x45\xdf\xa3") else "application/octet-stream"
