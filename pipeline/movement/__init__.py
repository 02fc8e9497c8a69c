"""From stored keypoints to movement measures: pure functions of the raw series.

Points below ``PRESENT_SCORE`` are missing; gaps up to 0.2 s are bridged; positions pass the
zero-phase Butterworth filter; velocities use the frames' own times; lengths are in trunks. Nothing
is computed over frames whose flags forbid it or across a change of segment. Every figure comes
with its coverage, and below the coverage limit it is ``None``: not assessable, not zero.

How to add a measure: write a function in a new file here under ``@measure("name", unit)`` that
takes a ``Track`` and returns a ``Series``, import the file below, and mirror it in
tests/pipeline/movement with a signal whose answer is known. Raise ``MOVEMENT_VERSION`` whenever a
stored figure would come out differently.
"""

from pipeline.movement import quantity
from pipeline.movement.base import Series, measure, measure_names, run_measure
from pipeline.movement.rollup import MOVEMENT_VERSION, MinuteRollup, roll_up
from pipeline.movement.rows import rollup_row
from pipeline.movement.track import Track, make_track, trunk_px

__all__ = [
    "MOVEMENT_VERSION",
    "MinuteRollup",
    "Series",
    "Track",
    "make_track",
    "measure",
    "measure_names",
    "quantity",
    "roll_up",
    "rollup_row",
    "run_measure",
    "trunk_px",
]
