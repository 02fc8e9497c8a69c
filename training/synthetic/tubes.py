"""Round things laid along curves: nest and rolls, tubes and cables; and flat sensors."""

from __future__ import annotations

import cv2
import numpy as np

from training.synthetic.canvas import CABLE, ROLL, Canvas
from training.synthetic.geometry import Array, Cones
from training.synthetic.scene import Scene, stream
from training.synthetic.textures import cloth, lay_random, ward_cloth


def _spline(points: Array, n: int = 40) -> Array:
    """Return a smooth curve (n, 2) through control points, by Catmull and Rom."""
    padded = np.concatenate([points[:1], points, points[-1:]])
    t = np.linspace(0, len(points) - 1 - 1e-4, n)
    k = t.astype(int)
    f = (t - k)[:, None]
    p0, p1, p2, p3 = (padded[k + i] for i in range(4))
    return 0.5 * (
        2 * p1
        + (p2 - p0) * f
        + (2 * p0 - 5 * p1 + 4 * p2 - p3) * f**2
        + (3 * p1 - p0 - 3 * p2 + p3) * f**3
    )


def _tube(
    canvas: Canvas, curve: Array, radius: float, floor: Array, albedo: Array, **put: object
) -> None:
    """Lay a tube of round section along a curve on the field ``floor``."""
    size = floor.shape
    low = np.maximum(np.floor(curve.min(0) - radius - 2), 0).astype(int)
    high = np.minimum(np.ceil(curve.max(0) + radius + 3), np.array(size[::-1])).astype(int)
    if (high <= low).any():
        return
    blank = np.full((high[1] - low[1], high[0] - low[0]), 255, np.uint8)
    points = ((curve - low) * 16).round().astype(np.int32)
    cv2.polylines(blank, [points], False, 0, 1, cv2.LINE_8, shift=4)
    gap = np.minimum(cv2.distanceTransform(blank, cv2.DIST_L2, 5), np.float32(9 * radius + 9))
    lift = np.sqrt(np.maximum(radius**2 - gap**2, 0))
    window = (slice(low[1], high[1]), slice(low[0], high[0]))
    height = np.full(size, -np.inf, np.float32)
    alpha = np.zeros(size, np.float32)
    height[window] = floor[window] + lift + 0.6 * radius
    alpha[window] = np.clip(radius + 0.5 - gap, 0, 1)
    inner = np.zeros((*size, 3), np.float32)
    inner[..., 2] = 1
    dx, dy = (
        cv2.Sobel(gap, cv2.CV_32F, 1, 0, scale=0.125),
        cv2.Sobel(gap, cv2.CV_32F, 0, 1, scale=0.125),
    )
    side = gap / max(radius, 1e-3)
    up = np.sqrt(np.maximum(1 - side**2, 0.03))
    inner[window] = np.stack([dx * side, dy * side, up], -1)
    inner /= np.maximum(np.linalg.norm(inner, axis=-1, keepdims=True), 1e-6)
    canvas.put(height, alpha, albedo, normal=inner, **put)


def _yielding(curve: Array, radius: float, seen: Cones, middle: Array) -> Array:
    """Return the roll's line (N, 2) px pushed outwards until no limb lies in the roll."""
    a, axis = seen.a[:, :2], seen.b[:, :2] - seen.a[:, :2]
    length2 = np.maximum((axis**2).sum(1), 1e-6)
    reach = np.maximum(seen.radius_a, seen.radius_b) + 0.85 * radius
    way = curve - middle
    way = way / np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-6)
    moved = curve.copy()
    for _ in range(12):
        offset = moved[:, None] - a
        t = np.clip((offset * axis).sum(-1) / length2, 0, 1)
        gap = np.linalg.norm(offset - t[..., None] * axis, axis=-1) - reach
        short = np.clip(-gap.min(1), 0, None)
        if not short.any():
            break
        moved += (0.6 * short + 0.5 * (short > 0))[:, None] * way
    return moved


