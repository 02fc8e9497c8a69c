"""The bed: a sheet in wrinkles, the tray of a cot or incubator, and what lies beyond."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from training.synthetic.canvas import Canvas, normals_of
from training.synthetic.geometry import Array
from training.synthetic.scene import Scene, stream
from training.synthetic.textures import (
    any_cloth,
    cloth,
    fold_field,
    lay_random,
    noise_field,
    ward_cloth,
)
from training.synthetic.view import View


def mattress(scene: Scene) -> Canvas:
    """Return the canvas with a sheet in wrinkles and, past its edges, whatever stands there.

    A scene with a ``background`` has that picture for its bed, flat.
    """
    if scene.background is not None:
        return Canvas.of_ground(scene.view.ground(), _photographed(scene))
    rng = stream(scene.seed, "mattress")
    view, size = scene.view, scene.view.size_hw
    scale = view.scale
    ground = view.ground()
    folds = lay_random(fold_field(int(rng.integers(48))), size, scale / rng.uniform(60, 200), rng)
    ground = ground + folds * np.float32(scale * rng.choice([0.004, 0.012, 0.03]))
    linen = ward_cloth(rng)
    chosen = scene.clutter.sheet
    fabric = cloth(linen if chosen is None else chosen)
    sheet = lay_random(fabric, size, scale / rng.uniform(70, 320), rng)
    canvas = Canvas.of_ground(ground, sheet)
    for _ in range(scene.clutter.mattress_edges):
        _edge(canvas, scene, rng)
    if scene.clutter.cot:
        _cot(canvas, scene, stream(scene.seed, "cot"))
    return canvas


def _photographed(scene: Scene) -> Array:
    """Return the albedo (H, W, 3) that looks like the scene's background when it is lit."""
    image = cv2.imread(str(scene.background), cv2.IMREAD_COLOR)
    if image is None:
        raise ValueError(f"{scene.background}: missing or not a picture")
    height, width = scene.view.size_hw
    grown = max(height / image.shape[0], width / image.shape[1])
    large = cv2.resize(image, None, fx=grown, fy=grown, interpolation=cv2.INTER_AREA)
    top, left = (large.shape[0] - height) // 2, (large.shape[1] - width) // 2
    cut = large[top : top + height, left : left + width]
    # Undoes the tone curve of ``look.expose`` roughly; light and exposure vary on purpose.
    return np.clip((cut.astype(np.float32) / 255) ** 1.6, 0.01, 1)


def _cot(canvas: Canvas, scene: Scene, rng: np.random.Generator) -> None:
    """Stand the mattress in its tray: a rim of plastic round it, a darker room beyond."""
    view, size = scene.view, scene.view.size_hw
    half = np.array([rng.uniform(1.5, 2.1), rng.uniform(2.3, 2.9)])
    corners = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]], np.float32)
    corners[:, :2] = corners[:, :2] * half + np.array([0, -0.65])
    outline = view.project(corners)[:, :2]
    bed = np.full(size, 255, np.uint8)
    cv2.fillPoly(bed, [(outline * 16).astype(np.int32)], 0, cv2.LINE_8, shift=4)
    # With no bed in the picture every distance is beyond measure.
    gap = np.minimum(cv2.distanceTransform(bed, cv2.DIST_L2, 5) / view.scale, 9).astype(np.float32)
    wide = rng.uniform(0.12, 0.3)
    rim = np.clip(1 - ((gap - wide / 2) / (wide / 2)) ** 2, 0, 1) * (gap > 0) * (gap < wide)
    room = lay_random(
        cloth(any_cloth(rng)).mean((0, 1), keepdims=True) * np.ones((384, 384, 1), np.float32),
        size,
        1.0,
        rng,
    )
    clutter = lay_random(noise_field(int(rng.integers(60)), 1.9), size, view.scale / 50, rng)
    room = np.clip(room * 0.35 * (1 + 0.3 * clutter[..., None]), 0.02, 1)
    plastic = rng.uniform(0.45, 0.85) * np.array([1.02, 1.0, rng.uniform(0.94, 1.0)], np.float32)
    colour = np.where((gap < wide)[..., None], plastic, room)
    beyond = gap > 0
    canvas.albedo = np.where(beyond[..., None], colour, canvas.albedo).astype(np.float32)
    inner = view.ground() + (0.12 * np.sqrt(rim) - 0.5 * (gap > wide)) * view.scale
    canvas.height = np.where(beyond, inner, canvas.height).astype(np.float32)
    canvas.normal = normals_of(cv2.GaussianBlur(canvas.height, (0, 0), 0.01 * view.scale + 0.5))
    canvas.gloss = np.where(beyond & (gap < wide), 0.35, canvas.gloss).astype(np.float32)
    if scene.clutter.bed != "cot":
        _walls(canvas, view, half, stream(scene.seed, "walls"), scene.clutter.bed)


