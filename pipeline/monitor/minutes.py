"""One cot's minutes: frames gathered as they come, rolled up a few seconds after each has ended."""

from __future__ import annotations

from collections import deque

import numpy as np

from db.codec import KeypointBlock, decode, encode
from db.schema import MinuteRollup
from db.times import MINUTE_US
from pipeline.clock import US_PER_S
from pipeline.movement.minute import MARGIN_US, TrunkMemory, minute_row
from pipeline.skeleton import INFANT13
from pipeline.types import Pose

_LATE_US = 3 * US_PER_S


class MinuteBook:
    """Gathers one cot's frames by stored time and rolls up each minute once it is over.

    A minute in which the camera was silent is rolled up too, so that "nothing seen" is on record
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

    def roll_up_finished(self, now_us: int, expected_fps: float | None) -> list[MinuteRollup]:
        """Return a row, without recording, of each minute that ended 3 s ago or earlier, once."""
        return self._roll_up_until(now_us - _LATE_US, now_us, expected_fps)

    def roll_up_rest(self, now_us: int, expected_fps: float | None) -> list[MinuteRollup]:
        """Return the rows of all that is left, the minute of now included."""
        return self._roll_up_until(now_us + MINUTE_US, now_us, expected_fps)

    def _roll_up_until(
        self, until_us: int, now_us: int, expected_fps: float | None
    ) -> list[MinuteRollup]:
        rows = []
        while self._next_us + MINUTE_US <= until_us:
            watched_us = self._watched_us(self._next_us, now_us)
            rows.append(self._row(self._next_us, watched_us, expected_fps))
            self._next_us += MINUTE_US
            self._forget(self._next_us - MARGIN_US)
        return rows

    def _watched_us(self, minute_us: int, now_us: int) -> tuple[int, int]:
        from_us = max(minute_us, self._begin_us)
        return from_us, max(from_us, min(minute_us + MINUTE_US, now_us))

    def _row(
        self, minute_us: int, watched_us: tuple[int, int], expected_fps: float | None
    ) -> MinuteRollup:
        block = self._block(minute_us - MARGIN_US, minute_us + MINUTE_US + MARGIN_US)
        return minute_row(
            block,
            minute_us,
            expected_fps=expected_fps,
            breaks_us=tuple(self._breaks_us),
            trunk_length_px=self._trunk.look(block, self._breaks_us),
            watched_us=watched_us,
        )

    def _block(self, from_us: int, to_us: int) -> KeypointBlock:
        """Return the frames of a span as they are stored, so that a recomputation agrees."""
        chosen = [(time_us, pose) for time_us, pose in self._frames if from_us <= time_us < to_us]
        if not chosen:
            return KeypointBlock.empty(len(INFANT13))
        poses = [pose for _, pose in chosen]
        block = KeypointBlock(
            np.array([time_us for time_us, _ in chosen], np.int64),
            np.array([int(pose.flags) for pose in poses], np.uint16),
            np.stack([pose.keypoints_kc for pose in poses]),
            np.stack([pose.scores_k for pose in poses]),
        )
        return decode(encode(block))

    def _forget(self, before_us: int) -> None:
        while self._frames and self._frames[0][0] < before_us:
            self._frames.popleft()
        while self._breaks_us and self._breaks_us[0] < before_us:
            self._breaks_us.popleft()
