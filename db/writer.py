"""The one writer: its own thread and connection, one transaction a second for all cots.

What is appended is on the disk within ``flush_s`` and one commit. A transaction that fails is
rolled back, what it held is kept in memory (bounded, drops counted) and tried again each second,
so recording goes on by itself once there is room.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeVar

import numpy as np
from numpy.typing import ArrayLike
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from db.backlog import Backlog, ChunkRow, FrameRow, Pending, Row
from db.codec import check_frame
from db.engine import checkpoint, writing
from db.errors import CodecError, DatabaseBusy, DatabaseError, DiskFull, RowRejected
from db.inserting import insert_all, insert_each
from db.merging import MinuteKey, merge_minute
from db.schema import Event, Model, Recording, Segment
from db.times import MINUTE_US, clock_is_suspect, now_us

_CHECKPOINT_EVERY_S = 20.0
_ANSWER_WITHIN_S = 15.0
_CHUNKS_PER_TRANSACTION = 2000
_MERGES_PER_TRANSACTION = 24

T = TypeVar("T")
Kind = Literal["ok", "disk_full", "busy", "failed", "stopped"]


@dataclass(frozen=True, slots=True)
class WriterState:
    """How the writer is doing; ``line`` says what is wrong when ``kind`` is not 'ok'.

    ``since_us``: when this kind of state began. ``dropped_frames`` counts frames given up for
    want of room or for a time that did not rise, ``rejected_rows`` those that the schema refused.
    """

    kind: Kind
    since_us: int
    line: str = ""
    stored_frames: int = 0
    waiting_frames: int = 0
    dropped_frames: int = 0
    rejected_rows: int = 0
    last_commit_us: int | None = None
    last_commit_ms: float = 0.0


class Writer:
    """Writes everything that the monitor (or a review) records, from one thread.

    ``append`` and ``put`` never wait. ``begin_recording``, ``begin_segment``, ``register_model``
    and ``end_recording`` wait for the database and raise its errors: ``DiskFull``,
    ``DatabaseBusy``, ``RowRejected``; after one of the first two, ask again later.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        flush_s: float = 1.0,
        max_waiting_frames: int = 50_000,
        max_waiting_bytes: int = 64 * 1024 * 1024,
    ) -> None:
        self._engine = engine
        self._flush_s = flush_s
        self._backlog = Backlog(max_frames=max_waiting_frames, max_bytes=max_waiting_bytes)
        self._orders: deque[tuple[Callable[[Session], Any], Future[Any]]] = deque()
        self._open_minutes: set[MinuteKey] = set()
        self._wake = threading.Condition()
        self._closing = False
        self._state = WriterState("stopped", now_us())
        self._next_checkpoint_s = 0.0
        self._thread = threading.Thread(target=self._run, name="cotside-writer", daemon=True)

    # What the monitor calls

    def start(self) -> None:
        """Begin to write."""
        self._next_checkpoint_s = time.monotonic() + _CHECKPOINT_EVERY_S
        self._state = WriterState("ok", now_us())
        self._thread.start()

    @property
    def state(self) -> WriterState:
        """Return how the writer is doing."""
        return replace(
            self._state,
            waiting_frames=self._backlog.waiting_frames,
            dropped_frames=self._backlog.dropped_frames,
        )

    def begin_recording(self, recording: Recording) -> int:
        """Store a new recording (its ``started_us`` is now unless given); return its id."""
        return self._ask(lambda session: _added_recording(session, recording))

    def begin_segment(self, segment: Segment) -> int:
        """Store a new segment, which ends the recording's last and is numbered next; return id."""
        return self._ask(lambda session: self._add_segment(session, segment))

    def register_model(self, model: Model) -> int:
        """Return the id of the model of this ``sha256``, storing it when it is new."""
        return self._ask(lambda session: _known_model(session, model))

    def append(
        self,
        segment_id: int,
        model_id: int,
        time_us: int,
        flags: int,
        keypoints_kc: ArrayLike,
        scores_k: ArrayLike,
    ) -> bool:
        """Queue one frame's raw estimate; never waits; False when there is no room for it.

        ``keypoints_kc``: (K, 2) pixels, NaN = absent; ``scores_k``: (K,). ``time_us`` must rise
        within a segment: a frame that does not is dropped and counted. Raises ``CodecError`` for
        arrays that cannot be stored (shapes that do not match, infinities).
        """
        keypoints = np.array(keypoints_kc, np.float32)
        scores = np.array(scores_k, np.float32)
        check_frame(keypoints, scores)
        return self._backlog.add_frame(
            FrameRow(int(segment_id), int(model_id), int(time_us), int(flags), keypoints, scores)
        )

    def put(self, row: Row) -> None:
        """Queue an event, heartbeat, minute rollup or video row; never waits.

        A heartbeat takes the place of its instance's last, a rollup that of its minute. An event
        or video gets its ``id`` when stored; change it and put it again to update it.
        """
        self._backlog.add_rows(row)

    def put_together(self, rows: Sequence[Row]) -> None:
        """Queue rows that belong to one transaction; never waits."""
        self._backlog.add_rows(*rows)

    def mark_clock_suspect(self, recording_id: int) -> None:
        """Note that the wall clock jumped during a recording."""
        self._ask(
            lambda session: session.execute(
                update(Recording).where(Recording.id == recording_id).values(clock_suspect=True)
            )
        )

    def end_recording(self, recording_id: int, *, ended_us: int | None = None) -> None:
        """Store what waits, then mark the recording and its last segment as orderly ended."""
        self._ask(lambda session: self._end(session, recording_id, ended_us))

    def close(self, timeout_s: float = 5.0) -> bool:
        """Store what waits and stop; return False when it could not all be stored in time."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        stored = not self._thread.is_alive() and not self._backlog.waiting_frames
        return stored and not self._backlog.rows()

    # What the thread does

    def _ask(self, order: Callable[[Session], T]) -> T:
        answer: Future[T] = Future()
        with self._wake:
            if self._closing or not self._thread.is_alive():
                raise DatabaseError("the writer is not running; nothing was stored")
            self._orders.append((order, answer))
            self._wake.notify()
        try:
            return answer.result(_ANSWER_WITHIN_S)
        except FutureTimeout:
            answer.cancel()
            raise DatabaseBusy(
                f"the database did not answer within {_ANSWER_WITHIN_S:.0f} s; try again"
            ) from None

    def _run(self) -> None:
        next_flush_s = time.monotonic() + self._flush_s
        while not self._closing:
            with self._wake:
                self._wake.wait_for(
                    lambda: self._orders or self._closing, next_flush_s - time.monotonic()
                )
            self._turn()
            if time.monotonic() >= next_flush_s:
                next_flush_s = time.monotonic() + self._flush_s
        self._turn()
        self._finish()

    def _turn(self) -> None:
        """Store what waits, answer what was asked, and keep the log short.

        Only what was asked before the storing began: frames that came ahead of a later question
        may have missed it, and their recording must not be ended without them.
        """
        asked = len(self._orders)
        try:
            self._flush()
        except DatabaseError as error:
            self._set_state(_kind_of(error), str(error))
        except Exception as error:  # the thread must outlive any fault, and say it
            self._set_state("failed", f"the writer met {type(error).__name__}: {error}")
        for _ in range(asked):
            self._answer(*self._orders.popleft())
        if time.monotonic() >= self._next_checkpoint_s:
            self._checkpoint()

    def _flush(self) -> None:
        self._backlog.encode_frames()
        while True:
            chunks = list(itertools.islice(self._backlog.chunks, _CHUNKS_PER_TRANSACTION))
            rows = self._backlog.rows()
            ripe = self._ripe_minutes()
            if not (chunks or rows or ripe):
                break
            self._store(chunks, rows, ripe)
        self._set_state("ok")

    def _store(self, chunks: list[ChunkRow], waiting: list[Pending], ripe: list[MinuteKey]) -> None:
        """Write one transaction; when the schema refuses a row, write all the others."""
        began_s = time.monotonic()
        rows = [pending.row for pending in waiting]
        try:
            with writing(self._engine) as session:
                inserted = insert_all(session, chunks, rows)
                faults = [fault for key in ripe if (fault := _merge(session, key))]
        except RowRejected:
            with writing(self._engine) as session:
                inserted, faults = insert_each(session, chunks, rows)
            ripe = []
            self._state = replace(
                self._state, rejected_rows=self._state.rejected_rows + len(faults)
            )
        for each in inserted:
            each.hand_over_id()
        self._backlog.forget_rows(waiting)
        self._count(chunks, began_s)
        self._open_minutes.difference_update(ripe)
        for fault in faults:
            self._backlog.add_rows(fault)

    def _count(self, chunks: list[ChunkRow], began_s: float) -> None:
        for chunk in chunks:
            minute_us = chunk.start_us - chunk.start_us % MINUTE_US
            self._open_minutes.add(MinuteKey(chunk.segment_id, chunk.model_id, minute_us))
        stored = self._backlog.forget_chunks(len(chunks))
        self._state = replace(
            self._state,
            stored_frames=self._state.stored_frames + stored,
            last_commit_us=now_us(),
            last_commit_ms=1000 * (time.monotonic() - began_s),
        )

    def _ripe_minutes(self) -> list[MinuteKey]:
        """Return minutes that are over: a newer frame, or the end of the segment, came since."""
        ripe = []
        for key in self._open_minutes:
            newest_us = self._backlog.last_time_us(key.segment_id)
            if newest_us is None or newest_us >= key.minute_us + MINUTE_US:
                ripe.append(key)
        return ripe[:_MERGES_PER_TRANSACTION]

    def _answer(self, order: Callable[[Session], Any], answer: Future[Any]) -> None:
        if not answer.set_running_or_notify_cancel():
            return
        try:
            with writing(self._engine) as session:
                result = order(session)
        except Exception as error:  # the asker gets it
            answer.set_exception(error)
        else:
            answer.set_result(result)

    def _add_segment(self, session: Session, segment: Segment) -> int:
        before = session.scalars(
            select(Segment)
            .where(Segment.recording_id == segment.recording_id)
            .order_by(Segment.number.desc())
            .limit(1)
        ).first()
        segment.number = 1 if before is None else before.number + 1
        if before is not None and before.ended_us is None:
            before.ended_us = self._backlog.last_time_us(before.id) or before.started_us
            self._backlog.forget_segment(before.id)
        return _added(session, segment)

    def _end(self, session: Session, recording_id: int, ended_us: int | None) -> None:
        recording = session.get(Recording, recording_id)
        if recording is None:
            raise RowRejected(f"there is no recording {recording_id} to end")
        last_us = 0
        for segment in session.scalars(
            select(Segment).where(Segment.recording_id == recording_id, Segment.ended_us.is_(None))
        ):
            segment.ended_us = self._backlog.last_time_us(segment.id) or segment.started_us
            last_us = max(last_us, segment.ended_us)
            self._backlog.forget_segment(segment.id)
        recording.ended_us = ended_us if ended_us is not None else max(last_us, now_us())
        recording.clean_end = True

    def _checkpoint(self) -> None:
        self._next_checkpoint_s = time.monotonic() + _CHECKPOINT_EVERY_S
        try:
            checkpoint(self._engine)
        except DatabaseError as error:
            self._set_state(_kind_of(error), str(error))

    def _finish(self) -> None:
        """Join what is left of the last minute and refuse what was asked too late."""
        for key in list(self._open_minutes):
            self._backlog.forget_segment(key.segment_id)
        self._turn()
        self._checkpoint()
        for _, answer in self._orders:
            answer.set_exception(DatabaseError("the writer has stopped; nothing was stored"))
        self._set_state("stopped")

    def _set_state(self, kind: Kind, line: str = "") -> None:
        before = self._state
        if kind == "ok" and before.kind == "disk_full":
            self.put(
                Event(
                    time_us=before.since_us,
                    end_us=now_us(),
                    kind="disk_full",
                    severity="high",
                    message="the database could not be written: "
                    f"{self._backlog.dropped_frames} frames given up so far",
                )
            )
        if kind != before.kind or line != before.line:
            since_us = before.since_us if kind == before.kind else now_us()
            self._state = replace(before, kind=kind, since_us=since_us, line=line)


def _kind_of(error: DatabaseError) -> Kind:
    if isinstance(error, DiskFull):
        return "disk_full"
    return "busy" if isinstance(error, DatabaseBusy) else "failed"


def _added(session: Session, row: Recording | Segment | Model) -> int:
    session.add(row)
    session.flush()
    return row.id


def _added_recording(session: Session, recording: Recording) -> int:
    recording_id = _added(session, recording)
    recording.clock_suspect = recording.clock_suspect or clock_is_suspect(recording.started_us)
    return recording_id


def _known_model(session: Session, model: Model) -> int:
    known = session.scalar(select(Model.id).where(Model.sha256 == model.sha256))
    return _added(session, model) if known is None else known


def _merge(session: Session, key: MinuteKey) -> Event | None:
    try:
        merge_minute(session, key)
    except CodecError as error:
        what = f"keypoints of segment {key.segment_id} could not be joined: {error}"
        return Event.moment("chunk_damaged", what)
    return None
