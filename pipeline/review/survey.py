"""A whole recording frame by frame: movement, confidence, and the moments that a reviewer seeks.

Read minute by minute; what is kept of a frame is some 20 bytes, so that ten hours of 25 frames a
second take no more than 20 MB.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from db.store import Store
from pipeline.confidence import DOUBTFUL_SCORE, present
from pipeline.movement import quantity_of_motion
from pipeline.review.moments import jumps
from pipeline.review.series import Minute, minutes, session_trunk_px
from pipeline.types import FloatArray, FrameFlag, IntArray

MomentKind = Literal["uncertain", "jump", "hidden"]
MOMENT_KINDS: tuple[MomentKind, ...] = ("uncertain", "jump", "hidden")

# One doubtful wrist is nothing rare; a quarter of the body is.
_DOUBTFUL_KEYPOINTS = 3
# Of a body of which less is seen, no single keypoint is said to be hidden.
_SEEN_BESIDE = 5
_LEAST_US = {"uncertain": 200_000, "jump": 0, "hidden": 400_000}
_BRIDGED_US = 500_000
_BLOCKS_POSE = np.uint16(sum(flag.value for flag in FrameFlag if flag.blocks_pose))

Bool = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Moment:
    """A stretch worth a look: both times µs, the last frame's included.

    ``keypoints``: the numbers of those concerned.
    """

    from_us: int
    to_us: int
    keypoints: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Survey:
    """Every frame of a recording in the order of time.

    ``times_us``: (T,) since ``started_us``. ``motion_t``: (T,) trunks a second, NaN = not
    assessable. ``confidence_t``: (T,) mean score of all keypoints, 0..1. ``flags_t``: (T,).
    """

    started_us: int
    times_us: IntArray
    motion_t: NDArray[np.float32]
    confidence_t: NDArray[np.float32]
    flags_t: NDArray[np.uint16]
    moments: dict[MomentKind, tuple[Moment, ...]]


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is known of each keypoint of each frame (T, K); ``posed_t``: the frame has a pose."""

    present_tk: Bool
    doubtful_tk: Bool
    leapt_tk: Bool
    posed_t: Bool


def survey(store: Store, recording_id: int, trunk_px: float | None = None) -> Survey:
    """Survey what is stored of a recording; ``trunk_px``: its trunk, where that is known already.

    Raises ``NotFound`` and ``CodecError``.
    """
    started_us = store.recording(recording_id).started_us
    trunk = trunk_px or session_trunk_px(store, recording_id)
    times, motion, confidence, flags, seen = [], [], [], [], []
    for minute in minutes(store, recording_id):
        inside_t, block = minute.inside_t, minute.block
        scores_tk = np.nan_to_num(block.scores_tk[inside_t])
        times.append(block.times_us[inside_t] - started_us)
        motion.append(quantity_of_motion(minute.track(trunk))[inside_t].astype(np.float32))
        confidence.append(scores_tk.mean(axis=1, dtype=np.float32))
        flags.append(block.flags_t[inside_t])
        seen.append(_seen(minute, trunk))
    if not times:
        nothing = np.empty(0, np.float32)
        none: dict[MomentKind, tuple[Moment, ...]] = {kind: () for kind in MOMENT_KINDS}
        empty_us = np.empty(0, np.int64)
        return Survey(started_us, empty_us, nothing, nothing, np.empty(0, np.uint16), none)
    times_us = np.concatenate(times)
    return Survey(
        started_us,
        times_us,
        np.concatenate(motion),
        np.concatenate(confidence),
        np.concatenate(flags),
        _moments(times_us, _joined(seen)),
    )


def uncertain_moments(times_us: IntArray, doubtful_tk: Bool) -> tuple[Moment, ...]:
    """Return where at least three keypoints at once are doubtful for 0.2 s; (T,), (T, K)."""
    many_t = np.asarray(doubtful_tk.sum(axis=1) >= _DOUBTFUL_KEYPOINTS)
    return tuple(
        _moment(times_us, doubtful_tk & many_t[:, None], first, last)
        for first, last in stretches(times_us, many_t, _LEAST_US["uncertain"])
    )


