"""Ways to sum up rows: each takes ``Samples`` and returns one value."""

from __future__ import annotations

import math

import numpy as np

from pipeline.movement.samples import Samples


def mean(samples: Samples) -> float:
    """Return the mean of the first column, each row counting for its seconds."""
    total_s = float(samples.seconds_n.sum())
    return float(samples.values_nc[:, 0] @ samples.seconds_n) / total_s if total_s else math.nan


def deviation(samples: Samples) -> float:
    """Return the standard deviation of the first column, each row counting for its seconds."""
    middle = mean(samples)
    squares = (samples.values_nc[:, 0] - middle) ** 2
    total_s = float(samples.seconds_n.sum())
    return math.sqrt(float(squares @ samples.seconds_n) / total_s) if total_s else math.nan


def largest(samples: Samples) -> float:
    """Return the largest value of the first column."""
    return float(samples.values_nc[:, 0].max())


def median(samples: Samples) -> float:
    """Return the median of the first column."""
    return float(np.median(samples.values_nc[:, 0]))


def quartile_range(samples: Samples) -> float:
    """Return the distance of the quartiles of the first column."""
    low, high = np.percentile(samples.values_nc[:, 0], (25, 75))
    return float(high - low)


def point_median(samples: Samples) -> tuple[float, ...]:
    """Return the median of each column."""
    return tuple(float(value) for value in np.median(samples.values_nc, axis=0))


def point_quartile_range(samples: Samples) -> tuple[float, ...]:
    """Return the distance of the quartiles of each column."""
    low, high = np.percentile(samples.values_nc, (25, 75), axis=0)
    return tuple(float(value) for value in high - low)


def point_deviation(samples: Samples) -> float:
    """Return the root of the summed variances of all columns."""
    return float(np.sqrt(samples.values_nc.var(axis=0).sum()))


def circular_mean_deg(samples: Samples) -> float:
    """Return the mean direction of angles in degrees, -180..180; source: Fisher 1993."""
    x, y = _direction(samples)
    return math.degrees(math.atan2(y, x)) if math.hypot(x, y) > 1e-9 else math.nan


def circular_deviation_deg(samples: Samples) -> float:
    """Return the circular standard deviation √(−2 ln R) in degrees; source: Fisher 1993."""
    length = min(1.0, max(math.hypot(*_direction(samples)), 1e-12))
    return math.degrees(math.sqrt(-2 * math.log(length)))


def circular_range_deg(samples: Samples) -> float:
    """Return the arc, in degrees, that holds all angles but the outer 1 % on each side."""
    centre = circular_mean_deg(samples)
    if math.isnan(centre):
        return math.nan
    away = np.remainder(samples.values_nc[:, 0] - centre + 180, 360) - 180
    low, high = np.percentile(away, (1, 99))
    return float(high - low)


def _direction(samples: Samples) -> tuple[float, float]:
    angles = np.radians(samples.values_nc[:, 0])
    total_s = float(samples.seconds_n.sum()) or 1.0
    return (
        float(np.cos(angles) @ samples.seconds_n) / total_s,
        float(np.sin(angles) @ samples.seconds_n) / total_s,
    )
