"""Where the head may be in each picture of a recording, for a film that leaves the house.

The live picture is gone in a moment; a film is looked at again and again. So its margin is wider
than the live one: it grows with doubt and with the time for which no nose was seen, is never less
than the trunk of the whole recording asks for, and holds the places of the 0.3 s before and after,
over which one wrong estimate does not reach.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from db.codec import KeypointBlock
from db.store import Store
from db.times import MINUTE_US
from pipeline.confidence import present
from pipeline.face import Circle, head_circle
from pipeline.review.series import Minute, minute_at
from pipeline.skeleton import INFANT13
from pipeline.smoothing import OfflineSmoother, offline_smoother
from pipeline.types import FloatArray, FrameFlag, IntArray

REACH_US = 300_000
_LEAST_TRUNKS = 0.6
# On the rendered clips a nose of score 0.42 lay up to 0.75 trunks from its place.
_WIDER_BY_DOUBT = 3.3
_WIDER_BY_ABSENCE, _LONGEST_ABSENCE_US = 0.15, 1_000_000
# A stored time is rounded to a tick of the kept file's clock (11 µs).
_SAME_US = 1_000
_NOSE = INFANT13.index("nose")
_SHOULDERS = [INFANT13.index("left_shoulder"), INFANT13.index("right_shoulder")]
# Of another person's face nothing is known.
_HIDES_ALL = np.uint16(sum(flag for flag in FrameFlag if flag.blocks_pose) | FrameFlag.HANDLED)


@dataclass(frozen=True, slots=True)
class Seen:
    """What is stored of one picture.

    ``circles``: where the head may be, in its pixels; none: nobody knows, and it may be anywhere.
    ``keypoints_kc``: (K, 2), smoothed, NaN = absent; ``scores_k``: (K,).
    """

    circles: tuple[Circle, ...]
    keypoints_kc: NDArray[np.float32]
    scores_k: NDArray[np.float32]


class Heads:
    """Gives what is stored at a time; holds one minute, however long the recording.

    ``trunk_px``: of the whole recording (``session_trunk_px``), None: never seen. ``smoother``: of
    the poses, by name.
    """

    def __init__(
        self,
        store: Store,
        recording_id: int,
        trunk_px: float | None,
        smoother: str = "butterworth",
    ) -> None:
        self._store, self._recording_id = store, recording_id
        self._trunk_px, self._smoother = trunk_px, offline_smoother(smoother)
        self._minute_us: int | None = None
        self._times_us: IntArray = np.empty(0, np.int64)
        self._seen: list[Seen] = []

    def at(self, time_us: int) -> Seen | None:
        """Return what is stored of the picture of a time; None where nothing is."""
        minute_us = time_us - time_us % MINUTE_US
        if minute_us != self._minute_us:
            self._load(minute_us)
        if not len(self._times_us):
            return None
        nearest = int(np.abs(self._times_us - time_us).argmin())
        is_it = abs(int(self._times_us[nearest]) - time_us) <= _SAME_US
        return self._seen[nearest] if is_it else None

    def _load(self, minute_us: int) -> None:
        self._minute_us = minute_us
        minute = minute_at(self._store, self._recording_id, minute_us)
        self._times_us = np.empty(0, np.int64) if minute is None else minute.block.times_us
        if minute is None:
            self._seen = []
        else:
            self._seen = seen_of(minute, self._trunk_px, self._smoother)


def seen_of(minute: Minute, trunk_px: float | None, smoother: OfflineSmoother) -> list[Seen]:
    """Return what is known of each of a minute's frames; ``trunk_px``: of the whole recording."""
    block = minute.block
    smooth_tkc = minute.refined(smoother)
    # What is too doubtful to smooth is drawn as it was seen.
    shown_tkc = np.where(np.isfinite(smooth_tkc), smooth_tkc, block.keypoints_tkc)
    circles_t = circles_of(block, trunk_px)
    return [
        Seen(*each)
        for each in zip(circles_t, shown_tkc, np.nan_to_num(block.scores_tk), strict=True)
    ]


def circles_of(block: KeypointBlock, trunk_px: float | None) -> list[tuple[Circle, ...]]:
    """Return where the head may be in each frame, by it and those around it; none: anywhere."""
    return near_circles(block.times_us, own_circles(block, trunk_px))


def own_circles(block: KeypointBlock, trunk_px: float | None) -> list[tuple[Circle, ...]]:
    """Return each frame's circles by its own keypoints; none where no head can be placed.

    None either where somebody handles the infant: that person's face may be in the picture.
    """
    scores_tk = np.nan_to_num(block.scores_tk)
    absent_us = _absent_us(block.times_us, present(scores_tk[:, _NOSE]))
    hidden_t = (block.flags_t & _HIDES_ALL) != 0
    least_px = _LEAST_TRUNKS * (trunk_px or 0)
    return [
        ()
        if hidden_t[t]
        else _circles(block.keypoints_tkc[t], scores_tk[t], int(absent_us[t]), least_px)
        for t in range(len(block))
    ]


def near_circles(times_us: IntArray, own_t: list[tuple[Circle, ...]]) -> list[tuple[Circle, ...]]:
    """Add to each frame (T,) that has circles those of the frames within 0.3 s of it."""
    order = np.argsort(times_us, kind="stable")
    sorted_us = times_us[order]
    firsts = np.searchsorted(sorted_us, times_us - REACH_US)
    lasts = np.searchsorted(sorted_us, times_us + REACH_US, side="right")
    return [
        own and tuple(circle for n in order[first:last] for circle in own_t[n])
        for own, first, last in zip(own_t, firsts, lasts, strict=True)
    ]


def _circles(
    keypoints_kc: FloatArray, scores_k: FloatArray, absent_us: int, least_px: float
) -> tuple[Circle, ...]:
    circle = head_circle(keypoints_kc, scores_k)
    if circle is None:
        return ()
    nose, shoulders = float(scores_k[_NOSE]), float(scores_k[_SHOULDERS].min())
    certain = nose if present(scores_k[_NOSE]) else shoulders
    wider = 1 + _WIDER_BY_DOUBT * (1 - certain) ** 2 + _WIDER_BY_ABSENCE * absent_us / 1e6
    x, y, radius = circle
    return ((x, y, max(radius, least_px) * wider),)


def _absent_us(times_us: IntArray, seen_t: NDArray[np.bool_]) -> IntArray:
    """Return for each frame (T,) how long no nose was seen before it, up to a second."""
    last_us = np.maximum.accumulate(np.where(seen_t, times_us, times_us[0] - _LONGEST_ABSENCE_US))
    return np.minimum(times_us - last_us, _LONGEST_ABSENCE_US)
