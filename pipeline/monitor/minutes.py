"""One cot's minutes: frames gathered as they come, each minute cut off once it is over.

Cutting off is quick and belongs to the loop; counting is not and may happen on another thread,
minute after minute of a cot in their order.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from db.codec import KeypointBlock, decode, encode
from db.schema import MinuteRollup
from db.times import MINUTE_US
from pipeline.clock import US_PER_S
from pipeline.movement.minute import MARGIN_US, Span, TrunkMemory, minute_row
from pipeline.skeleton import INFANT13
from pipeline.types import Pose

_LATE_US = 3 * US_PER_S


@dataclass(frozen=True, slots=True)
class CutMinute:
    """All that is needed to count one minute, whatever comes after it.

    ``frames``: (stored time, pose), from 2 s before the minute to what there was after it.
    ``trunk`` is shared by the minutes of a book and goes on with each that is counted.
    """

    minute_us: int
    frames: tuple[tuple[int, Pose], ...]
    breaks_us: tuple[int, ...]
    watched_us: Span
    expected_fps: float | None
    trunk: TrunkMemory

    def count(self) -> MinuteRollup:
        """Return the minute's row, without its recording; once, after those before it."""
        block = self._block()
        return minute_row(
            block,
            self.minute_us,
            expected_fps=self.expected_fps,
            breaks_us=self.breaks_us,
            trunk_length_px=self.trunk.look(block, self.breaks_us),
            watched_us=self.watched_us,
        )

    def _block(self) -> KeypointBlock:
        """Return the frames as they are stored, so that a recomputation agrees."""
        if not self.frames:
            return KeypointBlock.empty(len(INFANT13))
        poses = [pose for _, pose in self.frames]
        block = KeypointBlock(
            np.array([time_us for time_us, _ in self.frames], np.int64),
            np.array([int(pose.flags) for pose in poses], np.uint16),
            np.stack([pose.keypoints_kc for pose in poses]),
            np.stack([pose.scores_k for pose in poses]),
        )
        return decode(encode(block))


class MinuteBook:
    """Gathers one cot's frames by stored time and cuts off each minute once it is over.

    A minute in which the camera was silent is cut off too, so that "nothing seen" is on record
    as such. ``begin_us`` says from when on.
    """

    def __init__(self, begin_us: int) -> None:
        self._begin_us = begin_us
        self._frames: deque[tuple[int, Pose]] = deque()
        self._breaks_us: deque[int] = deque()
        self._next_us = begin_us - begin_us % MINUTE_US
        self._trunk = TrunkMemory()

    def add(self, time_us: int, pose: Pose, is_new_segment: bool) -> None:
        """Take a frame."""
        if is_new_segment:
            self._breaks_us.append(time_us)
        self._frames.append((time_us, pose))

    def cut_finished(self, now_us: int, expected_fps: float | None) -> list[CutMinute]:
        """Return each minute that ended 3 s ago or earlier, once."""
        return self._cut_until(now_us - _LATE_US, now_us, expected_fps)

    def cut_rest(self, now_us: int, expected_fps: float | None) -> list[CutMinute]:
        """Return all that is left, the minute of now included."""
        return self._cut_until(now_us + MINUTE_US, now_us, expected_fps)

    def _cut_until(self, until_us: int, now_us: int, expected_fps: float | None) -> list[CutMinute]:
        minutes = []
        while self._next_us + MINUTE_US <= until_us:
            minutes.append(self._cut(self._next_us, now_us, expected_fps))
            self._next_us += MINUTE_US
            self._forget(self._next_us - MARGIN_US)
        return minutes

    def _cut(self, minute_us: int, now_us: int, expected_fps: float | None) -> CutMinute:
        from_us, to_us = minute_us - MARGIN_US, minute_us + MINUTE_US + MARGIN_US
        watched_from_us = max(minute_us, self._begin_us)
        return CutMinute(
            minute_us,
            tuple(one for one in self._frames if from_us <= one[0] < to_us),
            tuple(self._breaks_us),
            (watched_from_us, max(watched_from_us, min(minute_us + MINUTE_US, now_us))),
            expected_fps,
            self._trunk,
        )

    def _forget(self, before_us: int) -> None:
        while self._frames and self._frames[0][0] < before_us:
            self._frames.popleft()
        while self._breaks_us and self._breaks_us[0] < before_us:
            self._breaks_us.popleft()
