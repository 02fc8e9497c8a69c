"""One minute of one cot in a few figures, for the trends; recomputable at any time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from db.codec import KeypointBlock
from pipeline.movement.base import Series, run_measure
from pipeline.movement.bootstrap import mean_interval
from pipeline.movement.quantity import LIMBS
from pipeline.movement.track import Track, make_track
from pipeline.skeleton import INFANT13
from pipeline.types import FLAG_WORDS

MOVEMENT_VERSION = 1
MINUTE_US = 60_000_000
COVERAGE_LIMIT = 0.8

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
    flag against it, yet too few keypoints. ``cutoff_hz``: 6, or less where the frame rate was low.
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
    bouts: int | None = None
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
) -> MinuteRollup:
    """Compute the minute that starts at ``minute_us`` from a block of raw keypoints.

    The block may reach over the minute on both sides, which spares the filter its ends.
    ``expected_fps``: the camera's promise; None takes the frames' own rate. For ``breaks_us`` and
    ``trunk_length_px`` see ``make_track``.
    """
    if not len(block):
        block = KeypointBlock.empty(len(INFANT13))
    track = make_track(
        block.times_us,
        block.flags_t,
        block.keypoints_tkc,
        block.scores_tk,
        breaks_us=breaks_us,
        trunk_length_px=trunk_length_px,
    )
    inside_t = (block.times_us >= minute_us) & (block.times_us < minute_us + MINUTE_US)
    whole = _inside(run_measure("quantity_of_motion", track), inside_t)
    values = whole.values_t[np.isfinite(whole.values_t)]
    coverage = whole.coverage(track, MINUTE_US / 1e6)
    shown = coverage >= COVERAGE_LIMIT and len(values) > 0
    n_seen, fps = int(inside_t.sum()), expected_fps or track.fps
    return MinuteRollup(
        minute_us=minute_us,
        version=MOVEMENT_VERSION,
        frames_expected=n_seen if math.isnan(fps) else round(fps * MINUTE_US / 1e6),
        frames_seen=n_seen,
        frames_assessable=len(values),
        coverage=coverage,
        quantity_of_motion_mean=float(values.mean()) if shown else None,
        quantity_of_motion_sd=float(values.std()) if shown else None,
        quantity_of_motion_max=float(values.max()) if shown else None,
        quantity_of_motion_interval=(
            mean_interval(track.times_us, whole.values_t) if shown else None
        ),
        limbs={name: _limb(name, track, inside_t) for name in LIMBS},
        reasons=_reasons(block, track, whole, inside_t),
        cutoff_hz=None if math.isnan(track.cutoff_hz) else track.cutoff_hz,
    )


def _inside(series: Series, inside_t: Mask) -> Series:
    return Series(np.where(inside_t, series.values_t, np.nan), series.unit)


def _limb(name: str, track: Track, inside_t: Mask) -> LimbRollup:
    series = _inside(run_measure(f"quantity_of_motion_{name}", track), inside_t)
    coverage = series.coverage(track, MINUTE_US / 1e6)
    shown = coverage >= COVERAGE_LIMIT
    return LimbRollup(float(np.nanmean(series.values_t)) if shown else None, coverage)


def _reasons(
    block: KeypointBlock,
    track: Track,
    whole: Series,
    inside_t: Mask,
) -> dict[str, int]:
    flags_t = np.asarray(block.flags_t)[inside_t]
    counts = {word: int((flags_t & flag.value != 0).sum()) for flag, word in FLAG_WORDS.items()}
    quiet = inside_t & track.usable_t & ~np.isfinite(whole.values_t)
    counts["low confidence"] = int(quiet.sum())
    return {word: n for word, n in counts.items() if n}
