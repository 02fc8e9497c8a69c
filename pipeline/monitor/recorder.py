"""One cot on record: its recording, its segments, the stored time of each frame.

The database may be slow or full; the monitor's loop never waits for it. A segment is opened on
the desk's own thread, and its first frames wait in memory until it has a number.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from db.errors import DatabaseError
from db.schema import Event, Model, Recording, Segment
from db.writer import Writer
from pipeline.clock import StreamTimeline, UtcClock
from pipeline.types import Frame, Pose

_WAITING_FRAMES = 900
_RETRY_S = 2.0


@dataclass(slots=True)
class Desk:
    """What all recorders of one monitor share. ``model`` is the row of the model in use."""

    writer: Writer
    clock: UtcClock
    instance: str
    model: Model
    executor: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(1, thread_name_prefix="recorder")
    )

    def event(self, event: Event) -> None:
        """Put an event on record; never waits."""
        self.writer.put(event)


@dataclass(frozen=True, slots=True)
class SegmentFacts:
    """What a segment row says of its pictures; ``rectangle`` is the cot in picture pixels."""

    size_wh: tuple[int, int]
    fps: float | None
    rectangle: dict[str, Any] | None


class CotRecorder:
    """Stores one cot's frames; never waits, counts what it had to give up.

    ``recording`` is the one that frames go into now, None while there is none.
    """

    def __init__(self, desk: Desk, cot_id: int, camera_id: int, name: str) -> None:
        self._desk = desk
        self._row = (cot_id, camera_id, name)
        self.recording: RecordingOnDesk | None = None
        self._segment: _Segment | None = None
        self.given_up = 0

    @property
    def ids(self) -> tuple[int, int] | None:
        """Return (recording, segment) once both are in the database."""
        return None if self._segment is None else self._segment.ids

    def take(self, frame: Frame, pose: Pose, facts: Callable[[], SegmentFacts]) -> tuple[int, bool]:
        """Store a frame's raw estimate; return its stored time (UTC µs) and if a segment began."""
        arrival_us = self._desk.clock.at_us(frame.arrival_ns)
        reason = self._reason_for_new_segment(frame, arrival_us)
        if reason:
            self._begin_segment(frame, arrival_us, reason, facts())
        segment = self._segment
        if segment is None:
            raise RuntimeError("a frame was taken without a segment")
        time_us = segment.timeline.time_us(frame.stream_us)
        segment.add(time_us, pose)
        return time_us, bool(reason)

    def restart(self, *, clock_suspect: bool = False) -> None:
        """End the recording; the next frame begins a new one (the wall clock was set, say)."""
        segment, self._segment = self._segment, None
        recording, self.recording = self.recording, None
        if segment is not None:
            self.given_up += segment.abandon()
        if recording is not None:
            recording.end(clock_suspect)

    def _reason_for_new_segment(self, frame: Frame, arrival_us: int) -> str:
        current = self._segment
        if current is None:
            return "start"
        if frame.size_wh != current.facts.size_wh:
            return "resolution"
        if frame.segment != current.number:
            return "stream"
        if current.timeline.has_drifted(frame.stream_us, arrival_us):
            return "drift"
        return ""

    def _begin_segment(
        self, frame: Frame, arrival_us: int, reason: str, facts: SegmentFacts
    ) -> None:
        if self._segment is not None:
            self.given_up += self._segment.abandon()
        if self.recording is None:
            self.recording = RecordingOnDesk(self._desk, *self._row, started_us=arrival_us)
        timeline = StreamTimeline(frame.stream_us, arrival_us)
        self._segment = _Segment(self.recording, frame.segment, timeline, facts, reason)


