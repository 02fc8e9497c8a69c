"""Smoothers of keypoint series: causal ones for the live view, offline ones for measures.

All of them take a keypoint below ``PRESENT_SCORE`` or NaN as missing, use the frames' own times
(µs, any spacing), bridge gaps up to ``MAX_GAP_S`` and give NaN over longer ones: the last pose is
never held. Limits of speed and noise are in body lengths (``BodyScale``), so that they mean the
same on every camera.

How to add one: write a class in a new file here under ``@causal("name")`` (fulfilling
``CausalSmoother``) or a function under ``@offline("name")``, import the file below, and mirror it
in tests/pipeline/smoothing.
"""

from pipeline.smoothing import butterworth, kalman, one_euro, rts, transformer
from pipeline.smoothing.base import (
    CausalSmoother,
    OfflineSmoother,
    causal_names,
    make_causal,
    offline_names,
    offline_smoother,
)
from pipeline.smoothing.gaps import MAX_GAP_S

__all__ = [
    "MAX_GAP_S",
    "CausalSmoother",
    "OfflineSmoother",
    "butterworth",
    "causal_names",
    "kalman",
    "make_causal",
    "offline_names",
    "offline_smoother",
    "one_euro",
    "rts",
    "transformer",
]
