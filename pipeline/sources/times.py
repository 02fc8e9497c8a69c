"""Keeps the presentation times of a stream in order, and says where a new segment begins."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

LARGE_GAP_US = 2_000_000
# A clock that ran back this far was set anew (or wrapped); a little back is one bad picture.
_RESTART_BACK_US = 1_000_000
_RESTART_AFTER = 5


class Verdict(Enum):
    """What is to be done with a picture."""

    TAKE = "take"
    NEW_SEGMENT = "new segment"
    DROP = "drop"


@dataclass(slots=True)
class StreamTimes:
    """Judges pictures one by one, within one opening of a source.

    A picture without a time, or not later than the one before, is dropped. A gap of more than
    ``LARGE_GAP_US``, another picture size or a jump of the source starts a new segment; so does a
    clock that stays behind for several pictures, which was set back rather than disturbed.
    """

    _last_us: int | None = None
    _size_wh: tuple[int, int] | None = None
    _jump: int = 0
    _n_behind: int = 0

    def judge(self, stream_us: int | None, size_wh: tuple[int, int], jump: int = 0) -> Verdict:
        """Say whether a picture is taken, dropped, or the first of a new segment."""
        if stream_us is None:
            return Verdict.DROP
        verdict = self._judge(stream_us, size_wh, jump)
        if verdict is not Verdict.DROP:
            self._last_us, self._size_wh, self._jump = stream_us, size_wh, jump
            self._n_behind = 0
        return verdict

    def _judge(self, stream_us: int, size_wh: tuple[int, int], jump: int) -> Verdict:
        if self._last_us is None or size_wh != self._size_wh or jump != self._jump:
            return Verdict.NEW_SEGMENT
        step_us = stream_us - self._last_us
        if step_us > LARGE_GAP_US:
            return Verdict.NEW_SEGMENT
        if step_us > 0:
            return Verdict.TAKE
        self._n_behind += 1
        set_back = step_us < -_RESTART_BACK_US and self._n_behind >= _RESTART_AFTER
        return Verdict.NEW_SEGMENT if set_back else Verdict.DROP
