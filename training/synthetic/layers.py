"""A kept body's maps moved into a picture, and the light that they throw back."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from training.synthetic import bodies as kept
from training.synthetic.bodies import Body
from training.synthetic.geometry import Array
from training.synthetic.rooms import Image, Rng


@dataclass(frozen=True)
class Layers:
    """A body's maps in the picture; ``normal`` (S, S, 2) is turned with it."""

    normal: Array
    alpha: Image
    depth: Image
    ratio: Image
    part: Image
    u: Image
    v: Image

    @staticmethod
    def warped(body: Body, affine: NDArray[np.float64], side: int) -> Layers:
        """Return the maps moved into a picture of ``side`` pixels."""
        maps, size = body.maps, (side, side)
        solid = cv2.warpAffine(np.ascontiguousarray(maps[..., :4]), affine, size)
        ratio = cv2.warpAffine(
            np.ascontiguousarray(maps[..., kept.RATIO]),
            affine,
            size,
            borderMode=cv2.BORDER_REPLICATE,
        )
        exact = cv2.warpAffine(
            np.ascontiguousarray(maps[..., 7:10]),
            affine,
            size,
            flags=cv2.INTER_NEAREST,
            borderValue=(kept.NO_PART, 0, 0),
        )
        linear = affine[:, :2] / np.sqrt(abs(np.linalg.det(affine[:, :2])))
        normal = (solid[..., :2].astype(np.float32) - 128) / 127 @ linear.T.astype(np.float32)
        part, u, v = cv2.split(exact)
        return Layers(normal, solid[..., 2], solid[..., 3], ratio, part, u, v)

    def flat(self, name: str, where: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Return one map at flat places."""
        values: NDArray[np.uint8] = getattr(self, name).reshape(-1)[where]
        return values

    def ratio_at(self, where: NDArray[np.int64]) -> Array:
        """Return what paint multiplies the skin by, (M, 3)."""
        return self.ratio.reshape(-1, 3)[where].astype(np.float32) / 128

    def lit(self, where: NDArray[np.int64], light: Array, rng: Rng) -> Array:
        """Return the light (M, 3) that the body's pixels send to the camera."""
        normal = self.normal.reshape(-1, 2)[where]
        up = np.sqrt(np.clip(1 - (normal**2).sum(1), 0, 1))
        wrap = rng.uniform(0, 0.5)
        cosine = np.clip((normal @ light[:2] + up * light[2] + wrap) / (1 + wrap), 0, 1)
        ambient = rng.uniform(0.25, 0.8)
        shade = ambient * (0.7 + 0.3 * up) + (1.25 - ambient) * cosine
        side = self.depth.shape[0]
        around = cv2.GaussianBlur(self.depth, (0, 0), side * 0.025).reshape(-1)[where]
        pit = around.astype(np.float32) - self.depth.reshape(-1)[where]
        shade = shade * np.exp(-rng.uniform(0, 0.035) * np.clip(pit, 0, 40))
        tint = np.exp(rng.normal(0, 0.08, 3)).astype(np.float32)
        return (shade[:, None] * tint * np.float32(rng.uniform(0.75, 1.1))).astype(np.float32)
