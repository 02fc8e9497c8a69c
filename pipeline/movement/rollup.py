"""One minute of one cot in a few figures, for the trends; recomputable at any time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from db.codec import KeypointBlock
from pipeline.movement.base import MOVEMENT_VERSION, Figure, figure
from pipeline.movement.body import LIMBS
from pipeline.movement.bootstrap import Interval
from pipeline.movement.hidden import PARTS
from pipeline.movement.quantity import quantity_of_motion
from pipeline.movement.state import STATES
from pipeline.movement.track import Track, make_track
from pipeline.movement.wander import Wander
from pipeline.skeleton import INFANT13
from pipeline.types import FLAG_WORDS

MINUTE_US = 60_000_000

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class LimbRollup:
    """The mean quantity of motion of one limb (None: not assessable) and its coverage."""

    mean: float | None
    coverage: float


@dataclass(frozen=True, slots=True)
class MinuteRollup:
    """The figures of one minute.

    Quantities of motion are in trunk/s and None where the coverage is below 0.8: not assessable,
    which is not zero. ``quantity_of_motion_interval``: 95 % interval of the mean (see
    bootstrap.py). ``coverage``: the share of the minute's 60 s with a quantity of motion.
    ``reasons`` counts the frames under each flag, in words; ``low confidence`` those that carry no
    flag against it, yet too few keypoints (``keypoints too unsteady``: enough, but of no use).
    ``cutoff_hz``: 6, or less where the frame rate was low.
    The figures from ``symmetry`` on are those of ``db.schema.MinuteRollup``, None where they are
    not assessable.
    """

    minute_us: int
    version: int
    frames_expected: int
    frames_seen: int
    frames_assessable: int
    coverage: float
    quantity_of_motion_mean: float | None
    quantity_of_motion_sd: float | None
    quantity_of_motion_max: float | None
    quantity_of_motion_interval: tuple[float, float] | None
    limbs: dict[str, LimbRollup]
    reasons: dict[str, int]
    cutoff_hz: float | None
    symmetry: float | None = None
    still_s: float | None = None
    small_s: float | None = None
    gross_s: float | None = None
    bouts: float | None = None
    longest_rest_s: float | None = None
    handled_s: float | None = None
    posture: str | None = None
    head_side: str | None = None
    covered: dict[str, float] | None = None


def roll_up(
    block: KeypointBlock,
    minute_us: int,
    *,
    expected_fps: float | None = None,
    breaks_us: Sequence[int] = (),
    trunk_length_px: float | None = None,
    wander: Wander | None = None,
) -> MinuteRollup:
    """Compute the minute that starts at ``minute_us`` from a block of raw keypoints.

    The block may reach over the minute on both sides, which spares the filter its ends.
    ``expected_fps``: the camera's promise; None takes the frames' own rate. For ``breaks_us``,
    ``trunk_length_px`` and ``wander`` see ``make_track``.
    """
    track = make_track(
        block if len(block) else KeypointBlock.empty(len(INFANT13)),
        breaks_us=breaks_us,
        trunk_length_px=trunk_length_px,
        wander=wander,
    )
    minute = _Minute(track, minute_us)
    whole = minute.figure("quantity_of_motion", sure=True)
    limbs = {limb: minute.figure("quantity_of_motion", limb) for limb in LIMBS}
    seen_t = np.isfinite(quantity_of_motion(track))
    n_seen, fps = int(minute.inside_t.sum()), expected_fps or track.fps
    states = {f"{state}_s": minute.number(f"{state}_time") for state in STATES}
    return MinuteRollup(
        minute_us=minute_us,
        version=MOVEMENT_VERSION,
        frames_expected=n_seen if math.isnan(fps) else round(fps * MINUTE_US / 1e6),
        frames_seen=n_seen,
        frames_assessable=int((seen_t & minute.inside_t).sum()),
        coverage=whole.coverage,
        quantity_of_motion_mean=_number(whole),
        quantity_of_motion_sd=minute.number("quantity_of_motion_sd"),
        quantity_of_motion_max=minute.number("quantity_of_motion_max"),
        quantity_of_motion_interval=_interval(whole),
        limbs={limb: LimbRollup(_number(one), one.coverage) for limb, one in limbs.items()},
        reasons=_reasons(track, seen_t, minute.inside_t),
        cutoff_hz=None if math.isnan(track.cutoff_hz) else track.cutoff_hz,
        symmetry=minute.number("symmetry"),
        **states,
        bouts=minute.number("bouts"),
        longest_rest_s=minute.number("longest_rest"),
        handled_s=minute.number("handled_time"),
        posture=minute.word("posture"),
        head_side=minute.word("head_side"),
        covered=minute.covered(),
    )


@dataclass(frozen=True, slots=True)
class _Minute:
    track: Track
    minute_us: int

    @property
    def inside_t(self) -> Mask:
        after_us = self.track.times_us - self.minute_us
        return (after_us >= 0) & (after_us < MINUTE_US)

    def figure(self, name: str, part: str = "body", *, sure: bool = False) -> Figure:
        window_us = (self.minute_us, self.minute_us + MINUTE_US)
        return figure(self.track, window_us, name, part, with_interval=sure)

    def number(self, name: str, part: str = "body") -> float | None:
        return _number(self.figure(name, part))

    def word(self, name: str) -> str | None:
        value = self.figure(name).value
        return value if isinstance(value, str) else None

    def covered(self) -> dict[str, float]:
        found = {part: self.number("covered_time", part) for part in PARTS}
        return {part: round(seconds, 1) for part, seconds in found.items() if seconds}


def _number(one: Figure) -> float | None:
    return one.value if isinstance(one.value, float) else None


def _interval(one: Figure) -> Interval | None:
    return one.interval if isinstance(one.interval, tuple) else None


def _reasons(track: Track, seen_t: Mask, inside_t: Mask) -> dict[str, int]:
    flags_t = np.asarray(track.flags_t, np.int64)[inside_t]
    counts = {word: int((flags_t & flag.value != 0).sum()) for flag, word in FLAG_WORDS.items()}
    unclear = "keypoints too unsteady" if track.unsteady else "low confidence"
    counts[unclear] = int((inside_t & track.usable_t & ~seen_t).sum())
    return {word: n for word, n in counts.items() if n}
