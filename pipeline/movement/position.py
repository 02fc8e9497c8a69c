"""Where wrists and ankles are, and how fast they get there.

Source: Chambers et al. 2020 (IEEE TNSRE 28:2431): wrists from mid-shoulder along the shoulder line,
ankles from mid-hip along the hip line, in trunk lengths.
"""

from __future__ import annotations

import numpy as np

from pipeline.movement.base import Measure, register
from pipeline.movement.body import ENDS, in_body, second_rates, step_rates
from pipeline.movement.reduce import median, point_median, point_quartile_range, quartile_range
from pipeline.movement.samples import Samples, frames
from pipeline.movement.track import Track
from pipeline.skeleton import INFANT13


def sample(track: Track, part: str) -> Samples:
    """Take the position (x to the infant's left, y to the feet) of each frame, in trunks."""
    return frames(track, in_body(track, part))


def sample_speed(track: Track, part: str) -> Samples:
    """Take the speed of each frame in trunk/s, in the picture, jitter taken off."""
    return frames(track, track.speeds_tk[:, INFANT13.index(part)])


def sample_acceleration(track: Track, part: str) -> Samples:
    """Take the size of the acceleration of each frame in trunk/s², on the body's axes."""
    rates = second_rates(track, step_rates(track, in_body(track, part)))
    return frames(track, np.hypot(rates[:, 0], rates[:, 1]))


register(
    Measure("position_median", "trunk", ENDS, sample, point_median),
    Measure("position_iqr", "trunk", ENDS, sample, point_quartile_range),
    Measure("position_speed_median", "trunk/s", ENDS, sample_speed, median),
    Measure("position_speed_iqr", "trunk/s", ENDS, sample_speed, quartile_range),
    Measure("position_acceleration_iqr", "trunk/s²", ENDS, sample_acceleration, quartile_range),
)
