"""Soft toys beside and on the infant: skin-coloured limbs and round heads that are nobody's."""

from __future__ import annotations

import numpy as np

from training.synthetic.canvas import COVER, Canvas
from training.synthetic.figure import skin_colour
from training.synthetic.geometry import Array, ConeList, Cones
from training.synthetic.march import march
from training.synthetic.scene import Scene, stream
from training.synthetic.textures import any_cloth, cloth, lay_random

_EYES = 1  # the "part" of a toy that is painted dark


def put_toys(canvas: Canvas, scene: Scene, outline: Array) -> None:
    """Lay toys about the infant's box (low, high) px; where one lies on a limb it hides it."""
    rng = stream(scene.seed, "toys")
    scale, size = scene.view.scale, scene.view.size_hw
    middle, half = outline.mean(0), 0.5 * (outline[1] - outline[0])
    for _ in range(scene.clutter.toys):
        angle = rng.uniform(0, 2 * np.pi)
        way = np.array([np.cos(angle), np.sin(angle)])
        spot = middle + way * half * rng.uniform(0.75, 1.25)
        column, row = (int(np.clip(v, 0, n - 1)) for v, n in zip(spot, size[::-1], strict=True))
        big = scale * rng.uniform(0.25, 0.6)
        at = np.array([*spot, canvas.height[row, column] + 0.3 * big], np.float32)
        made = (_plush if rng.uniform() < 0.7 else _octopus)(rng, at, big)
        surface = march(made, size, blend=0.05 * big)
        albedo = _fabric(rng, scene)
        albedo[(surface.cone >= 0) & (made.part[surface.cone] == _EYES)] = 0.03
        canvas.put(surface.height, surface.alpha, albedo, COVER, normal=surface.normal)


def _fabric(rng: np.random.Generator, scene: Scene) -> Array:
    size = scene.view.size_hw
    if rng.uniform() < 0.4:
        return np.broadcast_to(skin_colour(rng.uniform(), 0.3), (*size, 3)).copy()
    return lay_random(cloth(any_cloth(rng)), size, scene.view.scale / 150, rng)


def _axes(rng: np.random.Generator) -> Array:
    """Return two unit vectors (2, 3) in the mattress: a toy lies as it fell."""
    angle = rng.uniform(0, 2 * np.pi)
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, s, 0], [-s, c, 0]], np.float32)


def _plush(rng: np.random.Generator, at: Array, big: float) -> Cones:
    """Return a bear or a rabbit: a round head with ears and eyes, a belly, four short limbs."""
    across, along = _axes(rng)
    up = np.array([0, 0, 1], np.float32)
    cones = ConeList()

    def place(x: float, y: float, z: float) -> Array:
        return at + big * (x * across + y * along + z * up)

    cones.add(place(0, -0.15, 0), place(0, 0.15, 0), 0.36 * big, 0.32 * big, 0)
    cones.add(place(0, 0.62, 0), place(0, 0.62, 0.05), 0.33 * big, 0.3 * big, 0)
    ear = rng.choice([0.12, 0.5])
    for side in (-1, 1):
        cones.add(
            place(0.2 * side, 0.85, 0), place(0.26 * side, 0.9 + ear, 0), 0.1 * big, 0.09 * big, 0
        )
        cones.add(place(0.28 * side, 0.2, 0), place(0.62 * side, 0.1, 0), 0.14 * big, 0.12 * big, 0)
        cones.add(place(0.2 * side, -0.4, 0), place(0.3 * side, -0.8, 0), 0.16 * big, 0.14 * big, 0)
        eye = place(0.12 * side, 0.66, 0.33)
        cones.add(eye, eye, 0.045 * big, 0.045 * big, _EYES)
    return cones.build()


def _octopus(rng: np.random.Generator, at: Array, big: float) -> Cones:
    """Return a crocheted octopus, whose arms preterm infants are given to hold."""
    across, along = _axes(rng)
    cones = ConeList()
    cones.add(at, at + 0.2 * big * along, 0.36 * big, 0.36 * big, 0)
    for k in range(7):
        angle = np.pi * (1.1 + 0.8 * k / 6)
        way = np.cos(angle) * across + np.sin(angle) * along
        a, b = at + 0.3 * big * way, at + 0.75 * big * way
        bend = 0.25 * big * rng.normal(0, 1) * across
        cones.add(a, b, 0.08 * big, 0.075 * big, 0)
        cones.add(b, b + 0.3 * big * way + bend, 0.075 * big, 0.06 * big, 0)
    return cones.build()
