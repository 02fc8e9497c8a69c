"""What of a review is in the database: the one truth about how far it came.

Frames are stored in the order of time, so what is stored is always a beginning of the video. After
a kill the part that was under way is worked again, and only frames later than the last stored one
are added: nothing is lost, nothing is there twice.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine

from db.audit import Actor
from db.codec import KeypointBlock
from db.errors import DatabaseError
from db.schema import MinuteRollup, Model, Recording, ReviewedFile, Segment
from db.store import Store
from db.writer import Writer
from pipeline.errors import ReviewError
from pipeline.models.manifest import Manifest
from pipeline.review.part import PartResult
from pipeline.review.plan import VideoPlan

# Half of what the writer takes; it stores thousands of frames a second.
_MOST_WAITING = 25_000
_PATIENCE_S = 30.0
_NAME_LENGTH = 300


@dataclass(slots=True)
class Entry:
    """A video's recording. ``last_us``: UTC of its last stored frame, None before the first."""

    recording_id: int
    started_us: int
    n_frames: int = 0
    last_us: int | None = None
    segment_id: int | None = None
    size_wh: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose films they are, and who says so."""

    infant_id: int
    by: Actor


class Ledger:
    """Stores what one run of a review finds. For the lead alone: the writer is its own.

    ``whose``: all its films; None: not told.
    """

    def __init__(
        self, engine: Engine, manifest: Manifest, run: str, whose: Whose | None = None
    ) -> None:
        self._whose = whose
        self.store = Store(engine)
        self._writer = Writer(engine)
        self._writer.start()
        self._dropped = 0
        self._run = run
        self._model_id = self._writer.register_model(
            Model(
                name=manifest.name,
                version=manifest.version,
                sha256=manifest.sha256,
                skeleton=manifest.skeleton.name,
                manifest=manifest.model_dump(mode="json"),
            )
        )

    def known(self, path: str) -> ReviewedFile | None:
        """Return what this run knows of a file."""
        return self.store.reviewed_file(self._run, path)

    def begin(self, plan: VideoPlan, path: str, name: str, folder: Path) -> Entry:
        """Begin the recording of a file, or take up the one that this run began.

        Raises ``ReviewError`` for a file that is no longer what it was when the run began.
        """
        known = self.known(path)
        if known is None:
            return self._new(plan, path, name, folder)
        if known.fingerprint != plan.fingerprint:
            raise ReviewError("the file was changed since this review began; review it anew")
        recording = self.store.recording(known.recording_id)
        self._tell_infant(recording)
        stored = self.store.stored_so_far(recording.id)
        entry = Entry(recording.id, recording.started_us, stored.n_frames, stored.last_us)
        if stored.segment is not None:
            entry.segment_id = stored.segment.id
            entry.size_wh = (stored.segment.width, stored.segment.height)
        return entry

    def _new(self, plan: VideoPlan, path: str, name: str, folder: Path) -> Entry:
        recording = Recording(
            source="file",
            name=name[:_NAME_LENGTH],
            started_us=plan.started_us,
            clock_suspect=plan.time_from != "file",
        )
        file = ReviewedFile(
            run=self._run,
            path=path,
            fingerprint=plan.fingerprint,
            out=str(folder),
            n_expected=plan.n_expected,
            verdict="open",
            line="",
        )
        recording_id = self.store.begin_review(recording, file)
        self._tell_infant(self.store.recording(recording_id))
        return Entry(recording_id, plan.started_us)

    def _tell_infant(self, recording: Recording) -> None:
        """Note whose film it is, unless that is known already."""
        if self._whose is not None and recording.infant_id is None:
            self.store.tell_infant(recording.id, self._whose.infant_id, by=self._whose.by)

    def add(self, entry: Entry, result: PartResult, fps: float | None) -> None:
        """Store a part's frames that are not stored yet; parts come in order."""
        times_us = result.block.times_us + entry.started_us
        known = -(2**62) if entry.last_us is None else entry.last_us
        later = int(np.searchsorted(times_us, known, "right"))
        ends = [*(stretch.first for stretch in result.stretches[1:]), len(times_us)]
        for stretch, stop in zip(result.stretches, ends, strict=True):
            begin = max(stretch.first, later)
            if begin >= stop:
                continue
            goes_on = begin > stretch.first or not stretch.begins
            if not goes_on or entry.size_wh != stretch.size_wh or entry.segment_id is None:
                self._begin_segment(entry, int(times_us[begin]), stretch.size_wh, fps)
            self._append(entry, times_us[begin:stop], result.block[begin:stop])

    def end(self, entry: Entry) -> None:
        """Store what waits and close the recording; raise ``DatabaseError`` where that fails."""
        self._writer.end_recording(entry.recording_id, ended_us=entry.last_us or entry.started_us)
        dropped = self._writer.state.dropped_frames - self._dropped
        if dropped:
            self._dropped += dropped
            raise ReviewError(f"{dropped} frames could not be stored; the database lacks room")

    def note(
        self,
        entry: Entry,
        verdict: str,
        line: str,
        summary: dict[str, Any],
        rows: list[dict[str, Any]],
    ) -> None:
        """Note what came of a file, and its minutes."""
        for row in rows:
            self._writer.put(MinuteRollup(recording_id=entry.recording_id, **row))
        self.store.end_review(entry.recording_id, verdict, line, summary)

    def close(self) -> None:
        """Store what waits and stop."""
        if not self._writer.close(_PATIENCE_S):
            raise DatabaseError(f"not all could be stored: {self._writer.state.line}")

    def _begin_segment(
        self, entry: Entry, started_us: int, size_wh: tuple[int, int], fps: float | None
    ) -> None:
        reason = "start"
        if entry.segment_id is not None:
            reason = "gap" if entry.size_wh == size_wh else "resolution"
        segment = Segment(
            recording_id=entry.recording_id,
            started_us=started_us,
            width=size_wh[0],
            height=size_wh[1],
            fps=fps,
            reason=reason,
        )
        entry.segment_id, entry.size_wh = self._writer.begin_segment(segment), size_wh

    def _append(self, entry: Entry, times_us: NDArray[np.int64], block: KeypointBlock) -> None:
        segment_id = entry.segment_id
        if segment_id is None:
            raise RuntimeError("frames came before their segment")
        self._wait_for_room()
        for n in range(len(block)):
            self._writer.append(
                segment_id,
                self._model_id,
                int(times_us[n]),
                int(block.flags_t[n]),
                block.keypoints_tkc[n],
                block.scores_tk[n],
            )
        entry.n_frames += len(block)
        entry.last_us = int(times_us[-1])

    def _wait_for_room(self) -> None:
        """Wait while the writer has much to do; raise ``DatabaseError`` when it cannot go on."""
        waited_s = 0.0
        while self._writer.state.waiting_frames > _MOST_WAITING:
            state = self._writer.state
            if state.kind != "ok":
                waited_s += 0.1
            if waited_s > _PATIENCE_S:
                raise DatabaseError(f"{state.line}; then go on with --resume")
            time.sleep(0.1)
