"""What waits to be written: frames as they come, then chunks and rows; bounded, drops counted."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Hashable
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from db.advisory_schema import Advisory, AdvisoryMemory, AdvisoryTransition
from db.codec import KeypointBlock, encode
from db.errors import CodecError
from db.merging import MinuteKey
from db.schema import Event, Heartbeat, MinuteRollup, Video
from db.times import MINUTE_US

AdvisoryRow: TypeAlias = Advisory | AdvisoryTransition | AdvisoryMemory
Row: TypeAlias = Event | Heartbeat | MinuteRollup | Video | AdvisoryRow


class FrameRow(NamedTuple):
    """One frame's estimate on its way to the database."""

    segment_id: int
    model_id: int
    time_us: int
    flags: int
    keypoints_kc: NDArray[np.float32]
    scores_k: NDArray[np.float32]


class ChunkRow(NamedTuple):
    """One row of ``chunks`` on its way to the database."""

    segment_id: int
    model_id: int
    start_us: int
    end_us: int
    n_frames: int
    payload: bytes


class Pending(NamedTuple):
    """A row that waits; ``serial`` tells two puttings of one row apart."""

    serial: int
    row: Row


class Backlog:
    """Frames, chunks and rows that are not stored yet.

    ``add_frame`` and ``add_rows`` may be called from any thread, the rest from the writer's alone.
    Beyond ``max_frames`` waiting frames the newest is refused; beyond ``max_bytes`` of encoded
    chunks the oldest are given up: what follows a long outage is worth more than its start.
    """

    def __init__(self, *, max_frames: int, max_bytes: int, max_rows: int = 20_000) -> None:
        self._frames: deque[FrameRow] = deque()
        self._max_frames, self._max_bytes, self._max_rows = max_frames, max_bytes, max_rows
        self._last_time_us: dict[int, int] = {}
        self._rows: dict[Hashable, Pending] = {}
        self._serial = 0
        self._rows_lock = threading.Lock()
        self.chunks: deque[ChunkRow] = deque()
        self._chunk_bytes = 0
        self._in_hand = 0  # taken off the queue, not a chunk yet
        self.dropped_frames = 0
        self.dropped_rows = 0

    def add_frame(self, frame: FrameRow) -> bool:
        """Queue a frame; return False when there is no room for it."""
        if len(self._frames) >= self._max_frames:
            self.dropped_frames += 1
            return False
        self._frames.append(frame)
        return True

    def add_rows(self, *rows: Row) -> None:
        """Queue rows, to be stored in one transaction; a later one takes its key's place."""
        with self._rows_lock:
            for row in rows:
                if len(self._rows) >= self._max_rows:
                    self._give_up_a_row()
                self._serial += 1
                self._rows[_row_key(row)] = Pending(self._serial, row)

    def _give_up_a_row(self) -> None:
        """Take the oldest row off the list, one of an advisory only when there is no other."""
        spared = (Advisory, AdvisoryTransition)
        others = (key for key, one in self._rows.items() if not isinstance(one.row, spared))
        self._rows.pop(next(others, None) or next(iter(self._rows)))
        self.dropped_rows += 1

    @property
    def waiting_frames(self) -> int:
        """Return how many frames are not stored yet."""
        encoded = sum(chunk.n_frames for chunk in tuple(self.chunks))
        return len(self._frames) + self._in_hand + encoded

    def encode_frames(self) -> None:
        """Turn the frames that wait into chunks, each within one minute of one segment."""
        groups: dict[MinuteKey, list[FrameRow]] = {}
        self._in_hand = len(self._frames)
        for _ in range(self._in_hand):
            frame = self._frames.popleft()
            if frame.time_us <= self._last_time_us.get(frame.segment_id, frame.time_us - 1):
                self.dropped_frames += 1  # times rise within a segment, whatever a camera sends
                continue
            self._last_time_us[frame.segment_id] = frame.time_us
            groups.setdefault(minute_of(frame), []).append(frame)
        for key, frames in groups.items():
            try:
                self._add_chunk(key, frames)
            except (CodecError, ValueError):  # one model with two numbers of keypoints
                self.dropped_frames += len(frames)
        self._in_hand = 0

    def _add_chunk(self, key: MinuteKey, frames: list[FrameRow]) -> None:
        payload = encode(_block(frames))
        self.chunks.append(
            ChunkRow(
                key.segment_id,
                key.model_id,
                frames[0].time_us,
                frames[-1].time_us,
                len(frames),
                payload,
            )
        )
        self._chunk_bytes += len(payload)
        while self._chunk_bytes > self._max_bytes:
            self.dropped_frames += self.forget_chunks(1)

    def forget_chunks(self, count: int) -> int:
        """Take the oldest chunks off the list, stored or given up; return their frames."""
        frames = 0
        for _ in range(count):
            chunk = self.chunks.popleft()
            self._chunk_bytes -= len(chunk.payload)
            frames += chunk.n_frames
        return frames

    def rows(self) -> list[Pending]:
        """Return the rows that wait, oldest first."""
        with self._rows_lock:
            return list(self._rows.values())

    def forget_rows(self, rows: list[Pending]) -> None:
        """Take stored rows off the list, unless they were put again meanwhile."""
        with self._rows_lock:
            for pending in rows:
                key = _row_key(pending.row)
                if self._rows.get(key) == pending:
                    del self._rows[key]

    def last_time_us(self, segment_id: int) -> int | None:
        """Return the time of the newest frame of a segment that came this far."""
        return self._last_time_us.get(segment_id)

    def forget_segment(self, segment_id: int) -> None:
        """Let go of what is remembered of a segment that has ended."""
        self._last_time_us.pop(segment_id, None)


def minute_of(frame: FrameRow) -> MinuteKey:
    """Return the minute that a frame belongs to."""
    minute_us = frame.time_us - frame.time_us % MINUTE_US
    return MinuteKey(frame.segment_id, frame.model_id, minute_us)


def _row_key(row: Row) -> Hashable:
    if isinstance(row, Heartbeat):
        return "heartbeat", row.instance
    if isinstance(row, MinuteRollup):
        return "rollup", row.recording_id, row.minute_us
    if isinstance(row, Advisory):
        return "advisory", row.key
    if isinstance(row, AdvisoryMemory):
        return "advisory memory", row.place
    return id(row)


def _block(frames: list[FrameRow]) -> KeypointBlock:
    return KeypointBlock(
        np.array([frame.time_us for frame in frames], np.int64),
        np.array([frame.flags for frame in frames], np.uint16),
        np.stack([frame.keypoints_kc for frame in frames]),
        np.stack([frame.scores_k for frame in frames]),
    )
