"""One cot's minutes: frames gathered as they come, rolled up a few seconds after each has ended."""

from __future__ import annotations

import math
from collections import deque

import numpy as np

from db.codec import KeypointBlock, decode, encode
from db.schema import MinuteRollup
from db.times import MINUTE_US
from pipeline.clock import US_PER_S
from pipeline.movement import roll_up, rollup_row, trunk_px
from pipeline.skeleton import INFANT13
from pipeline.types import Pose

# Frames beside a minute spare the filter its ends; a recomputation takes as many.
MARGIN_US = 2 * US_PER_S
_LATE_US = 3 * US_PER_S
# Shorter gaps are frames left out by a busy machine; the coverage tells of those.
_SILENCE_US = US_PER_S // 2
_CAMERA_SILENT = "no picture"
_NOT_MONITORED = "not monitored"


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
        self._trunk_px: float | None = None

    def add(self, time_us: int, pose: Pose, is_new_segment: bool) -> None:
        """Take a frame."""
        if is_new_segment:
            self._breaks_us.append(time_us)
            self._trunk_px = None
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
        figures = roll_up(
            block,
            minute_us,
            expected_fps=expected_fps,
            breaks_us=tuple(self._breaks_us),
            trunk_length_px=self._trunk_of(block),
        )
        missing = self._missing(block, watched_us, figures.frames_expected / 60)
        return rollup_row(figures, missing)

    def _missing(
        self, block: KeypointBlock, watched_us: tuple[int, int], fps: float
    ) -> dict[str, int]:
        """Return, in frames, for how long nobody watched and for how long no picture came."""
        from_us, to_us = watched_us
        inside = block.times_us[(block.times_us >= from_us) & (block.times_us < to_us)]
        gaps_us = np.diff(np.concatenate([[from_us], inside, [to_us]]))
        silent_us = int(gaps_us[gaps_us > _SILENCE_US].sum())
        spans_us = {
            _NOT_MONITORED: MINUTE_US - (to_us - from_us),
            _CAMERA_SILENT: silent_us,
        }
        # A camera that never came has no rate: its seconds are counted instead.
        counts = {word: round(us / US_PER_S * (fps or 1)) for word, us in spans_us.items()}
        return {word: count for word, count in counts.items() if count}

    def _trunk_of(self, block: KeypointBlock) -> float | None:
        """Return the trunk seen in a block, or the segment's last one while hips are covered."""
        seen_px = trunk_px(block.keypoints_tkc, block.scores_tk)
        if math.isfinite(seen_px):
            self._trunk_px = seen_px
        return self._trunk_px

    def _block(self, from_us: int, to_us: int) -> KeypointBlock:
        """Return the frames of a span as they are stored, so that a recomputation agrees."""
        chosen = [(time_us, pose) for time_us, pose in self._frames if from_us <= time_us < to_us]
        if not chosen:
            count = len(INFANT13)
            empty = np.empty((0, count), np.float32)
            none = np.empty(0, np.int64)
            return KeypointBlock(
                none, none.astype(np.uint16), np.empty((0, count, 2), np.float32), empty
            )
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