def nest_and_rolls(canvas: Canvas, scene: Scene, outline: Array, seen: Cones) -> None:
    """Put soft rolls round the infant, who lies in them, not through them.

    ``outline`` is (low, high) of its box in pixels, ``seen`` its body in pixels.
    """
    rng = stream(scene.seed, "rolls")
    scale, size = scene.view.scale, scene.view.size_hw
    middle, half = outline.mean(0), 0.5 * (outline[1] - outline[0])
    floor = scene.view.ground()
    curves = []
    if scene.clutter.nest:
        angle = np.linspace(0.1, rng.uniform(1.1, 1.95) * np.pi, 9) + rng.uniform(0, 2 * np.pi)
        drawn = rng.uniform(1.05, 1.35)
        radius = half * (scene.clutter.nest_room or drawn) + 0.14 * scale
        curve = middle + np.stack([np.cos(angle), np.sin(angle)], 1) * radius
        thick = rng.uniform(0.12, 0.24)
        curve = _yielding(curve, thick * scale, seen, middle)
        curves.append((_spline(curve, 80), thick))
    for _ in range(scene.clutter.rolls):
        angle = rng.uniform(0, 2 * np.pi)
        spot = middle + np.array([np.cos(angle), np.sin(angle)]) * (half + 0.15 * scale)
        along = np.array([-np.sin(angle), np.cos(angle)]) * scale * rng.uniform(0.3, 0.9)
        thick = rng.uniform(0.1, 0.26)
        line = np.stack([spot - along, spot, spot + along])
        away = middle - (spot - middle)
        curves.append((_spline(_yielding(line, thick * scale, seen, away), 20), thick))
    for curve, radius in curves:
        linen = ward_cloth(rng)
        chosen = scene.clutter.roll_cloth
        fabric = cloth(linen if chosen is None else chosen)
        fabric = lay_random(fabric, size, scale / rng.uniform(80, 260), rng)
        _tube(canvas, curve, radius * scale, floor, fabric, kind=ROLL)


def tubes(canvas: Canvas, scene: Scene, anchors: Array) -> None:
    """Lay tubes and cables from points on the body (N, 2) px to the border."""
    rng = stream(scene.seed, "tubes")
    scale, size = scene.view.scale, scene.view.size_hw
    wanted = list(anchors[rng.integers(0, len(anchors), scene.clutter.tubes)])
    if scene.wardrobe.mask != "none":
        wanted += [anchors[0]] * int(rng.integers(1, 3))
    for start in wanted:
        angle = rng.uniform(0, 2 * np.pi)
        end = np.array(size[::-1]) * (0.5 + 0.75 * np.array([np.cos(angle), np.sin(angle)]))
        line = start + (end - start) * np.linspace(0, 1, 5)[:, None]
        line[1:-1] += rng.normal(0, 0.25 * scale, (3, 2))
        colour = _tube_colour(rng)
        floor = cv2.GaussianBlur(canvas.height, (0, 0), 0.02 * scale)
        radius = scale * rng.choice([0.012, 0.018, 0.03, 0.05], p=[0.4, 0.3, 0.2, 0.1])
        albedo = np.broadcast_to(colour, (*size, 3))
        _tube(canvas, _spline(line, 60), max(radius, 0.6), floor, albedo, kind=CABLE, gloss=0.5)
    _sensors(canvas, scene, anchors[1:], rng)


def _tube_colour(rng: np.random.Generator) -> Array:
    colours = [
        (0.9, 0.9, 0.9), (0.75, 0.8, 0.8), (0.12, 0.12, 0.12), (0.75, 0.45, 0.15), (0.2, 0.2, 0.7),
        (0.3, 0.6, 0.25), (0.55, 0.6, 0.62), (0.85, 0.8, 0.55),
    ]  # fmt: skip
    return np.array(colours[rng.integers(len(colours))], np.float32) * rng.uniform(0.7, 1.05)


def _sensors(canvas: Canvas, scene: Scene, anchors: Array, rng: np.random.Generator) -> None:
    """Stick electrodes and tape on the body by colour alone; they have no thickness to speak of."""
    for _ in range(scene.clutter.sensors):
        spot = anchors[rng.integers(0, len(anchors))] + rng.normal(0, 0.08 * scene.view.scale, 2)
        mask = np.zeros(scene.view.size_hw, np.float32)
        axes = tuple(float(v) for v in scene.view.scale * rng.uniform(0.03, 0.09, 2))
        cv2.ellipse(
            mask, (tuple(spot.tolist()), tuple(2 * a for a in axes), rng.uniform(0, 180)), 1.0, -1
        )
        weight = (mask * (canvas.skin > 0))[..., None] * 0.92
        colour = rng.uniform(0.4, 0.95) * np.array([1, 1, rng.uniform(0.7, 1)], np.float32)
        canvas.albedo = (canvas.albedo * (1 - weight) + colour * weight).astype(np.float32)
