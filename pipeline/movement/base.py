"""What a measure is, which ones there are, and the figure that comes out of one."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np

from pipeline.errors import SettingsError
from pipeline.movement.bootstrap import Bounds, resampled_interval
from pipeline.movement.samples import NOTHING, Samples, Window
from pipeline.movement.track import Track
from pipeline.types import FLAG_WORDS

# Raise it whenever a stored figure would come out differently.
MOVEMENT_VERSION = 6
COVERAGE_LIMIT = 0.8

Value: TypeAlias = float | str | tuple[float, ...]


class Sample(Protocol):
    """Take from a track what a measure needs of one body part."""

    def __call__(self, track: Track, part: str, /) -> Samples:
        """Return rows without NaN; times at which points were missing have none."""


class Reduce(Protocol):
    """Sum up rows into one value."""

    def __call__(self, samples: Samples, /) -> Value:
        """Return the value of at least one row; NaN where it is not defined for these."""


class Spread(Protocol):
    """Say how sure a value is."""

    def __call__(self, samples: Samples, reduce: Reduce, /) -> Bounds | None:
        """Return the 95 % interval of the value, None where too little was seen to say it."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure: what it takes from a track, and how it sums that up over a window.

    ``parts``: the body parts it is given for. ``limit``: the least coverage of the window.
    ``undefined``: why there may be no value although all was seen.
    """

    name: str
    unit: str
    parts: tuple[str, ...]
    sample: Sample
    reduce: Reduce
    spread: Spread = resampled_interval
    limit: float = COVERAGE_LIMIT
    undefined: str = "too little movement"


@dataclass(frozen=True, slots=True)
class Figure:
    """A measure's value over a window; never alone.

    ``value``: None where not assessable, and then ``reason`` says why. ``coverage``: the share of
    the window with the needed points, 0..1. ``window_us``: UTC µs, the end outside. ``interval``:
    95 %, by block bootstrap (see ``Bounds``), None where too little was seen to say it. ``filter``
    and ``version``: how it was made.
    """

    measure: str
    part: str
    value: Value | None
    unit: str
    coverage: float
    window_us: Window
    interval: Bounds | None
    filter: str
    version: int
    reason: str | None

    @property
    def assessable(self) -> bool:
        """Tell whether there is a value."""
        return self.value is not None


_MEASURES: dict[str, Measure] = {}


def register(*measures: Measure) -> None:
    """Add measures to those that ``figures`` gives."""
    for one in measures:
        _MEASURES[one.name] = one


def measure_names() -> list[str]:
    """Return the names of all measures, in the order of their families."""
    return list(_MEASURES)


def find_measure(name: str) -> Measure:
    """Return a measure by name; raise ``SettingsError`` naming the known ones."""
    if name not in _MEASURES:
        raise SettingsError(f"no measure {name!r}; there are {', '.join(measure_names())}")
    return _MEASURES[name]


def figure(
    track: Track, window_us: Window, name: str, part: str = "body", *, with_interval: bool = True
) -> Figure:
    """Compute one measure of one part; raise ``SettingsError`` for one that there is not.

    ``with_interval``: False spares the drawing anew, which costs most of it.
    """
    found = find_measure(name)
    if part not in found.parts:
        raise SettingsError(f"{name} is given for {', '.join(found.parts)}; not for {part!r}")
    return _figure(track, window_us, found, part, _taken(found, track, part), with_interval)


def figures(
    track: Track,
    window_us: Window,
    names: Iterable[str] | None = None,
    *,
    with_interval: bool = True,
) -> Iterator[Figure]:
    """Compute measures (all, unless named) of all their parts over a window, one by one."""
    taken: dict[tuple[Sample, str], Samples] = {}
    for name in measure_names() if names is None else names:
        found = find_measure(name)
        for part in found.parts:
            key = (found.sample, part)
            if key not in taken:
                taken[key] = _taken(found, track, part)
            yield _figure(track, window_us, found, part, taken[key], with_interval)


def _taken(found: Measure, track: Track, part: str) -> Samples:
    return found.sample(track, part) if len(track.times_us) > 1 else NOTHING


def _figure(
    track: Track,
    window_us: Window,
    found: Measure,
    part: str,
    taken: Samples,
    with_interval: bool,
) -> Figure:
    samples = taken.within(window_us)
    length_s = (window_us[1] - window_us[0]) / 1e6
    coverage = min(1.0, float(samples.seen_s.sum()) / length_s) if length_s > 0 else 0.0
    value: Value | None = None
    reason: str | None = None
    interval: Bounds | None = None
    if coverage < found.limit or not samples.seen_s.any():
        reason = why_not_seen(track, window_us)
    else:
        value = found.reduce(samples) if len(samples) else math.nan
        if isinstance(value, float) and not math.isfinite(value):
            value, reason = None, found.undefined
        elif with_interval:
            interval = found.spread(samples, found.reduce)
    return Figure(
        measure=found.name,
        part=part,
        value=value,
        unit=found.unit,
        coverage=coverage,
        window_us=window_us,
        interval=interval,
        filter=track.filter,
        version=MOVEMENT_VERSION,
        reason=reason,
    )


def why_not_seen(track: Track, window_us: Window) -> str:
    """Return, in words, what kept most of a window from being assessed."""
    lost_s = seconds_lost(track, window_us)
    start, stop = np.searchsorted(track.times_us, window_us)
    usable_s = float(track.weights_s_t[start:stop][track.usable_t[start:stop]].sum())
    lost_s["keypoints too unsteady" if track.unsteady else "too few keypoints seen"] = usable_s / 2
    return max(lost_s, key=lambda word: lost_s[word])


def seconds_lost(track: Track, window_us: Window) -> dict[str, float]:
    """Return for how many seconds of a window nothing could be watched, by the reason in words."""
    start, stop = np.searchsorted(track.times_us, window_us)
    seconds_t = track.weights_s_t[start:stop]
    flags_t = np.asarray(track.flags_t[start:stop], np.int64)
    lost_s = {
        word: float(seconds_t[flags_t & flag.value != 0].sum())
        for flag, word in FLAG_WORDS.items()
        if flag.blocks_movement
    }
    length_s = (window_us[1] - window_us[0]) / 1e6
    return lost_s | {"no picture": max(0.0, length_s - float(seconds_t.sum()))}