class RecordingOnDesk:
    """A recording row, opened on the desk's thread; ``id`` is None until then."""

    def __init__(self, desk: Desk, cot_id: int, camera_id: int, name: str, started_us: int) -> None:
        self.desk = desk
        self._model = desk.model  # a later one belongs to later recordings
        self._fields = {"cot_id": cot_id, "camera_id": camera_id, "name": name}
        self._started_us = started_us
        self.id: int | None = None
        self.model_id = 0

    def open(self) -> int:
        """Return the row's id, making it when it is not there yet; on the desk's thread only."""
        if self.id is None:
            writer = self.desk.writer
            self.model_id = writer.register_model(_copy_of(self._model))
            self.id = writer.begin_recording(
                Recording(
                    **self._fields,
                    source="live",
                    started_us=self._started_us,
                    monitor_instance=self.desk.instance,
                    clock_suspect=self.desk.clock.suspect,
                )
            )
        return self.id

    def end(self, clock_suspect: bool) -> None:
        """End the row on the desk's thread, after all that was asked before."""
        self.desk.executor.submit(self._end, clock_suspect)

    def _end(self, clock_suspect: bool) -> None:
        if self.id is None:
            return
        if clock_suspect:
            self.desk.writer.mark_clock_suspect(self.id)
        self.desk.writer.end_recording(self.id)


class _Segment:
    """A segment row being opened, and the frames that wait for it."""

    def __init__(
        self,
        recording: RecordingOnDesk,
        number: int,
        timeline: StreamTimeline,
        facts: SegmentFacts,
        reason: str,
    ) -> None:
        self.number, self.timeline, self.facts = number, timeline, facts
        self._recording, self._reason = recording, reason
        self._waiting: deque[tuple[int, Pose]] = deque(maxlen=_WAITING_FRAMES)
        self._opening: Future[tuple[int, int]] | None = None
        self._retry_at_s = 0.0
        self._lost = 0
        self.ids: tuple[int, int] | None = None

    def add(self, time_us: int, pose: Pose) -> None:
        """Hand a frame to the writer, or keep it until the segment is open."""
        if self.ids is None:
            self._look_after_opening(time_us)
        if self.ids is None:
            self._lost += len(self._waiting) == _WAITING_FRAMES
            self._waiting.append((time_us, pose))
        else:
            self._append(time_us, pose)

    def abandon(self) -> int:
        """Return how many frames were lost; those that still wait follow when it opens."""
        if self.ids is None and self._waiting:
            opening = self._opening or self._recording.desk.executor.submit(self._open, 0)
            opening.add_done_callback(self._drain_late)
        return self._lost

    def _look_after_opening(self, time_us: int) -> None:
        opening = self._opening
        if opening is None:
            if time.monotonic() >= self._retry_at_s:
                self._opening = self._recording.desk.executor.submit(self._open, time_us)
        elif opening.done():
            self._opening = None
            if opening.exception() is None:
                self.ids = opening.result()
                self._drain()
            else:
                self._retry_at_s = time.monotonic() + _RETRY_S

    def _open(self, time_us: int) -> tuple[int, int]:
        recording_id = self._recording.open()
        segment = Segment(
            recording_id=recording_id,
            started_us=self._waiting[0][0] if self._waiting else time_us,
            width=self.facts.size_wh[0],
            height=self.facts.size_wh[1],
            fps=self.facts.fps,
            rectangle=self.facts.rectangle,
            reason=self._reason,
        )
        return recording_id, self._recording.desk.writer.begin_segment(segment)

    def _drain_late(self, opening: Future[tuple[int, int]]) -> None:
        if opening.exception() is None and self.ids is None:
            self.ids = opening.result()
            self._drain()

    def _drain(self) -> None:
        while self._waiting:
            self._append(*self._waiting.popleft())

    def _append(self, time_us: int, pose: Pose) -> None:
        if self.ids is None:
            raise DatabaseError("a frame was handed over before its segment was open")
        self._recording.desk.writer.append(
            self.ids[1],
            self._recording.model_id,
            time_us,
            int(pose.flags),
            pose.keypoints_kc,
            pose.scores_k,
        )


def _copy_of(model: Model) -> Model:
    """Make a fresh row: a stored one belongs to the session that stored it."""
    return Model(
        name=model.name,
        version=model.version,
        sha256=model.sha256,
        skeleton=model.skeleton,
        manifest=model.manifest,
    )
