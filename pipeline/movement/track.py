"""The cleaned series that every measure starts from."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from db.codec import KeypointBlock
from pipeline.confidence import present, without_missing
from pipeline.movement.noise import (
    MOST_TRUNKS,
    Jitter,
    jitter,
    speed_gain,
    still_speed,
    without_noise,
)
from pipeline.movement.wander import Wander
from pipeline.skeleton import INFANT13
from pipeline.smoothing.butterworth import cutoff_hz, frame_rate, smooth
from pipeline.smoothing.gaps import MAX_GAP_US
from pipeline.types import FloatArray, FrameFlag, IntArray

Float = NDArray[np.float64]
Flags = NDArray[np.uint16] | NDArray[np.int64]

BLOCKED_FLAGS = np.uint16(sum(flag.value for flag in FrameFlag if flag.blocks_movement))
# Jitter above this makes bouts by itself: they begin at 0.3 trunk/s.
MOST_FLOOR_TRUNKS_S = 0.12
# Where jitter makes a still keypoint seem this fast and half as fast as all move, too little is
# left: the quantity of motion of rendered infants is then off by 10 % and more. (A network's wander
# looks like jitter too, and is counted for itself.)
MOST_FLOOR_OF_QUIET_TRUNKS_S = 0.06
_MOST_OF_SPEED = 0.5
# How much more, and less, jitter there may be than was found (beside movement, rather less).
_JITTER_MOST, _JITTER_LEAST = 1.05, 0.75
# Where the network's doubt alone makes a still keypoint seem this fast, speeds say nothing even
# without it: rendered clips then came out at 1.3 to 2.2 times their true movement.
MOST_WANDER_TRUNKS_S = 0.2
_SHOULDERS = [INFANT13.index("left_shoulder"), INFANT13.index("right_shoulder")]
_HIPS = [INFANT13.index("left_hip"), INFANT13.index("right_hip")]


@dataclass(frozen=True, slots=True)
class Track:
    """A filtered series of one infant.

    ``keypoints_tkc``: (T, K, 2) pixels, NaN where missing or not to be used. ``speeds_tk``: (T, K)
    trunks a second, jitter taken off, NaN where the keypoint or its neighbours in time are missing.
    ``floor_k`` and ``wander_k``: (K,) trunks a second that a still keypoint would have seemed to
    move by jitter and by the network's doubt.
    ``weights_s_t``: seconds that each frame stands for, no more than 0.2. ``flags_t``: (T,) as
    stored; ``usable_t``: they allow movement measures. ``starts_t``: a new segment begins here.
    ``least_speeds_tk`` and ``most_speeds_tk``: the speeds if the keypoints shake and wander by
    themselves as much, and as little, as they ever do (see wander.py).
    ``seen_trunks_s``: the mean speed with the jitter in it, NaN where there is none.
    ``tells_cover``: keypoints that stay away can be taken for covered ones.
    ``trunk_px`` is NaN where the trunk was never seen; ``fps`` and ``cutoff_hz`` say how it was
    filtered.
    """

    times_us: IntArray
    keypoints_tkc: Float
    speeds_tk: Float
    least_speeds_tk: Float
    most_speeds_tk: Float
    floor_k: Float
    wander_k: Float
    seen_trunks_s: float
    weights_s_t: Float
    flags_t: Flags
    usable_t: NDArray[np.bool_]
    starts_t: NDArray[np.bool_]
    tells_cover: bool
    trunk_px: float
    fps: float
    cutoff_hz: float

    @property
    def filter(self) -> str:
        """Say how the positions were filtered."""
        if math.isnan(self.cutoff_hz):
            return "none: no two frames near in time"
        return f"Butterworth, order 4, zero phase, {self.cutoff_hz:.3g} Hz"

    @property
    def unsteady(self) -> bool:
        """Tell whether keypoints seem to move by jitter, or by doubt, so much that speeds fail."""
        floor, wander = float(np.median(self.floor_k)), float(np.median(self.wander_k))
        most = MOST_FLOOR_TRUNKS_S
        if not wander:
            share = _MOST_OF_SPEED * self.seen_trunks_s
            most = min(most, max(MOST_FLOOR_OF_QUIET_TRUNKS_S, share))
        return floor > most or wander > MOST_WANDER_TRUNKS_S

    @property
    def near_s(self) -> Float:
        """Return the seconds (T − 1,) from each frame to the next, NaN over gaps and new segments.

        A gap is more than 0.2 s.
        """
        steps_us = np.diff(self.times_us)
        near = (steps_us > 0) & (steps_us <= MAX_GAP_US) & ~self.starts_t[1:]
        return np.where(near, steps_us / 1e6, np.nan)


def trunk_px(keypoints_tkc: FloatArray, scores_tk: FloatArray) -> float:
    """Return the median distance from mid-shoulder to mid-hip over frames that show all four.

    NaN where no frame does.
    """
    points = without_missing(keypoints_tkc, scores_tk)
    axis = points[:, _SHOULDERS].mean(axis=1) - points[:, _HIPS].mean(axis=1)
    lengths = np.hypot(axis[:, 0], axis[:, 1])
    lengths = lengths[np.isfinite(lengths) & (lengths > 0)]
    return float(np.median(lengths)) if len(lengths) else math.nan


def make_track(
    block: KeypointBlock,
    *,
    breaks_us: Sequence[int] = (),
    trunk_length_px: float | None = None,
    wander: Wander | None = None,
) -> Track:
    """Clean one series of raw estimates; its times rise.

    ``breaks_us``: times at which a new segment starts; nothing crosses them.
    ``trunk_length_px``: the session's trunk where it is known, else this series' own median.
    ``wander``: of the network that found the points, which is taken off; None for true points.
    """
    times_us = block.times_us
    usable_t = (np.asarray(block.flags_t, np.uint16) & BLOCKED_FLAGS) == 0
    usable_scores_tk = np.where(usable_t[:, None], block.scores_tk, 0)
    trunk = trunk_length_px or trunk_px(block.keypoints_tkc, usable_scores_tk)
    fps = frame_rate(times_us)
    # What a network carries over for longer is its wander, which is known for it.
    found = jitter(
        times_us, without_missing(block.keypoints_tkc, usable_scores_tk), carries=wander is None
    )
    jitter_k = _speed_of(found, fps, trunk)
    noises_ntk = _noises(jitter_k, usable_scores_tk, wander)
    runs = _segments(times_us, breaks_us)
    filtered = np.full(block.keypoints_tkc.shape, np.nan)
    for run in runs:
        filtered[run] = smooth(times_us[run], block.keypoints_tkc[run], usable_scores_tk[run])
    filtered[~usable_t] = np.nan
    speeds_ntk = _speeds_of_runs(times_us, filtered / trunk, noises_ntk, runs)
    return Track(
        times_us=times_us,
        keypoints_tkc=filtered,
        speeds_tk=speeds_ntk[0],
        least_speeds_tk=speeds_ntk[1],
        most_speeds_tk=speeds_ntk[2],
        floor_k=still_speed(jitter_k),
        wander_k=still_speed(_usual_wander(usable_scores_tk, wander)),
        seen_trunks_s=_mean_of_known(speeds_ntk[3]),
        weights_s_t=np.concatenate([_weights(times_us[run]) for run in runs] or [np.zeros(0)]),
        flags_t=block.flags_t,
        usable_t=usable_t,
        starts_t=np.isin(np.arange(len(times_us)), [run.start for run in runs]),
        tells_cover=wander is None or wander.tells_cover,
        trunk_px=trunk,
        fps=fps,
        cutoff_hz=cutoff_hz(fps),
    )


def _segments(times_us: IntArray, breaks_us: Sequence[int]) -> list[slice]:
    """Return the frames of each segment that has any, in order."""
    cuts = np.searchsorted(times_us, np.asarray(breaks_us, np.int64))
    edges = np.unique(np.concatenate([[0], cuts, [len(times_us)]]))
    return [slice(int(start), int(stop)) for start, stop in pairwise(edges)]


def _speed_of(found: Jitter, fps: float, trunk: float) -> Float:
    """Return the deviation (K,), in trunk/s, of one axis' speed that jitter makes."""
    if math.isnan(fps) or math.isnan(trunk):
        return np.zeros(len(found.axes_kc))
    axes_kc = np.minimum(found.axes_kc / trunk, MOST_TRUNKS)
    gain = speed_gain(round(fps, 3), round(found.carried, 2))
    return np.asarray(np.sqrt((axes_kc**2).mean(axis=1)) * gain)


