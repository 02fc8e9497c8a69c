"""Carers' hands: bare, gloved or sleeved, reaching in from the border of the picture."""

from __future__ import annotations

import numpy as np

from training.synthetic.canvas import HAND, Canvas
from training.synthetic.figure import skin_colour
from training.synthetic.geometry import Array, ConeList, Cones
from training.synthetic.march import march
from training.synthetic.scene import Scene, stream
from training.synthetic.textures import any_cloth, cloth, lay_random


def draw_hands(canvas: Canvas, scene: Scene, target: Array) -> None:
    """Reach carers' hands (bare, gloved, sleeved) from the border towards ``target`` px."""
    rng = stream(scene.seed, "hands")
    scale, size = scene.view.scale, scene.view.size_hw
    for _ in range(scene.clutter.hands):
        built = _hand(rng, canvas, scene, target)
        surface = march(built, size, blend=0.025 * scale)
        albedo = np.broadcast_to(_hand_colour(rng), (*size, 3)).copy()
        if rng.uniform() < 0.6:
            sleeve = lay_random(cloth(any_cloth(rng)), size, scale / 150, rng)
            sleeved = (surface.cone >= 0) & (built.part[surface.cone] == 1)
            albedo[sleeved] = sleeve[sleeved]
        canvas.put(
            surface.height, surface.alpha, albedo, HAND, normal=surface.normal, gloss=0.2, skin=0.7
        )


def _hand(rng: np.random.Generator, canvas: Canvas, scene: Scene, target: Array) -> Cones:
    """Build a hand and forearm in picture pixels; part 0 is the hand, 1 the sleeve."""
    scale, short = scene.view.scale, min(scene.view.size_hw)
    angle = rng.uniform(0, 2 * np.pi)
    way = np.array([np.cos(angle), np.sin(angle)])
    side = np.array([-way[1], way[0]])
    reach = rng.uniform(0.1, 0.75) * 0.5 * short
    palm = target + way * (reach + 0.45 * scale) + side * rng.normal(0, 0.2 * scale)
    palm = palm + way * scene.clutter.withdrawn * short
    big = scale * rng.uniform(0.8, 1.25)
    lift = float(np.percentile(canvas.height, 90)) + 0.25 * big

    def at(forward: float, across: float, up: float) -> Array:
        flat = palm - way * forward * big + side * across * big
        return np.array([*flat, lift + up * big], np.float32)

    cones = ConeList()
    for lane in (-0.12, 0.12):
        cones.add(at(0, lane, 0), at(0.2, lane, 0), 0.15 * big, 0.14 * big, 0)
    for lane in (-0.19, -0.065, 0.06, 0.18):
        bend, long = rng.uniform(-0.25, 0.0), rng.uniform(0.45, 0.62) - abs(lane)
        middle = at(0.25 + long / 2, lane * 1.2, 0.03)
        cones.add(at(0.25, lane, 0), middle, 0.075 * big, 0.07 * big, 0)
        cones.add(middle, at(0.25 + long, lane * 1.3, bend), 0.07 * big, 0.055 * big, 0)
    thumb = rng.choice([-1, 1])
    cones.add(at(0, 0.15 * thumb, 0), at(0.3, 0.42 * thumb, -0.1), 0.1 * big, 0.065 * big, 0)
    cones.add(at(-0.1, 0, 0), at(-0.6, 0, 0.1), 0.19 * big, 0.19 * big, 0)
    cones.add(at(-0.6, 0, 0.1), at(-3, 0, 0.6), 0.21 * big, 0.3 * big, 1)
    return cones.build()


def _hand_colour(rng: np.random.Generator) -> Array:
    gloves = [(0.75, 0.5, 0.25), (0.9, 0.9, 0.92), (0.7, 0.35, 0.45), (0.6, 0.6, 0.3)]
    if rng.uniform() < 0.45:
        return np.array(gloves[rng.integers(len(gloves))], np.float32)
    return skin_colour(rng.uniform(0, 1), rng.uniform(0, 0.6))
