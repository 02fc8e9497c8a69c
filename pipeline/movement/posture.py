"""Posture and head side from keypoint geometry, and how long the infant has lain so.

Seen from above, an infant on its back shows its left shoulder on one side of the trunk's axis, an
infant on its front on the other; an infant on its side shows no width, and nose, hands and knees
lie before the axis. Width and front together give the angle by which the body is rolled. Weights
and limits were tuned on rendered infants with `tests/benchmarks/posture.py` and measured on others.
Ours; for the need see npj Digital Medicine 2025. It knows the camera's view only and takes it to be
from above: seen along or across the body, an infant on its front is often taken for one on its
side.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from pipeline.movement.base import Measure, register
from pipeline.movement.body import middle, point, unit
from pipeline.movement.bootstrap import of_words
from pipeline.movement.samples import Mask, Samples, frames
from pipeline.movement.track import Track
from pipeline.types import IntArray

Float = NDArray[np.float64]

POSTURES = ("supine", "left", "prone", "right")  # by quarter turns of the roll angle
HEAD_SIDES = ("left", "right", "midline")
POSTURE_COVERAGE = 0.6
_MINUTE_US = 60_000_000
_FRONT = 2.0
_FRONT_PARTS = {
    ("left_elbow", "right_elbow", "left_wrist", "right_wrist"): 1.0,
    ("left_knee", "right_knee"): 2.0,
    ("nose",): 1.0,
}
_LEAST_FRONT_WEIGHT = 2.0
_LEAST_AGREEMENT = 0.5
# Without hips only shoulders this wide, in trunks, tell back from front.
_WIDE = 0.5
_TURNED_TRUNKS = 0.2
_LEAST_WIDTH = 0.4


def roll_vector(track: Track) -> Float:
    """Return (cos, sin) of the roll angle of each frame (T, 2), NaN where it cannot be told.

    0° on the back, 90° on the left side, 180° on the front, −90° on the right side. angle =
    atan2(2 f, c), in trunks: c the mean width of shoulders and hips across the trunk's axis,
    positive when the left is where a front view has it; f how far elbows and wrists, knees (twice)
    and nose lie to the left of the axis in such a view. Where hips are hidden, the axis runs from
    the nose to mid-shoulder, and only wide shoulders tell: back or front.
    """
    shoulders, hips = middle(track, "shoulder"), middle(track, "hip")
    leftward = _across(unit(hips - shoulders))
    width = (_width(track, "shoulder", leftward) + _width(track, "hip", leftward)) / 2
    angle = np.arctan2(_FRONT * _front(track, (shoulders + hips) / 2, leftward), width)
    by_head = _width(track, "shoulder", _across(unit(shoulders - point(track, "nose"))))
    guess = np.where(np.abs(by_head) >= _WIDE, np.where(by_head > 0, 0.0, math.pi), np.nan)
    angle = np.where(np.isfinite(hips[:, 0]), angle, guess)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


def _across(down_tc: Float) -> Float:
    """Return the way to the infant's left if it were seen from the front."""
    return np.stack([down_tc[:, 1], -down_tc[:, 0]], axis=1)


def _width(track: Track, joint: str, leftward: Float) -> Float:
    line = point(track, f"left_{joint}") - point(track, f"right_{joint}")
    return np.asarray((line * leftward).sum(axis=1) / track.trunk_px)