def _noises(jitter_k: Float, scores_tk: FloatArray, wander: Wander | None) -> Float:
    """Return the deviation (4, T, K) of one axis' false speed: the usual, most, least, and none."""
    jitters = [jitter_k * factor for factor in (1.0, _JITTER_MOST, _JITTER_LEAST, 0.0)]
    if wander is None:
        return np.stack([np.broadcast_to(one, scores_tk.shape) for one in jitters])
    usual_tk = wander.of_axis(scores_tk)
    wanders = [usual_tk, usual_tk * wander.most, usual_tk * wander.least, np.zeros(usual_tk.shape)]
    pairs = zip(jitters, wanders, strict=True)
    return np.stack([np.maximum(one_k, one_tk) for one_k, one_tk in pairs])


def _mean_of_known(values: Float) -> float:
    return float(np.nanmean(values)) if np.isfinite(values).any() else math.nan


def _usual_wander(scores_tk: FloatArray, wander: Wander | None) -> Float:
    """Return the median (K,) over the frames that show the point; 0 where none does."""
    if wander is None:
        return np.zeros(scores_tk.shape[1])
    seen_tk = np.where(present(scores_tk), wander.of_axis(scores_tk), np.nan)
    shown_k = np.asarray(np.isfinite(seen_tk).any(axis=0))
    out = np.zeros(len(shown_k))
    out[shown_k] = np.nanmedian(seen_tk[:, shown_k], axis=0)
    return out


