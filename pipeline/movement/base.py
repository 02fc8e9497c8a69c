"""What a measure is and which ones there are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import SettingsError
from pipeline.movement.track import Track


@dataclass(frozen=True, slots=True)
class Series:
    """A measure over time: values (T,) in ``unit``, NaN at frames without the needed points."""

    values_t: NDArray[np.float64]
    unit: str

    def coverage(self, track: Track, window_s: float) -> float:
        """Return the share of a window of time that has a value, 0..1."""
        assessed_s = float(track.weights_s_t[np.isfinite(self.values_t)].sum())
        return min(1.0, assessed_s / window_s) if window_s > 0 else 0.0


class Compute(Protocol):
    """Compute one measure's values (T,) from a track."""

    def __call__(self, track: Track) -> NDArray[np.float64]:
        """Return one value a frame, NaN where the needed points are missing."""


_MEASURES: dict[str, tuple[Compute, str]] = {}


def measure(name: str, unit: str) -> Callable[[Compute], Compute]:
    """Register a function as the measure ``name``."""

    def register(compute: Compute) -> Compute:
        _MEASURES[name] = (compute, unit)
        return compute

    return register


def measure_names() -> list[str]:
    """Return the names of all measures."""
    return sorted(_MEASURES)


def run_measure(name: str, track: Track) -> Series:
    """Compute a measure by name; raise ``SettingsError`` naming the known ones."""
    if name not in _MEASURES:
        raise SettingsError(f"no measure {name!r}; there are {', '.join(measure_names())}")
    compute, unit = _MEASURES[name]
    return Series(compute(track), unit)
