"""From stored keypoints to movement measures: pure functions of the raw series.

Points below ``PRESENT_SCORE`` are missing; gaps up to 0.2 s are bridged; positions pass the
zero-phase Butterworth filter; velocities use the frames' own times; lengths are in trunks. Nothing
is computed over frames whose flags forbid it or across a change of segment. Every figure comes
with coverage, interval, filter and version, and below the coverage limit its value is None: not
assessable, not zero.

How to add a measure: write a new file here with a function ``sample(track, part) -> Samples`` (rows
of frames, or of spells of frames, without NaN) and a reduction ``(samples) -> value``; register a
``Measure`` of them; import the file below; mirror it in tests/pipeline/movement with a signal whose
answer is known. The docstrings hold formula, unit and source. Raise ``MOVEMENT_VERSION`` whenever a
stored figure would come out differently.
"""

from pipeline.movement import (
    angles,
    bouts,
    centroid,
    entropy,
    hidden,
    histograms,
    periodicity,
    position,
    posture,
    quantity,
    smoothness,
    state,
    symmetry,
    variance,
)
from pipeline.movement.base import (
    COVERAGE_LIMIT,
    MOVEMENT_VERSION,
    Figure,
    Measure,
    figure,
    figures,
    find_measure,
    measure_names,
    register,
)
from pipeline.movement.posture import Held, time_in_position
from pipeline.movement.quantity import quantity_of_motion
from pipeline.movement.rollup import MinuteRollup, roll_up
from pipeline.movement.rows import rollup_row
from pipeline.movement.track import Track, make_track, trunk_px

__all__ = [
    "COVERAGE_LIMIT",
    "MOVEMENT_VERSION",
    "Figure",
    "Held",
    "Measure",
    "MinuteRollup",
    "Track",
    "angles",
    "bouts",
    "centroid",
    "entropy",
    "figure",
    "figures",
    "find_measure",
    "hidden",
    "histograms",
    "make_track",
    "measure_names",
    "periodicity",
    "position",
    "posture",
    "quantity",
    "quantity_of_motion",
    "register",
    "roll_up",
    "rollup_row",
    "smoothness",
    "state",
    "symmetry",
    "time_in_position",
    "trunk_px",
    "variance",
]
