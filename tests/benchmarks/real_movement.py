"""The figures of the eight MINI-RGBD sequences, where they are present (never in the repository).

    python -m tests.benchmarks.real_movement FOLDER/minirgbd_13kp.npz [--all]

Prints a table of the chief measures, a column a sequence; ``--all`` prints every figure as JSON.
The tracks have whole pixels, so half a pixel of jitter is added; they are taken as 30 frames/s.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path

import numpy as np

from db.codec import KeypointBlock
from pipeline.movement import Figure, Track, figure, figures, make_track

CHIEF = (
    ("quantity_of_motion", "body"),
    ("quantity_of_motion_max", "body"),
    ("symmetry", "body"),
    ("bouts_per_minute", "body"),
    ("still_time", "body"),
    ("small_time", "body"),
    ("gross_time", "body"),
    ("longest_rest", "body"),
    ("angle_sd", "left_elbow"),
    ("angle_sd", "left_knee"),
    ("angular_speed_median", "left_knee"),
    ("angle_correlation", "knee"),
    ("position_speed_median", "left_wrist"),
    ("position_entropy", "left_ankle"),
    ("speed_sample_entropy", "left_leg"),
    ("periodicity", "left_leg"),
    ("spectral_arc_length", "left_leg"),
    ("centroid_of_motion_sd", "body"),
    ("posture", "body"),
    ("head_side", "body"),
)


def main() -> None:
    """Read the tracks and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tracks", type=Path)
    parser.add_argument("--all", action="store_true")
    options = parser.parse_args()
    tracks = read(options.tracks)
    if options.all:
        found = [[dataclasses.asdict(f) for f in figures(t, window_of(t))] for t in tracks]
        print(json.dumps(found))
        return
    print("  ".join([" " * 38, *(f"{number:>7}" for number in range(1, len(tracks) + 1))]))
    for name, part in CHIEF:
        cells = [
            word(figure(track, window_of(track), name, part, with_interval=False))
            for track in tracks
        ]
        print("  ".join([f"{name + ' ' + part:38}", *(f"{cell:>7}" for cell in cells)]))


def read(path: Path) -> list[Track]:
    """Return the sequences' tracks."""
    with np.load(path) as archive:
        sequences = archive["xy"].astype(float)
    jitter = np.random.default_rng(0).uniform(-0.5, 0.5, sequences.shape)
    times_us = (np.arange(sequences.shape[1]) * 1e6 / 30).round().astype(np.int64)
    flags_t = np.zeros(len(times_us), np.uint16)
    return [
        make_track(KeypointBlock(times_us, flags_t, points, np.full(points.shape[:2], 0.9)))
        for points in sequences + jitter
    ]


def window_of(track: Track) -> tuple[int, int]:
    """Return the whole track's window."""
    return int(track.times_us[0]), int(track.times_us[-1]) + 1


def word(one: Figure) -> str:
    """Return a value for a cell."""
    if isinstance(one.value, float):
        return f"{one.value:.3g}"
    return one.value if isinstance(one.value, str) else "–"


if __name__ == "__main__":
    main()