def _walls(canvas: Canvas, view: View, half: Array, rng: np.random.Generator, kind: str) -> None:
    """Stand clear walls round the mattress: an incubator's with portholes, a warmer's low ones.

    What is seen of clear plastic is where it bends and where it is held: edges, rings, a veil.
    """
    tall = float(rng.uniform(0.9, 1.3) if kind == "incubator" else rng.uniform(0.25, 0.45))
    middle = np.array([0, -0.65])
    mask = np.zeros(canvas.height.shape, np.float32)
    veil = np.zeros_like(mask)
    thick = max(1, round(0.03 * view.scale))

    def drawn(points: Array, closed: bool) -> NDArray[np.int32]:
        outline = (view.project(points)[:, :2] * 16).astype(np.int32)
        cv2.polylines(mask, [outline], closed, 1.0, thick, cv2.LINE_AA, shift=4)
        return outline

    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * (half + 0.08) + middle
    base = np.column_stack([corners, np.zeros(4)]).astype(np.float32)
    top = base + np.array([0, 0, tall], np.float32)
    for k in range(4):
        side = np.stack([base[k], base[(k + 1) % 4], top[(k + 1) % 4], top[k]])
        cv2.fillPoly(veil, [drawn(side, closed=True)], 1.0, cv2.LINE_AA, shift=4)
    if kind == "incubator":
        angle = np.linspace(0, 2 * np.pi, 24)
        for x in (-1, 1):
            for y in (-0.95, 0.25):
                ring = np.stack(
                    [
                        np.full(24, x * (half[0] + 0.08)),
                        middle[1] + y + 0.6 + 0.42 * np.cos(angle),
                        0.55 * tall + 0.42 * tall * np.sin(angle),
                    ],
                    1,
                )
                drawn(ring.astype(np.float32), closed=True)
    pale = rng.uniform(0.6, 0.95)
    share = np.clip(rng.uniform(0.35, 0.8) * mask + rng.uniform(0.02, 0.12) * veil, 0, 0.9)
    canvas.albedo = (canvas.albedo + (pale - canvas.albedo) * share[..., None]).astype(np.float32)
    canvas.gloss = np.maximum(canvas.gloss, 0.4 * np.maximum(mask, 0.5 * veil)).astype(np.float32)


def _edge(canvas: Canvas, scene: Scene, rng: np.random.Generator) -> None:
    """Cut the mattress by a straight line some way off the infant; other things lie beyond."""
    size, scale = scene.view.size_hw, scene.view.scale
    y, x = np.mgrid[0 : size[0], 0 : size[1]].astype(np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    away = rng.uniform(0.3, 0.55) * min(size)
    line = np.cos(angle) * (x - size[1] / 2) + np.sin(angle) * (y - size[0] / 2) - away
    beyond = line > 0
    other = lay_random(cloth(any_cloth(rng)), size, scale / rng.uniform(40, 300), rng)
    other = other * rng.uniform(0.15, 1.0)
    canvas.albedo = np.where(beyond[..., None], other, canvas.albedo).astype(np.float32)
    drop = rng.uniform(-0.1, 0.5) * scale
    wall = np.clip(line / (0.06 * scale), 0, 1)
    canvas.height = canvas.height - drop * wall
    rim = np.exp(-((line / (rng.uniform(0.01, 0.05) * scale)) ** 2))[..., None]
    canvas.albedo += rim * rng.uniform(-0.3, 0.3)
    np.clip(canvas.albedo, 0.01, 1, out=canvas.albedo)
    canvas.gloss = np.where(beyond, rng.uniform(0, 0.5), canvas.gloss)