def jump_moments(times_us: IntArray, leapt_tk: Bool) -> tuple[Moment, ...]:
    """Return where keypoints leap; leaps within half a second are one moment. (T,), (T, K)."""
    return tuple(
        _moment(times_us, leapt_tk, first, last)
        for first, last in stretches(times_us, np.asarray(leapt_tk.any(axis=1)), _LEAST_US["jump"])
    )


def hidden_moments(
    times_us: IntArray, present_tk: Bool, doubtful_tk: Bool, posed_t: Bool
) -> tuple[Moment, ...]:
    """Return where a keypoint that was seen is gone for 0.4 s, while the body is seen.

    (T,), (T, K), (T, K), (T,). Keypoints that go within half a second are one moment; one that was
    never seen before is none.
    """
    judged_t = posed_t & (present_tk.sum(axis=1) >= _SEEN_BESIDE)
    gone_tk = ~present_tk & ~doubtful_tk & judged_t[:, None]
    found: list[tuple[int, int, int]] = []
    for k in range(present_tk.shape[1]):
        was_seen_t = np.maximum.accumulate(present_tk[:, k])
        spans = stretches(times_us, gone_tk[:, k] & was_seen_t, _LEAST_US["hidden"])
        found += [(first, last, k) for first, last in spans]
    return _grouped(times_us, sorted(found))


def stretches(
    times_us: IntArray, wanted_t: Bool, least_us: int, bridged_us: int = _BRIDGED_US
) -> list[tuple[int, int]]:
    """Return (first, last) frames of stretches that are wanted; holes up to ``bridged_us`` count.

    A stretch of ``least_us`` or more from its first to its last frame is kept.
    """
    places = np.flatnonzero(wanted_t)
    if not len(places):
        return []
    cuts = np.flatnonzero(np.diff(times_us[places]) > bridged_us)
    firsts = places[np.concatenate([[0], cuts + 1])]
    lasts = places[np.concatenate([cuts, [len(places) - 1]])]
    kept = times_us[lasts] - times_us[firsts] >= least_us
    return list(zip(firsts[kept].tolist(), lasts[kept].tolist(), strict=True))


def _grouped(times_us: IntArray, found: Sequence[tuple[int, int, int]]) -> tuple[Moment, ...]:
    groups: list[list[tuple[int, int, int]]] = []
    for span in found:
        near = groups and times_us[span[0]] - times_us[groups[-1][0][0]] <= _BRIDGED_US
        if near:
            groups[-1].append(span)
        else:
            groups.append([span])
    return tuple(
        Moment(
            int(times_us[group[0][0]]),
            int(times_us[max(last for _, last, _ in group)]),
            tuple(sorted({k for _, _, k in group})),
        )
        for group in groups
    )


def _moment(times_us: IntArray, of_tk: Bool, first: int, last: int) -> Moment:
    concerned = np.flatnonzero(of_tk[first : last + 1].any(axis=0))
    return Moment(int(times_us[first]), int(times_us[last]), tuple(concerned.tolist()))


def _moments(times_us: IntArray, seen: _Seen) -> dict[MomentKind, tuple[Moment, ...]]:
    return {
        "uncertain": uncertain_moments(times_us, seen.doubtful_tk & seen.posed_t[:, None]),
        "jump": jump_moments(times_us, seen.leapt_tk),
        "hidden": hidden_moments(times_us, seen.present_tk, seen.doubtful_tk, seen.posed_t),
    }


def _seen(minute: Minute, trunk: float | None) -> _Seen:
    block, inside_t = minute.block, minute.inside_t
    scores_tk: FloatArray = np.nan_to_num(block.scores_tk)
    leapt_tk = jumps(block.times_us, block.keypoints_tkc, scores_tk, trunk or float("nan"))
    present_tk = present(scores_tk)
    return _Seen(
        present_tk[inside_t],
        (~present_tk & (scores_tk >= DOUBTFUL_SCORE))[inside_t],
        leapt_tk[inside_t],
        (block.flags_t[inside_t] & _BLOCKS_POSE) == 0,
    )


def _joined(seen: Sequence[_Seen]) -> _Seen:
    return _Seen(
        np.concatenate([one.present_tk for one in seen]),
        np.concatenate([one.doubtful_tk for one in seen]),
        np.concatenate([one.leapt_tk for one in seen]),
        np.concatenate([one.posed_t for one in seen]),
    )