def _front(track: Track, origin: Float, leftward: Float) -> Float:
    """Return how far the front's points lie to the left (T,), NaN where too few are seen."""
    total, weight = np.zeros(len(origin)), np.zeros(len(origin))
    for names, share in _FRONT_PARTS.items():
        away = np.stack([((point(track, n) - origin) * leftward).sum(axis=1) for n in names])
        known = np.isfinite(away)
        each = np.where(known, away, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
        seen = known.sum(axis=0) >= (len(names) + 1) // 2
        total += np.where(seen, share * each, 0)
        weight += np.where(seen, share, 0)
    out = np.full(len(origin), np.nan)
    np.divide(total, weight * track.trunk_px, out=out, where=weight >= _LEAST_FRONT_WEIGHT)
    return out


def sample(track: Track, _part: str) -> Samples:
    """Take the roll vector of each frame."""
    return frames(track, roll_vector(track))


def posture(samples: Samples) -> str | float:
    """Return supine, prone, left or right by the mean roll vector; NaN where frames disagree."""
    across = samples.seconds_n @ samples.values_nc / samples.seconds_n.sum()
    if math.hypot(*across) < _LEAST_AGREEMENT:
        return math.nan
    return POSTURES[round(math.atan2(across[1], across[0]) / (math.pi / 2)) % 4]


def seconds_in(samples: Samples, quarter: int) -> float:
    """Return how many of the seen seconds lie within 45° of a posture."""
    angles = np.arctan2(samples.values_nc[:, 1], samples.values_nc[:, 0])
    here = np.round(angles / (np.pi / 2)).astype(np.int64) % 4 == quarter
    return float(samples.seconds_n[here].sum())


def sample_head(track: Track, _part: str) -> Samples:
    """Take how far the nose lies to the infant's left of mid-shoulder, in trunks.

    Only where shoulders are at least 0.4 trunks wide: not for an infant on its side.
    """
    line = point(track, "left_shoulder") - point(track, "right_shoulder")
    wide: Mask = np.hypot(line[:, 0], line[:, 1]) >= _LEAST_WIDTH * track.trunk_px
    away = ((point(track, "nose") - middle(track, "shoulder")) * unit(line)).sum(axis=1)
    return frames(track, np.where(wide, away / track.trunk_px, np.nan))


def head_side(samples: Samples) -> str:
    """Return where the face points, by the median place of the nose: left, right or midline."""
    away = float(np.median(samples.values_nc[:, 0]))
    if abs(away) < _TURNED_TRUNKS:
        return "midline"
    return "left" if away > 0 else "right"


@dataclass(frozen=True, slots=True)
class Held:
    """A time in one position: from the first minute that told it to the end of the last.

    ``seen``: the share of that time whose minutes told it. In the rest nothing was told, or
    nothing recorded: the infant may have been turned and laid back.
    """

    posture: str
    from_us: int
    to_us: int
    seen: float

    @property
    def is_assessable(self) -> bool:
        """Tell whether enough of the time was seen to say how long it was."""
        return self.seen >= POSTURE_COVERAGE


def time_in_position(minute_us: IntArray, postures: Sequence[str | None]) -> list[Held]:
    """Return how long each position was held, oldest first; nothing where none was seen.

    ``minute_us`` (T,) rising, with each minute's posture. Minutes that are not assessable neither
    end a position nor begin one; only another position does.
    """
    told = [(int(at), name) for at, name in zip(minute_us, postures, strict=True) if name]
    found = []
    for posture, run in groupby(told, key=lambda one: one[1]):
        starts_us = [at_us for at_us, _ in run]
        from_us, to_us = starts_us[0], starts_us[-1] + _MINUTE_US
        seen = len(starts_us) * _MINUTE_US / (to_us - from_us)
        found.append(Held(posture, from_us, to_us, seen))
    return found


_UNCLEAR = "the posture was unclear, or changed"
register(
    Measure(
        "posture", "", ("body",), sample, posture, of_words, POSTURE_COVERAGE, undefined=_UNCLEAR
    ),
    Measure("head_side", "", ("body",), sample_head, head_side, of_words, POSTURE_COVERAGE),
)
for _quarter, _posture in enumerate(POSTURES):
    register(
        Measure(
            f"{_posture}_time",
            "s",
            ("body",),
            sample,
            partial(seconds_in, quarter=_quarter),
            limit=POSTURE_COVERAGE,
        )
    )
