"""Pictures without labels beside a labelled batch: each in a weak and a strong view."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from training.data.augment import camera_faults, cover, crop_affine, look
from training.data.dataset import collate, load_image
from training.errors import DatasetError
from training.spec import AugmentSpec, SelfTrainSpec

_KINDS = ("*.jpg", "*.jpeg", "*.png")


class UnlabelledCollate:
    """Makes a batch of labelled items and adds ``unlabelled`` (2, U, 3, H, W) uint8 RGB.

    First the weak views, then the strong ones of the same crops. Which pictures, and how they are
    turned, is a function of the first item's ``key``, so a resumed run sees what an uninterrupted
    one would.
    """

    def __init__(self, spec: SelfTrainSpec, augment: AugmentSpec) -> None:
        self.spec, self.augment = spec, augment
        self.pictures = pictures_below(spec.pictures)

    def __call__(self, items: list[dict[str, Any]]) -> dict[str, Any]:
        """Return the batch."""
        rng = np.random.default_rng((*items[0]["key"], 13))
        height, width = items[0]["image"].shape[:2]
        views = [self._views(rng, (width, height)) for _ in range(self.spec.pictures_per_step)]
        rgb = np.ascontiguousarray(np.stack(views, axis=1)[..., ::-1])
        return collate(items) | {"unlabelled": torch.from_numpy(rgb).permute(0, 1, 4, 2, 3)}

    def _views(self, rng: np.random.Generator, size_wh: tuple[int, int]) -> NDArray[np.uint8]:
        """Return (2, H, W, 3): a picture as it is, and made harder."""
        image = load_image(self.pictures[int(rng.integers(len(self.pictures)))])
        height, width = image.shape[:2]
        turn = rng.uniform(-self.augment.rotation_deg, self.augment.rotation_deg)
        side = rng.uniform(self.spec.crop_low, self.spec.crop_high) * max(width, height)
        affine = crop_affine(
            np.array([width / 2, height / 2]),
            float(side),
            float(np.deg2rad(turn)),
            bool(rng.random() < self.augment.flip),
            size_wh,
        )
        weak = cv2.warpAffine(image, affine, size_wh)
        nobody = np.zeros((1, 3), np.float32)
        strong, _ = cover(look(weak, self.augment, rng), nobody, self.augment, rng)
        return np.stack([weak, camera_faults(strong, self.augment, rng)])


def pictures_below(folders: tuple[Path, ...]) -> list[Path]:
    """Return the pictures of folders; raise ``DatasetError`` where one has none."""
    found: list[Path] = []
    for folder in folders:
        here = sorted(path for kind in _KINDS for path in folder.glob(kind))
        if not here:
            raise DatasetError(f"{folder}: holds no picture ({', '.join(_KINDS)})")
        found += here
    return found
