"""Rotations and rounded-cone primitives: the small mathematics that bodies are made of.

Lengths are in trunk lengths (mid-shoulder to mid-hip) in the world, in pixels in the view.
World axes: z points up from the mattress. Body axes: x to the infant's left, y to the head,
z to the front.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


def turn(axis: str, angle_rad: float) -> Array:
    """Return the 3×3 rotation about ``axis`` ('x', 'y' or 'z')."""
    c, s = np.cos(angle_rad), np.sin(angle_rad)
    i, j = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[axis]
    matrix = np.eye(3, dtype=np.float32)
    matrix[i, i] = matrix[j, j] = c
    matrix[i, j], matrix[j, i] = -s, s
    return matrix


def unit(vectors: Array) -> Array:
    """Scale vectors (..., 3) to length one; a zero vector stays zero."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-6)


@dataclass
class Cones:
    """Rounded cones: ends ``a`` and ``b`` (M, 3), radii (M,), and what each belongs to.

    ``part`` is an index into :data:`training.synthetic.body.PARTS`.
    """

    a: Array
    b: Array
    radius_a: Array
    radius_b: Array
    part: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.a)

    def moved(self, rotation: Array, shift: Array) -> Cones:
        """Return the cones turned, then shifted."""
        return Cones(
            self.a @ rotation.T + shift,
            self.b @ rotation.T + shift,
            self.radius_a,
            self.radius_b,
            self.part,
        )

    def distance(self, points: Array) -> Array:
        """Return signed distances (P, M) from points (P, 3) to every cone."""
        axis = self.b - self.a
        length2 = np.maximum((axis**2).sum(1), 1e-9)
        offset = points[:, None] - self.a[None]
        t = np.clip((offset * axis).sum(-1) / length2, 0, 1)
        gap = np.linalg.norm(offset - t[..., None] * axis, axis=-1)
        return gap - (self.radius_a + t * (self.radius_b - self.radius_a))

    @staticmethod
    def joined(groups: list[Cones]) -> Cones:
        """Return one set with the cones of all groups, in order."""
        return Cones(
            *(
                np.concatenate([getattr(g, name) for g in groups])
                for name in ("a", "b", "radius_a", "radius_b", "part")
            )
        )


@dataclass
class ConeList:
    """Collects cones one by one; ``build`` gives the arrays."""

    rows: list[tuple[Array, Array, float, float, int]] = field(default_factory=list)

    def add(self, a: Array, b: Array, radius_a: float, radius_b: float, part: int) -> None:
        """Append a cone from ``a`` to ``b``."""
        self.rows.append((a, b, radius_a, radius_b, part))

    def build(self) -> Cones:
        """Return the collected cones as arrays."""
        a, b, radius_a, radius_b, part = zip(*self.rows, strict=True)
        return Cones(
            np.asarray(a, np.float32),
            np.asarray(b, np.float32),
            np.asarray(radius_a, np.float32),
            np.asarray(radius_b, np.float32),
            np.asarray(part, np.int64),
        )
