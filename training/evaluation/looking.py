"""Run an exported model over pictures as the runtime would, and measure how far off it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pipeline.models.crop import Crop, covering
from pipeline.models.session import PoseModel
from pipeline.models.single import find, upright_angle
from pipeline.types import Rectangle
from training.data.coco import PictureSet
from training.data.dataset import load_image
from training.metrics import trunk_errors

Look = Literal["search", "as it lies", "upright"]
LOOKS: tuple[Look, ...] = ("search", "upright")
Change = Callable[[NDArray[np.uint8], int], NDArray[np.uint8]]


def look_at(
    model: PoseModel,
    image: NDArray[np.uint8],
    truth_kc: NDArray[np.float32],
    box_4: NDArray[np.float32],
    look: Look,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Estimate one picture; ``upright`` is told the true direction, as a followed crop knows it."""
    box = Rectangle(*(float(value) for value in box_4))
    if look != "upright":
        return find(model, image, box, search=look == "search")
    angle = upright_angle(np.where(truth_kc[:, 2:] > 0, truth_kc[:, :2], np.float32(np.nan)))
    side = max(box.width, box.height) * model.manifest.crop.padding
    centre = (box.x + (box.width - 1) / 2, box.y + (box.height - 1) / 2)
    size_wh = covering(Rectangle(0, 0, side, side), model.aspect).size_wh
    keypoints, scores = model.estimate([image], [Crop(centre, size_wh, angle or 0.0)])
    return keypoints[0], scores[0]


@dataclass(frozen=True, slots=True)
class Found:
    """What a model found in N pictures.

    ``points_nkc``: (N, K, 2) in picture pixels, NaN for none; ``scores_nk``: (N, K);
    ``errors_nk``: (N, K) in trunk lengths, inf for none.
    """

    points_nkc: NDArray[np.float32]
    scores_nk: NDArray[np.float32]
    errors_nk: NDArray[np.float64]

    def take(self, rows: NDArray[np.intp]) -> Found:
        """Return what was found in these pictures."""
        return Found(self.points_nkc[rows], self.scores_nk[rows], self.errors_nk[rows])


def measure(
    model: PoseModel, pictures: PictureSet, look: Look, change: Change | None = None
) -> Found:
    """Look at each picture of a set; ``change`` alters picture ``row`` before it is looked at."""
    found = np.empty_like(pictures.keypoints_nkc[..., :2])
    scores = np.empty(found.shape[:2], np.float32)
    for row, path in enumerate(pictures.paths):
        truth, box = pictures.keypoints_nkc[row], pictures.boxes_n4[row]
        image = load_image(path)
        image = change(image, row) if change else image
        found[row], scores[row] = look_at(model, image, truth, box, look)
    return Found(found, scores, trunk_errors(found, pictures.keypoints_nkc, pictures.boxes_n4))
