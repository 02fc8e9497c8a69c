"""Cloth that lies on things: crumpled cloths, and blankets draped over the infant."""

from __future__ import annotations

import cv2
import numpy as np

from training.synthetic.canvas import COVER, GROUND, Canvas
from training.synthetic.geometry import Array
from training.synthetic.scene import Scene, stream
from training.synthetic.textures import cloth, fold_field, lay_random, noise_field, ward_cloth


def loose_cloths(canvas: Canvas, scene: Scene, outline: Array) -> None:
    """Lay crumpled cloths beside (and a little under) the infant."""
    rng = stream(scene.seed, "cloths")
    scale, size = scene.view.scale, scene.view.size_hw
    middle, half = outline.mean(0), 0.5 * (outline[1] - outline[0])
    for _ in range(scene.clutter.cloths):
        angle = rng.uniform(0, 2 * np.pi)
        spot = middle + np.array([np.cos(angle), np.sin(angle)]) * half * rng.uniform(0.6, 1.4)
        mask = _patch(rng, size, spot, scale * rng.uniform(0.3, 0.8))
        _lay_cloth(canvas, scene, rng, mask, 0.03, canvas.height, GROUND)


def _patch(rng: np.random.Generator, size: tuple[int, int], spot: Array, radius: float) -> Array:
    """Return the mask of a crumpled four-cornered cloth."""
    angle = np.linspace(0, 2 * np.pi, 5)[:4] + rng.uniform(0, 2) + rng.normal(0, 0.25, 4)
    corners = spot + np.stack([np.cos(angle), np.sin(angle)], 1) * radius * rng.uniform(
        0.8, 1.3, (4, 1)
    )
    mask = np.zeros(size, np.float32)
    cv2.fillPoly(mask, [corners.astype(np.int32)], 1.0)
    mask = cv2.GaussianBlur(mask, (0, 0), max(radius * 0.06, 0.8))
    wave = lay_random(noise_field(int(rng.integers(60)), 1.8), size, radius / 150, rng)
    return mask - 0.12 * wave


def _lay_cloth(
    canvas: Canvas,
    scene: Scene,
    rng: np.random.Generator,
    mask: Array,
    thickness: float,
    under: Array,
    kind: int,
    number: int | None = None,
) -> None:
    """Drape a cloth over the field ``under`` where ``mask`` exceeds one half."""
    scale, size = scene.view.scale, scene.view.size_hw
    folds = lay_random(fold_field(int(rng.integers(48))), size, scale / rng.uniform(50, 130), rng)
    folds = folds * scale * rng.uniform(0.012, 0.05)
    height = under + thickness * scale + np.maximum(folds, -thickness * scale)
    height = np.maximum(height, canvas.height + 0.5 * thickness * scale)
    height = cv2.GaussianBlur(height.astype(np.float32), (0, 0), max(0.025 * scale, 0.5))
    height = np.maximum(height, canvas.height + 0.2 * thickness * scale)
    alpha = np.clip((mask - 0.5) * 12 + 0.5, 0, 1)
    fabric = cloth(ward_cloth(rng) if number is None else number)
    albedo = lay_random(fabric, size, scale / rng.uniform(60, 260), rng)
    canvas.put(height.astype(np.float32), alpha, albedo, kind)


def draped(canvas: Canvas, scene: Scene) -> Array:
    """Return the field that a blanket takes over all that lies there: wide and smooth."""
    scale, height = scene.view.scale, canvas.height
    shrink = 1 if scale < 120 else 2  # the field is smooth: half the resolution will do
    small = cv2.resize(height, None, fx=1 / shrink, fy=1 / shrink, interpolation=cv2.INTER_AREA)
    reach = max(3, int(0.16 * scale / shrink) | 1)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    smooth = cv2.GaussianBlur(cv2.dilate(small, kernel), (0, 0), 0.075 * scale / shrink)
    smooth = cv2.resize(smooth, height.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return np.maximum(smooth, cv2.GaussianBlur(height, (0, 0), 0.02 * scale))


def blanket(canvas: Canvas, scene: Scene, axis_px: tuple[Array, Array]) -> None:
    """Cover part of the infant; ``axis_px`` is mid-shoulder and mid-hip in pixels."""
    cover = scene.cover
    if cover.kind == "none":
        return
    rng = stream(scene.seed, "blanket")
    scale, size = scene.view.scale, scene.view.size_hw
    shoulders, hips = axis_px
    up = shoulders - hips
    up = up / max(float(np.linalg.norm(up)), 1e-3)
    turn = np.radians(cover.angle_deg)
    up = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) @ up
    y, x = np.mgrid[0 : size[0], 0 : size[1]].astype(np.float32)
    along = ((x - shoulders[0]) * up[0] + (y - shoulders[1]) * up[1]) / scale
    across = (-(x - shoulders[0]) * up[1] + (y - shoulders[1]) * up[0]) / scale
    if cover.kind == "corner":
        along = (x - hips[0]) * up[0] / scale + (y - hips[1]) * up[1] / scale
    wave = lay_random(noise_field(int(rng.integers(60)), 2.0), size, scale / 60, rng)
    edge = (
        cover.reach
        - along
        + 0.07 * wave
        + 0.12 * np.sin(across * rng.uniform(1, 4) + rng.uniform(0, 6))
    )
    under = draped(canvas, scene)
    hem = 0.025 * np.exp(-((edge / 0.05) ** 2)) * scale
    mask = 0.5 + edge * scale / 12
    _lay_cloth(canvas, scene, rng, mask, cover.thickness, under + hem, COVER, cover.cloth)
