"""What a measure has seen of a track: rows to be summed up, and for how long anything was seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.movement.track import Track
from pipeline.types import IntArray

Float = NDArray[np.float64]
Mask = NDArray[np.bool_]
Window = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Samples:
    """Rows of numbers, in the order of time, each without NaN.

    A row is a frame, or a spell of frames (a bout, an epoch of 10 s, a minute) where only a spell
    has the figure. ``times_us`` (N,) and ``values_nc`` (N, C): when a row began and its numbers;
    ``seconds_n`` (N,): how long it stands for. ``seen_us`` (M,) and ``seen_s`` (M,): the frames
    that had the needed points, and how long each stands for; they make the coverage, since a still
    infant that is well seen has no bouts.
    """

    times_us: IntArray
    values_nc: Float
    seconds_n: Float
    seen_us: IntArray
    seen_s: Float

    def __len__(self) -> int:
        return len(self.times_us)

    def within(self, window_us: Window) -> Samples:
        """Return the rows that begin in a window of time (its end is outside)."""
        rows = _inside(self.times_us, window_us)
        seen = _inside(self.seen_us, window_us)
        return Samples(
            self.times_us[rows],
            self.values_nc[rows],
            self.seconds_n[rows],
            self.seen_us[seen],
            self.seen_s[seen],
        )

    def chosen(self, rows: IntArray) -> Samples:
        """Return some rows, possibly more than once; what was seen stays."""
        return Samples(
            self.times_us[rows],
            self.values_nc[rows],
            self.seconds_n[rows],
            self.seen_us,
            self.seen_s,
        )


NOTHING = Samples(
    np.empty(0, np.int64), np.empty((0, 1)), np.empty(0), np.empty(0, np.int64), np.empty(0)
)


def frames(track: Track, values_tc: Float, seen_t: Mask | None = None) -> Samples:
    """Make samples of one row a frame from values (T,) or (T, C); NaN rows are left out.

    ``seen_t``: the frames that had the needed points, where that is more than those with values.
    """
    values_tc = values_tc[:, None] if values_tc.ndim == 1 else values_tc
    known_t = np.asarray(np.isfinite(values_tc).all(axis=1))
    seen_t = known_t if seen_t is None else seen_t
    return Samples(
        track.times_us[known_t],
        values_tc[known_t],
        track.weights_s_t[known_t],
        track.times_us[seen_t],
        track.weights_s_t[seen_t],
    )


def spells(
    track: Track, rows: Sequence[tuple[int, float, tuple[float, ...]]], seen_t: Mask, columns: int
) -> Samples:
    """Make samples of spells: (start in µs, seconds, numbers) each; rows with NaN are left out."""
    rows = [row for row in rows if np.isfinite(row[2]).all()]
    return Samples(
        np.array([row[0] for row in rows], np.int64),
        np.array([row[2] for row in rows], np.float64).reshape(len(rows), columns),
        np.array([row[1] for row in rows], np.float64),
        track.times_us[seen_t],
        track.weights_s_t[seen_t],
    )


def _inside(times_us: IntArray, window_us: Window) -> slice:
    start, stop = np.searchsorted(times_us, window_us)
    return slice(int(start), int(stop))
