"""What a model proposes for a picture that is to be labelled."""

from __future__ import annotations

from pipeline.annotation.points import Points, from_estimate
from pipeline.models.session import PoseModel
from pipeline.models.single import find
from pipeline.types import ImageArray, Rectangle


def suggest(model: PoseModel, image_hwc: ImageArray) -> Points:
    """Return the model's points (13, 3) in the whole picture, as ``points.from_estimate``."""
    height, width = image_hwc.shape[:2]
    return from_estimate(*find(model, image_hwc, Rectangle(0, 0, width, height)))
