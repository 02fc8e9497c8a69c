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
    label: NDArray[np.int16]

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
            np.full(height.shape, 100, np.int16),
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
        labels: NDArray[np.int64] | None = None,
    ) -> None:
        """Lay a layer where it is higher than what is there; ``alpha`` is its coverage.

        ``labels`` (below 100) tell apart the pieces of one layer, such as parts of the body.
        """
        solid = (height > self.height) & (alpha >= 0.5)
        if normal is None:
            normal = normals_of(height)
        self.albedo[solid] = albedo[solid]
        self.normal[solid] = normal[solid]
        self.gloss[solid] = gloss[solid] if isinstance(gloss, np.ndarray) else gloss
        self.skin[solid] = skin[solid] if isinstance(skin, np.ndarray) else skin
        self.height[solid] = height[solid]
        self.kind[solid] = kind
        self.label[solid] = labels[solid] if labels is not None else 100 + kind

    def edges(self) -> NDArray[np.bool_]:
        """Return the pixels on either side of a border between things, to be softened."""
        label = self.label
        border = np.zeros(label.shape, bool)
        across, down = label[:, 1:] != label[:, :-1], label[1:] != label[:-1]
        border[:, 1:] |= across
        border[:, :-1] |= across
        border[1:] |= down
        border[:-1] |= down
        return border
