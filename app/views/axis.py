"""The time axis that all strips of a chart share: equal bins over a span."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.views.thinning import MOST_BINS, Envelope, bin_starts_us, bin_width_us, envelope
from app.views.times import US_PER_MINUTE, clock, clock_s, ticks, weekday

_DAY_US = 1440 * US_PER_MINUTE


@dataclass(frozen=True, slots=True)
class Axis:
    """A span cut into bins (B,) of one width."""

    span_us: tuple[int, int]
    starts_b: NDArray[np.int64]
    width_us: int
    zone: tzinfo

    @classmethod
    def of(cls, span_us: tuple[int, int], zone: tzinfo, window_us: int = US_PER_MINUTE) -> Axis:
        """Make the axis of a span whose data come in windows of ``window_us``."""
        width_us = window_us
        if bin_starts_us(span_us, window_us).size > MOST_BINS:
            width_us = bin_width_us(span_us)
        return cls(span_us, bin_starts_us(span_us, width_us), width_us, zone)

    def bins(self, times_us: NDArray[np.int64], values_t: NDArray[np.float64]) -> Envelope:
        """Return values in the bins of the axis."""
        return envelope(times_us, values_t, self.starts_b, self.width_us)

    def runs(self, inside_b: NDArray[np.bool_]) -> list[list[float]]:
        """Return the stretches of bins that are marked, as pairs of ms."""
        edges = np.flatnonzero(np.diff(np.concatenate([[False], inside_b, [False]]).astype(int)))
        starts_us = np.append(self.starts_b, self.starts_b[-1] + self.width_us)[edges]
        return [[start / 1000, stop / 1000] for start, stop in starts_us.reshape(-1, 2).tolist()]

    def data(self) -> dict[str, Any]:
        """Return the axis as the chart takes it."""
        return {
            "from_ms": self.span_us[0] / 1000,
            "to_ms": self.span_us[1] / 1000,
            "first_ms": float(self.starts_b[0]) / 1000,
            "bin_ms": self.width_us / 1000,
            "ticks": [
                {"at_ms": tick.at_us / 1000, "text": tick.text, "is_day": tick.is_day}
                for tick in ticks(self.span_us, self.zone)
            ],
        }

    def name(self, at: int) -> str:
        """Return when a bin was, as a person says it."""
        start_us, show = (
            int(self.starts_b[at]),
            clock if self.width_us >= US_PER_MINUTE else clock_s,
        )
        day = ""
        if self.span_us[1] - self.span_us[0] > _DAY_US:
            day = f"{weekday(start_us, self.zone)} "
        if self.width_us <= US_PER_MINUTE:
            return f"{day}{show(start_us, self.zone)}"
        return f"{day}{show(start_us, self.zone)}–{show(start_us + self.width_us, self.zone)}"
