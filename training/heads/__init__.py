"""Heads: from a backbone's features to what the runtime reads.

How to add one: write a file beside this one with a registered class that mixes
:class:`~training.heads.base.InfantHead` with an mmpose head, import it below, and let
``training.build`` choose it. A head says which outputs it exports (``answers``) and how the
runtime reads them (``output_spec``); a new kind of output needs a decoder in
``pipeline/models/decode`` as well.
"""

from training.heads.estimator import InfantEstimator, InfantPreprocessor
from training.heads.heatmap import InfantHeatmapHead
from training.heads.offset import InfantOffsetHead
from training.heads.simcc import InfantRTMCCHead, InfantSimccHead

__all__ = [
    "InfantEstimator",
    "InfantHeatmapHead",
    "InfantOffsetHead",
    "InfantPreprocessor",
    "InfantRTMCCHead",
    "InfantSimccHead",
]