def _speeds_of_runs(
    times_us: IntArray, keypoints_tkc: Float, noises_ntk: Float, runs: Sequence[slice]
) -> Float:
    """Return speeds (N, T, K) without each of N noises, segment by segment."""
    speeds_ntk = np.full(noises_ntk.shape, np.nan)
    for run in runs:
        for speeds_tk, noise_tk in zip(speeds_ntk, noises_ntk, strict=True):
            speeds_tk[run] = _speeds(times_us[run], keypoints_tkc[run], noise_tk[run])
    return speeds_ntk


def _speeds(times_us: IntArray, keypoints_tkc: Float, noise_tk: Float) -> Float:
    """Return speeds (T, K) a second: the way from the frame before to that after, by its time.

    The way goes through the frame itself, so a limb that turns back is not taken for a slow one.
    ``noise_tk``: deviation of one axis' false speed, which is taken off.
    Beside a gap of more than 0.2 s, or at an end, the one neighbour counts; a point without
    neighbours is NaN.
    """
    steps_us = np.diff(times_us)
    near = (steps_us > 0) & (steps_us <= MAX_GAP_US)
    moves = np.diff(keypoints_tkc, axis=0)
    ways = np.hypot(moves[..., 0], moves[..., 1])
    known = np.isfinite(ways) & near[:, None]
    spans_s = np.where(known, (steps_us / 1e6)[:, None], 0.0)
    noise_of_step = np.maximum(noise_tk[:-1], noise_tk[1:])
    ways = without_noise(np.where(known, ways, 0.0), noise_of_step * spans_s)
    way, span_s = np.zeros(keypoints_tkc.shape[:2]), np.zeros(keypoints_tkc.shape[:2])
    for whole, steps in ((way, ways), (span_s, spans_s)):
        whole[:-1] += steps
        whole[1:] += steps
    speeds = np.full(way.shape, np.nan)
    np.divide(way, span_s, out=speeds, where=span_s > 0)
    return speeds


def _weights(times_us: IntArray) -> Float:
    """Return the seconds each frame stands for: half the way to each near neighbour.

    Frames at an end, or beside a gap of more than 0.2 s, stand for half a usual step on that side.
    """
    steps_us = np.diff(times_us).astype(np.float64)
    near = steps_us <= MAX_GAP_US
    usual_us = float(np.median(steps_us[near])) if near.any() else 0.0
    padded = np.concatenate([[usual_us], np.where(near, steps_us, usual_us), [usual_us]])
    return np.asarray((padded[:-1] + padded[1:]) / 2e6)
