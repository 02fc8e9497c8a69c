"""A stack of height fields: each layer is put on top where it stands higher; light comes last."""

from __future__ import annotations

from dataclasses import dataclass, fields

import cv2
import numpy as np
from numpy.typing import NDArray

from training.synthetic.geometry import Array

GROUND, BODY, COVER, ROLL, HAND, CABLE = range(6)


def normals_of(height: Array) -> Array:
    """Return unit normals (H, W, 3) of a height field in pixels."""
    height = height.astype(np.float32, copy=False)
    dx = cv2.Sobel(height, cv2.CV_32F, 1, 0, ksize=3, scale=0.125)
    dy = cv2.Sobel(height, cv2.CV_32F, 0, 1, ksize=3, scale=0.125)
    normal = np.stack([-dx, -dy, np.ones_like(dx)], -1)
    return normal / np.sqrt((normal**2).sum(-1, keepdims=True))


@dataclass
class Canvas:
    """The picture while it is built; maps (H, W), colours BGR 0..1, heights in pixels."""

    height: Array
    albedo: Array
    normal: Array
    kind: NDArray[np.uint8]
    gloss: Array
    skin: Array

    @staticmethod
    def of_ground(height: Array, albedo: Array) -> Canvas:
        """Start a canvas from the mattress and what lies beyond it."""
        return Canvas(
            height.astype(np.float32),
            albedo.astype(np.float32),
            normals_of(height),
            np.zeros(height.shape, np.uint8),
            np.zeros_like(height, np.float32),
            np.zeros_like(height, np.float32),
        )

    def copy(self) -> Canvas:
        """Return a canvas that can be drawn on without changing this one."""
        return Canvas(
            *(np.array(getattr(self, f.name)) for f in fields(self)),
        )

    def put(
        self,
        height: Array,
        alpha: Array,
        albedo: Array,
        kind: int,
        *,
        normal: Array | None = None,
        gloss: float | Array = 0.0,
        skin: float | Array = 0.0,
    ) -> None:
        """Lay a layer where it is higher than what is there; ``alpha`` is its coverage."""
        alpha = np.where(height > self.height, alpha, 0)
        solid = alpha > 0.4
        weight = alpha[..., None]
        self.albedo = self.albedo * (1 - weight) + albedo * weight
        if normal is None:
            normal = normals_of(height)
        self.normal = np.where(solid[..., None], normal, self.normal)
        self.gloss = np.where(solid, gloss, self.gloss).astype(np.float32)
        self.skin = np.where(solid, skin, self.skin).astype(np.float32)
        self.height = np.where(solid, height, self.height).astype(np.float32)
        self.kind[solid] = kind
