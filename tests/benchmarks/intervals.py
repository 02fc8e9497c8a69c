"""How often the intervals of the measures hold what they should.

    python -m tests.benchmarks.intervals [--minutes 60] [--infants 4] [--measure NAME ...]

Each drawn infant moves for so many minutes by one law; each minute is a window. The truth of a
measure is its mean over all minutes of that infant (of a direction the mean direction, of a word
the most frequent), for an interval says how far one minute may lie from what such minutes have.
Prints, for each measure, the share of the minutes whose interval holds the truth, over all infants
and parts.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Sequence

import numpy as np

from pipeline.movement import Figure, Track, figure, find_measure, measure_names
from pipeline.movement.base import Value
from pipeline.movement.bootstrap import AnyOf, AtLeast, Intervals
from tests.support.motion import restless_infant

MINUTE_US = 60_000_000


def main() -> None:
    """Print a row for each measure as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=int, default=60)
    parser.add_argument("--infants", type=int, default=4)
    parser.add_argument("--measure", action="append", choices=measure_names())
    options = parser.parse_args()
    tracks = [restless_infant(seed, options.minutes) for seed in range(options.infants)]
    for name in options.measure or measure_names():
        print(json.dumps(held(tracks, name)), flush=True)


def held(tracks: Sequence[Track], name: str) -> dict[str, object]:
    """Return how often one minute's interval holds the mean of all minutes."""
    counts: Counter[str] = Counter()
    for track in tracks:
        for part in find_measure(name).parts:
            windows = range(0, int(track.times_us[-1]), MINUTE_US)
            found = [figure(track, (at, at + MINUTE_US), name, part) for at in windows]
            told = [one for one in found if one.value is not None]
            counts["without"] += len(found) - len(told)
            counts["no interval"] += sum(one.interval is None for one in told)
            told = [one for one in told if one.interval is not None]
            if told:
                true = truth(told)
                counts["minutes"] += len(told)
                counts["held"] += sum(holds(one, true) for one in told)
    share = counts["held"] / counts["minutes"] if counts["minutes"] else None
    return {
        "measure": name,
        "held": None if share is None else round(share, 3),
        "minutes": counts["minutes"],
        "without_value": counts["without"],
        "without_interval": counts["no interval"],
    }


def truth(told: Sequence[Figure]) -> Value:
    """Return the mean of all values, of words the most frequent."""
    values = [one.value for one in told]
    if isinstance(values[0], str):
        return Counter(values).most_common(1)[0][0]
    if told[0].unit == "°" and told[0].measure == "angle_mean":
        turns = np.exp(1j * np.radians(np.array(values, float)))
        return float(np.degrees(np.angle(turns.mean())))
    mean = np.mean(values, axis=0)
    return tuple(mean.tolist()) if np.ndim(mean) else float(mean)


def holds(one: Figure, true: Value) -> float:
    """Return 1 where the interval holds the truth, of several numbers the share that does."""
    ends = one.interval
    if isinstance(ends, AnyOf):
        return float(true in ends.words)
    if isinstance(ends, AtLeast):
        return float(true >= ends.low)
    if isinstance(ends, Intervals):
        lows, highs = np.array(ends.lows), np.array(ends.highs)
        return float(((lows <= true) & (np.array(true) <= highs)).mean())
    low, high = ends
    if one.measure == "angle_mean":
        return float((true - low) % 360 <= high - low)
    return float(low <= true <= high)


if __name__ == "__main__":
    main()
