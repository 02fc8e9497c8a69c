"""Why a stored frame is worth a label: each signal scores every frame and says it in plain words.

How to add one: write a function here under ``@signal("name", weight)`` that takes a ``Stretch`` and
returns a ``Signal``, and mirror it in tests/pipeline/annotation/test_signals.py.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from pipeline.confidence import PRESENT_SCORE, present, without_missing
from pipeline.review.moments import jumps
from pipeline.skeleton import INFANT13
from pipeline.smoothing import offline_smoother
from pipeline.types import FrameFlag, IntArray

Float = NDArray[np.float64]
_SHOULDERS = [INFANT13.index("left_shoulder"), INFANT13.index("right_shoulder")]
_HIPS = [INFANT13.index("left_hip"), INFANT13.index("right_hip")]
# A point this far off its own smoothed path counts fully.
_FAR_OFF_TRUNKS = 0.5
_FAR_LEAP_TRUNKS = 1.0


@dataclass(frozen=True)
class Stretch:
    """Stored frames of one recording without a gap in what they show.

    ``keypoints_tkc``: (T, 13, 2) pixels, NaN absent; ``scores_tk``: (T, 13) 0..1. ``smoother``: the
    offline smoother that frames are held against ("rts", or a temporal model where there is one).
    """

    times_us: IntArray
    keypoints_tkc: NDArray[np.float32]
    scores_tk: NDArray[np.float32]
    flags_t: NDArray[np.uint16]
    smoother: str = "rts"

    @cached_property
    def trunk_px(self) -> float:
        """Return the median length of the trunk, NaN where it was never seen."""
        points = without_missing(self.keypoints_tkc, self.scores_tk)
        lengths = np.linalg.norm(
            points[:, _SHOULDERS].mean(axis=1) - points[:, _HIPS].mean(axis=1), axis=1
        )
        known = lengths[np.isfinite(lengths)]
        return float(np.median(known)) if len(known) else float("nan")

    @cached_property
    def usable_t(self) -> NDArray[np.bool_]:
        """Tell which frames (T,) show an infant that can be labelled."""
        blocked = np.uint16(sum(flag.value for flag in FrameFlag if flag.blocks_pose))
        return np.asarray((self.flags_t & blocked) == 0)


@dataclass(frozen=True, slots=True)
class Signal:
    """What one signal finds: ``score_t`` (T,) 0..1, and the words for one frame."""

    score_t: Float
    words: Callable[[int], str]


Finder = Callable[[Stretch], Signal]
_FINDERS: dict[str, tuple[Finder, float]] = {}
_F = TypeVar("_F", bound=Finder)


def signal(name: str, weight: float) -> Callable[[_F], _F]:
    """Register a function as the signal ``name``; ``weight``: how much it counts in the sum."""

    def register(function: _F) -> _F:
        _FINDERS[name] = (function, weight)
        return function

    return register


def signals(stretch: Stretch) -> dict[str, tuple[Signal, float]]:
    """Return what every signal finds in a stretch, with its weight."""
    return {name: (finder(stretch), weight) for name, (finder, weight) in _FINDERS.items()}


@signal("unsure", 1.0)
def unsure(stretch: Stretch) -> Signal:
    """Find frames of whose points the model neither says yes nor no.

    4 s (1 − s) of each calibrated score s, which is 1 at a half: a point that is surely hidden says
    as little as one that is surely found.
    """
    doubt_tk = 4 * np.nan_to_num(stretch.scores_tk) * (1 - np.nan_to_num(stretch.scores_tk))
    score_t = doubt_tk.mean(axis=1).astype(np.float64)

    def words(t: int) -> str:
        worst = int(doubt_tk[t].argmax())
        more = int((doubt_tk[t] > 0.5).sum()) - 1
        rest = f" and of {more} more" if more > 0 else ""
        score = _score(stretch, t, worst)
        return f"the model is unsure of the {_name(worst)}{rest} (score {score})"

    return Signal(score_t, words)


@signal("jump", 1.5)
def jump(stretch: Stretch) -> Signal:
    """Find frames to which a present point leapt faster than a limb can move."""
    leapt_tk = jumps(stretch.times_us, stretch.keypoints_tkc, stretch.scores_tk, stretch.trunk_px)
    ways_tk = np.zeros(stretch.scores_tk.shape)
    if len(ways_tk) > 1 and np.isfinite(stretch.trunk_px):
        steps = np.linalg.norm(np.diff(stretch.keypoints_tkc, axis=0), axis=2)
        ways_tk[1:] = np.nan_to_num(steps) / stretch.trunk_px
    far_tk = np.where(leapt_tk, ways_tk, 0.0)

    def words(t: int) -> str:
        k = int(far_tk[t].argmax())
        gap_s = (stretch.times_us[t] - stretch.times_us[max(0, t - 1)]) / 1e6
        return f"the {_name(k)} jumps by {far_tk[t, k]:.1f} trunk lengths in {gap_s:.2f} s"

    return Signal(np.minimum(1, far_tk.max(axis=1, initial=0) / _FAR_LEAP_TRUNKS), words)


@signal("off_path", 1.0)
def off_path(stretch: Stretch) -> Signal:
    """Find frames whose present points lie off the path that the offline smoother makes of them."""
    smooth_tkc = offline_smoother(stretch.smoother)(
        stretch.times_us, stretch.keypoints_tkc, stretch.scores_tk
    )
    away_tk = np.linalg.norm(stretch.keypoints_tkc - smooth_tkc, axis=2) / stretch.trunk_px
    away_tk = np.where(present(stretch.scores_tk) & np.isfinite(away_tk), away_tk, 0.0)

    def words(t: int) -> str:
        k = int(away_tk[t].argmax())
        return f"the {_name(k)} lies {away_tk[t, k]:.2f} trunk lengths off its smoothed path"

    score_t = np.minimum(1, away_tk.max(axis=1, initial=0) / _FAR_OFF_TRUNKS).astype(np.float64)
    return Signal(score_t, words)


@signal("swap", 1.5)
def swap(stretch: Stretch) -> Signal:
    """Find frames in which two twins would have moved less had they been called the other way."""
    points = without_missing(stretch.keypoints_tkc, stretch.scores_tk)
    twins = np.array(INFANT13.flip_indices)
    gain_tk = np.zeros(stretch.scores_tk.shape)
    if len(points) > 1 and np.isfinite(stretch.trunk_px):
        stayed = np.linalg.norm(np.diff(points, axis=0), axis=2)
        crossed = np.linalg.norm(points[1:, twins] - points[:-1], axis=2)
        gain_tk[1:] = np.nan_to_num((stayed - crossed) / stretch.trunk_px)
    # Both twins must gain, or one of them merely moved.
    gain_tk = np.minimum(gain_tk, gain_tk[:, twins])
    gain_tk[:, twins == np.arange(len(twins))] = 0

    def words(t: int) -> str:
        k = int(gain_tk[t].argmax())
        joint = INFANT13.keypoints[k].split("_")[-1]
        return f"left and right {joint} seem to change places"

    score_t = np.clip(gain_tk.max(axis=1, initial=0) / 0.3, 0, 1).astype(np.float64)
    return Signal(score_t, words)


def _name(k: int) -> str:
    return INFANT13.keypoints[k].replace("_", " ")


def _score(stretch: Stretch, t: int, k: int) -> str:
    value = float(np.nan_to_num(stretch.scores_tk[t, k]))
    return f"{value:.2f}, present from {PRESENT_SCORE:g}"
