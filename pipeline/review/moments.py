"""Moments worth a look: where a keypoint leaps, and what cannot be assessed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.confidence import present
from pipeline.types import FLAG_WORDS, FloatArray, FrameFlag, IntArray

# A limb's end reaches ten trunks a second at most; a keypoint that is faster changed its place.
_JUMP_TRUNKS_PER_S = 14.0
_NEAR_US = 200_000
_ASSESSABLE_SHARE = 0.5
_BRIDGED_BINS = 1
NOTHING_SEEN = "no picture could be read"
LOW_CONFIDENCE = "low confidence"


def jumps(
    times_us: IntArray, keypoints_tkc: FloatArray, scores_tk: FloatArray, trunk_px: float
) -> NDArray[np.bool_]:
    """Tell for each keypoint of each frame (T, K) if it leapt there from its last place.

    Leaps are judged of present keypoints between frames no more than 0.2 s apart. False throughout
    without a trunk.
    """
    leapt_tk = np.zeros(scores_tk.shape, np.bool_)
    if len(times_us) < 2 or not np.isfinite(trunk_px):
        return leapt_tk
    gaps_us = np.diff(times_us)
    ways_tk = np.linalg.norm(np.diff(keypoints_tkc, axis=0), axis=2)
    both_tk = present(scores_tk[1:]) & present(scores_tk[:-1])
    near_t = (gaps_us > 0) & (gaps_us <= _NEAR_US)
    limit_t = _JUMP_TRUNKS_PER_S * trunk_px * gaps_us / 1e6
    leapt_tk[1:] = both_tk & near_t[:, None] & (ways_tk > limit_t[:, None])
    return leapt_tk


@dataclass(frozen=True, slots=True)
class Stretch:
    """A span of a video, in seconds from its start, that could not be assessed, and why."""

    from_s: float
    to_s: float
    reason: str


def worst_stretches(
    share_b: NDArray[np.float64],
    reasons: Sequence[str],
    bin_s: float,
    duration_s: float,
    most: int = 5,
) -> list[Stretch]:
    """Return the longest stretches without a measure, the longest first.

    ``share_b``: (B,) the assessable share of each bin of ``bin_s`` seconds, NaN = no frame at all;
    ``reasons``: each bin's commonest reason. Single good bins between bad ones are bridged.
    """
    bad_b = ~(share_b >= _ASSESSABLE_SHARE)
    spans: list[list[int]] = []
    for b in np.flatnonzero(bad_b).tolist():
        if spans and b - spans[-1][1] <= _BRIDGED_BINS:
            spans[-1][1] = b + 1
        else:
            spans.append([b, b + 1])
    spans.sort(key=lambda span: (span[0] - span[1], span[0]))
    return [
        Stretch(start * bin_s, min(stop * bin_s, duration_s), _commonest(reasons[start:stop]))
        for start, stop in spans[:most]
    ]


def _commonest(reasons: Sequence[str]) -> str:
    told = [reason for reason in reasons if reason]
    return max(set(told), key=lambda reason: (told.count(reason), reason), default=LOW_CONFIDENCE)


def commonest_reason(flags_t: NDArray[np.uint16], assessable_t: NDArray[np.bool_]) -> str:
    """Return why most of the frames (T,) that are not assessable are not; '' when all are."""
    flags_t = np.asarray(flags_t)[~assessable_t]
    if not len(flags_t):
        return "" if len(assessable_t) else NOTHING_SEEN
    counts = {
        word: int((flags_t & flag.value != 0).sum())
        for flag, word in FLAG_WORDS.items()
        if FrameFlag(flag).blocks_movement
    }
    counts[LOW_CONFIDENCE] = len(flags_t) - max(counts.values())
    return max(counts, key=lambda word: counts[word])
