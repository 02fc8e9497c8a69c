"""Activity state: still, small or gross movement, and for how long each.

Still: the body is in no bout (see bouts.py). Gross: in a bout, and the quantity of motion over the
second around the frame is at least 0.35 trunk/s, so that much of the body takes part. Small: in a
bout, and less. The states and their limits are ours; they are not sleep states.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from pipeline.movement.base import Measure, register
from pipeline.movement.bouts import moving
from pipeline.movement.quantity import quantity_of_motion
from pipeline.movement.samples import Samples, frames
from pipeline.movement.track import Track

STATES = ("still", "small", "gross")
GROSS_TRUNKS_S = 0.35
_AROUND_US = 500_000


def activity(track: Track) -> NDArray[np.float64]:
    """Return each frame's state (T,): 0 still, 1 small, 2 gross; NaN where it is not seen."""
    moving_t = moving(track, "body")
    gross_t = (moving_t == 1) & (_around(track, quantity_of_motion(track)) >= GROSS_TRUNKS_S)
    return np.asarray(moving_t + gross_t)


def _around(track: Track, values_t: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean (T,) of what is known within half a second of each frame."""
    known_t = np.isfinite(values_t)
    sums = np.concatenate([[0.0], np.cumsum(np.where(known_t, values_t, 0))])
    counts = np.concatenate([[0], np.cumsum(known_t)])
    start = np.searchsorted(track.times_us, track.times_us - _AROUND_US)
    stop = np.searchsorted(track.times_us, track.times_us + _AROUND_US, side="right")
    return np.asarray((sums[stop] - sums[start]) / np.maximum(counts[stop] - counts[start], 1))


def sample(track: Track, _part: str) -> Samples:
    """Take the state of each frame."""
    return frames(track, activity(track))


def seconds_in(samples: Samples, state: int) -> float:
    """Return how many of the seconds that were seen are in a state."""
    return float(samples.seconds_n[samples.values_nc[:, 0] == state].sum())


for _number, _state in enumerate(STATES):
    register(Measure(f"{_state}_time", "s", ("body",), sample, partial(seconds_in, state=_number)))
