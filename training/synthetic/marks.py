"""Where people mark keypoints, which is not where joints turn.

Whoever labels photographs of infants clicks shoulders at the top of the upper arm and hips at the
crest of the groin fold; both lie nearer to the head than the centres of the joints, as much as
hand-labelled sets differ from bodies drawn by their joints (EXPERIMENTS.md). A network learns the
marks, so that its answers agree with labels that people make.
"""

from __future__ import annotations

from pipeline.skeleton import INFANT13
from training.synthetic.geometry import Array

# In trunk lengths of the joints, along the trunk to the head.
HIP_RISE = 0.13
SHOULDER_RISE = 0.05

_SHOULDERS = [INFANT13.index(f"{side}_shoulder") for side in ("left", "right")]
_HIPS = [INFANT13.index(f"{side}_hip") for side in ("left", "right")]


def as_marked(joints_kd: Array) -> Array:
    """Return where people would mark joints (13, D), in the world or in a picture."""
    marks = joints_kd.copy()
    trunk = joints_kd[_SHOULDERS].mean(0) - joints_kd[_HIPS].mean(0)
    marks[_HIPS] += HIP_RISE * trunk
    marks[_SHOULDERS] += SHOULDER_RISE * trunk
    return marks
