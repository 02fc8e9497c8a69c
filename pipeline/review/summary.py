"""What a video came to: the figures of its summary, gathered minute by minute."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from db.schema import MinuteRollup
from pipeline.movement import (
    COVERAGE_LIMIT,
    MOVEMENT_VERSION,
    Track,
    quantity_of_motion,
    roll_up,
    rollup_row,
)
from pipeline.movement.body import LIMBS
from pipeline.movement.wander import of_bundled_model
from pipeline.review.moments import NOTHING_SEEN, Stretch, commonest_reason, jumps, worst_stretches
from pipeline.review.series import Minute

# A strip of bars as wide as a page; each bar stands for a whole number of seconds.
_MOST_BINS = 480


@dataclass(slots=True)
class Tally:
    """Gathers the figures of one video of ``duration_s``; memory does not grow with its length.

    ``rollups``: the minutes' rows for the database, without their recording.
    """

    started_us: int
    duration_s: float
    fps: float | None
    trunk_px: float | None
    rollups: list[MinuteRollup] = field(default_factory=list)
    _bins: _Bins = field(init=False)
    _limbs: dict[str, list[float]] = field(default_factory=dict)
    _reasons: Counter[str] = field(default_factory=Counter)
    _n_frames: int = 0
    _n_jumps: int = 0
    _motion: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0])

    def __post_init__(self) -> None:
        self._bins = _Bins.covering(self.duration_s)
        self._limbs = {name: [0.0, 0.0] for name in LIMBS}

    def add(self, minute: Minute, track: Track, motion_t: NDArray[np.float64]) -> None:
        """Take in a minute; ``motion_t``: (T,) quantity of motion of all the block's frames."""
        inside_t, block = minute.inside_t, minute.block
        own = block.times_us[inside_t]
        self._n_frames += len(own)
        self._bins.add((own - self.started_us) / 1e6, block.flags_t[inside_t], motion_t[inside_t])
        self._take_motion(track, motion_t, inside_t)
        if self.trunk_px is not None:
            leapt_tk = jumps(block.times_us, block.keypoints_tkc, block.scores_tk, self.trunk_px)
            self._n_jumps += int((leapt_tk.any(axis=1) & inside_t).sum())
        figures = roll_up(
            block,
            minute.minute_us,
            expected_fps=self.fps,
            breaks_us=minute.breaks_us,
            trunk_length_px=self.trunk_px,
            wander=of_bundled_model(),
        )
        self._reasons.update(figures.reasons)
        self.rollups.append(rollup_row(figures, {}))

    def _take_motion(
        self, track: Track, motion_t: NDArray[np.float64], inside_t: NDArray[np.bool_]
    ) -> None:
        known_t = inside_t & np.isfinite(motion_t)
        self._motion[0] += float(track.weights_s_t[known_t].sum())
        self._motion[1] += float((track.weights_s_t * motion_t)[known_t].sum())
        self._motion[2] = max(self._motion[2], float(motion_t[known_t].max(initial=0.0)))
        for name, sums in self._limbs.items():
            values_t = quantity_of_motion(track, name)
            of_limb_t = inside_t & np.isfinite(values_t)
            sums[0] += float(track.weights_s_t[of_limb_t].sum())
            sums[1] += float((track.weights_s_t * values_t)[of_limb_t].sum())

    def figures(self) -> dict[str, Any]:
        """Return the figures as plain values for JSON; None is "not assessable", which is not 0."""
        coverage = min(1.0, self._motion[0] / self.duration_s) if self.duration_s else 0.0
        shown = coverage >= COVERAGE_LIMIT
        shares = self._bins.shares()
        return {
            "movement_version": MOVEMENT_VERSION,
            "coverage": round(coverage, 4),
            "coverage_limit": COVERAGE_LIMIT,
            "quantity_of_motion": {
                "unit": "trunk/s",
                "mean": _rounded(self._motion[1] / self._motion[0]) if shown else None,
                "max": _rounded(self._motion[2]) if shown else None,
                "limbs": {name: self._limb(sums) for name, sums in self._limbs.items()},
            },
            "trunk_px": None if self.trunk_px is None else round(self.trunk_px, 1),
            "reasons": dict(self._reasons.most_common()),
            "jumps": self._n_jumps,
            "worst": [asdict(stretch) for stretch in self._worst(shares)],
            "strip": self._bins.strip(),
        }

    def _worst(self, shares: NDArray[np.float64]) -> list[Stretch]:
        bins = self._bins
        return worst_stretches(shares, bins.told_reasons(), bins.bin_s, self.duration_s)

    def _limb(self, sums: list[float]) -> float | None:
        known_s, total = sums
        shown = self.duration_s > 0 and known_s / self.duration_s >= COVERAGE_LIMIT
        return _rounded(total / known_s) if shown else None


@dataclass(slots=True)
class _Bins:
    """The time of a video in equal bins: frames, assessable frames, motion and reason of each."""

    bin_s: float
    n_frames: NDArray[np.int64]
    n_known: NDArray[np.int64]
    motion: NDArray[np.float64]
    reasons: list[str]
    _worst: NDArray[np.int64]

    @classmethod
    def covering(cls, duration_s: float) -> _Bins:
        bin_s = float(max(1, math.ceil(duration_s / _MOST_BINS)))
        count = max(1, math.ceil(duration_s / bin_s - 1e-6))
        zeros = np.zeros(count, np.int64)
        return cls(bin_s, zeros.copy(), zeros.copy(), np.zeros(count), [""] * count, zeros.copy())

    def add(
        self,
        times_s: NDArray[np.float64],
        flags_t: NDArray[np.uint16],
        motion_t: NDArray[np.float64],
    ) -> None:
        bins_t = np.minimum((times_s / self.bin_s).astype(np.int64), len(self.n_frames) - 1)
        known_t = np.isfinite(motion_t)
        for b in np.unique(bins_t).tolist():
            here_t = bins_t == b
            self.n_frames[b] += int(here_t.sum())
            self.n_known[b] += int((here_t & known_t).sum())
            self.motion[b] += float(motion_t[here_t & known_t].sum())
            n_bad = int((here_t & ~known_t).sum())
            if n_bad > self._worst[b]:
                self._worst[b] = n_bad
                self.reasons[b] = commonest_reason(flags_t[here_t], known_t[here_t])

    def shares(self) -> NDArray[np.float64]:
        """Return the assessable share of each bin, NaN where it holds no frame."""
        return np.where(self.n_frames > 0, self.n_known / np.maximum(self.n_frames, 1), np.nan)

    def told_reasons(self) -> list[str]:
        """Return why each bin is not assessable, '' where it is."""
        return [
            reason if count else NOTHING_SEEN
            for reason, count in zip(self.reasons, self.n_frames.tolist(), strict=True)
        ]

    def strip(self) -> dict[str, Any]:
        """Return the bins for drawing: None where a bin holds no frame or too few known ones."""
        shares = self.shares()
        motion = self.motion / np.maximum(self.n_known, 1)
        return {
            "bin_s": self.bin_s,
            "coverage": [_rounded(value) for value in shares.tolist()],
            "motion": [
                _rounded(value) if share >= 0.5 else None
                for value, share in zip(motion.tolist(), shares.tolist(), strict=True)
            ],
        }


def _rounded(value: float) -> float | None:
    return round(value, 4) if math.isfinite(value) else None
