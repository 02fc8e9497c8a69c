"""Paint the infant: skin, face, hair, nappy, clothes, hat, mask; and lay it on the canvas."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from training.synthetic.body import PART, SIDES, Skeleton3D
from training.synthetic.canvas import BODY, Canvas
from training.synthetic.clothes import dressed
from training.synthetic.geometry import Array, Cones
from training.synthetic.march import Surface, march
from training.synthetic.materials import (
    CLOTHS,
    FEET,
    GEAR,
    HAIR,
    HANDS,
    HAT,
    LEGS,
    NAPPY,
    NONE,
    SACK,
    SKIN,
    TOP,
)
from training.synthetic.scene import Scene, stream
from training.synthetic.textures import cloth, fold_field, noise_field

BLEND = 0.02  # radius of the smooth union in trunk lengths

# Skin from very light to very dark (BGR, linear-ish 0..1), after photographs of the Monk scale.
_SKIN = np.array(
    [
        [0.72, 0.79, 0.94],
        [0.60, 0.70, 0.90],
        [0.47, 0.59, 0.83],
        [0.33, 0.45, 0.70],
        [0.21, 0.30, 0.52],
        [0.12, 0.18, 0.34],
        [0.07, 0.10, 0.20],
    ],
    np.float32,
)


def skin_colour(tone: float, redness: float) -> Array:
    """Return BGR of a skin; preterm skin is thin and red."""
    place = tone * (len(_SKIN) - 1)
    low = min(int(place), len(_SKIN) - 2)
    colour = _SKIN[low] + (place - low) * (_SKIN[low + 1] - _SKIN[low])
    return colour * np.array([1 - 0.28 * redness, 1 - 0.24 * redness, 1.0], np.float32)


def cloth_numbers(scene: Scene) -> dict[int, int]:
    """Return fabric → cloth number for what the infant may wear."""
    wear = scene.wardrobe
    return {
        TOP: wear.top_cloth,
        LEGS: wear.leg_cloth,
        FEET: wear.hat_cloth,
        HANDS: wear.leg_cloth,
        NAPPY: _PAPER,
        HAT: wear.hat_cloth,
        SACK: wear.sack_cloth,
    }


@dataclass(frozen=True)
class Dressed:
    """A dressed body as the camera sees it: its surface, and maps (H, W).

    ``part`` is -1 and ``fabric`` NONE where there is no body; ``place`` (H, W, 2) is where on its
    limb or trunk a pixel lies, in pixels.
    """

    skeleton: Skeleton3D
    surface: Surface
    part: NDArray[np.int64]
    fabric: NDArray[np.int64]
    place: Array

    @property
    def cloth(self) -> NDArray[np.bool_]:
        """Return where there is cloth."""
        return np.isin(self.fabric, CLOTHS)


def march_dressed(scene: Scene, skeleton: Skeleton3D, cones: Cones) -> Dressed:
    """Dress the body and find its surface."""
    worn = dressed(scene, skeleton, cones)
    seen = scene.view.cones(worn.cones)
    surface = march(seen, scene.view.size_hw, blend=BLEND * scene.view.scale)
    hit = surface.cone >= 0
    part = np.where(hit, worn.cones.part[surface.cone], -1)
    fabric = np.where(hit, worn.fabric[surface.cone], NONE)
    place = place_on_body(scene, skeleton, seen, surface, part)
    return Dressed(skeleton, surface, part, fabric, place)


def draw_figure(canvas: Canvas, scene: Scene, skeleton: Skeleton3D, cones: Cones) -> Dressed:
    """March the dressed body, paint it and lay it on the canvas; return it."""
    body = march_dressed(scene, skeleton, cones)
    surface, cloth_mask = body.surface, body.cloth
    canvas.put(
        surface.height,
        surface.alpha,
        painted(scene, body),
        BODY,
        normal=creased(scene, body),
        gloss=np.where(cloth_mask, 0.02, np.where(body.fabric == HAIR, 0.12, 0.22)),
        skin=np.where(np.isin(body.fabric, (SKIN, GEAR)), 1.0, 0.0),
        labels=body.fabric,
    )
    return body


def creased(scene: Scene, body: Dressed) -> Array:
    """Return the surface's normals with the creases of cloth and the strands of hair."""
    scale, normal = scene.view.scale, body.surface.normal
    soft = body.cloth | (body.fabric == HAIR)
    if not soft.any():
        return normal
    rng = stream(scene.seed, "crease")
    bumps = _worn_texture(noise_field(int(rng.integers(60)), 2.4), body.place, 170 / scale) / 85
    folds = _worn_texture(
        fold_field(int(rng.integers(48))), body.place, rng.uniform(90, 260) / scale
    )
    depth = (0.012 + 0.045 * min(scene.wardrobe.loose, 1.0)) * rng.uniform(0.4, 1.2)
    field = scale * (bumps + 0.25 * depth * folds).astype(np.float32)
    push = np.stack([cv2.Sobel(field, cv2.CV_32F, 1, 0), cv2.Sobel(field, cv2.CV_32F, 0, 1)], -1)
    # Where two pieces of cloth meet the place on the body jumps: keep that a seam, not a cut.
    push = np.clip(push, -0.4, 0.4) * soft[..., None]
    normal = normal - np.concatenate([push, np.zeros_like(push[..., :1])], -1)
    return normal / np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-6)


def painted(scene: Scene, body: Dressed) -> Array:
    """Return the albedo (H, W, 3) of skin, hair and clothes."""
    scale, part, place = scene.view.scale, body.part, body.place
    rng = stream(scene.seed, "paint")
    skin = skin_colour(scene.skin, scene.redness)
    mottle = _worn_texture(noise_field(int(rng.integers(60)), 1.7), place, 150 / scale)
    flush = _worn_texture(noise_field(int(rng.integers(60)), 2.0), place, 90 / scale)
    albedo = skin * (1 + 0.035 * mottle[..., None])
    flush = 0.05 * flush + 0.12 * np.isin(part, _RED_PARTS) * rng.uniform(0, 1)
    albedo = albedo * (1 + flush[..., None] * np.array([-0.8, -0.7, 0.15], np.float32))
    _paint_head(albedo, scene, body)
    for fabric, number in cloth_numbers(scene).items():
        where = body.fabric == fabric
        if not where.any():
            continue
        colour = _cloth_colour(stream(scene.seed, f"cloth {number}"), number, place, scale)
        albedo[where] = colour[where]
    gear = body.fabric == GEAR
    albedo[gear] = rng.uniform(0.5, 0.95) * np.array([1.0, 1.0, rng.uniform(0.8, 1)], np.float32)
    return albedo.astype(np.float32)


_PAPER = 1000  # the number of what nappies are made of
_RED_PARTS = [PART[f"{n}_{s}"] for n in ("hand", "foot", "ear") for s in ("left", "right")] + [
    PART["nose"]
]


def _cloth_colour(rng: np.random.Generator, number: int, place: Array, scale: float) -> Array:
    if number == _PAPER:
        paper = rng.uniform(0.75, 0.97) * np.array([1.0, 1.0, rng.uniform(0.93, 1)], np.float32)
        if rng.uniform() < 0.6:
            return np.broadcast_to(paper, (*place.shape[:2], 3))
        number = int(rng.integers(150))
    return _worn_texture(cloth(number), place, rng.uniform(100, 300) / scale)


_LIMB_ENDS = {
    "upper_arm": ("shoulder", "elbow"),
    "forearm": ("elbow", "wrist"),
    "thigh": ("hip", "knee"),
    "shank": ("knee", "ankle"),
}


def place_on_body(
    scene: Scene, skeleton: Skeleton3D, seen: Cones, surface: Surface, part: Array
) -> Array:
    """Return (H, W, 2): each pixel's place along and across its limb or the trunk, in pixels.

    Patterns laid by it move with the body.
    """
    project = scene.view.project
    joints = skeleton.joints
    origin, axis = seen.a[:, :2].copy(), seen.b[:, :2] - seen.a[:, :2]
    trunk = project(np.stack([joints["mid_shoulder"], joints["mid_hip"]]))[:, :2]
    crown = joints["head"] + skeleton.head[:, 1]
    face = project(np.stack([joints["head"], crown]))[:, :2]
    limb_first = PART["upper_arm_left"]
    on_head = (seen.part <= PART["neck"]) | (seen.part == PART["hat"]) | (seen.part == PART["gear"])
    on_trunk = ((seen.part < limb_first) & ~on_head) | (seen.part == PART["nappy"])
    spans = [(on_head, face), (on_trunk, trunk)]
    for side in SIDES:
        for limb, (start, end) in _LIMB_ENDS.items():
            ends = np.stack([joints[f"{side}_{start}"], joints[f"{side}_{end}"]])
            spans.append((seen.part == PART[f"{limb}_{side}"], project(ends)[:, :2]))
    for mask, ends in spans:
        origin[mask], axis[mask] = ends[0], ends[1] - ends[0]
    axis = axis / np.maximum(np.linalg.norm(axis, axis=1, keepdims=True), 1e-3)
    height, width = surface.height.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    cone = np.maximum(surface.cone, 0)
    dx, dy = x - origin[cone, 0], y - origin[cone, 1]
    along = dx * axis[cone, 0] + dy * axis[cone, 1]
    across = dy * axis[cone, 0] - dx * axis[cone, 1]
    return np.stack([across + 37.0 * part, along], -1).astype(np.float32)


def _worn_texture(texture: Array, place: Array, step: float) -> Array:
    """Sample a seamless texture at places on the body; ``step`` is texture pixels per pixel."""
    coordinates = np.mod(place * np.float32(step), len(texture)).astype(np.float32)
    return cv2.remap(
        texture,
        coordinates[..., 0],
        coordinates[..., 1],
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_WRAP,
    )


def _paint_head(albedo: Array, scene: Scene, body: Dressed) -> None:
    """Draw hair, eyes, brows, nostrils and mouth in the head's own coordinates, in place."""
    part, skeleton, surface = body.part, body.skeleton, body.surface
    where = (part >= 0) & (part <= PART["ear_right"])
    if not where.any():
        return
    rows, columns = np.nonzero(where)
    view = scene.view
    centre = view.project(skeleton.joints["head"][None])[0]
    points = np.stack([columns, rows, surface.height[where]], 1).astype(np.float32) - centre
    growth = 1 / max(1 - centre[2] / view.scale / view.distance, 0.3)
    local = points @ view.rotation @ skeleton.head / (view.scale * growth * scene.shape.head)
    brush = _Brush(albedo[where])
    is_hair = body.fabric[where] == HAIR
    _paint_hair(brush, scene, local, is_hair)
    front = (local[:, 2] > 0.12) & ~is_hair
    for side in (-1, 1):
        _paint_eye(brush, scene, local, front, side)
    _paint_mouth(brush, scene, local, front)
    albedo[where] = brush.colour


class _Brush:
    """Colours (N, 3) of the points of a head, painted over layer by layer."""

    def __init__(self, colour: Array) -> None:
        self.colour = colour

    def mix(self, weight: Array, target: Array | tuple[float, float, float]) -> None:
        """Lay a colour over each point by its weight (N,), 0..1."""
        weight = np.clip(weight, 0, 1)[:, None]
        self.colour[:] = self.colour * (1 - weight) + np.asarray(target, np.float32) * weight


def _paint_hair(brush: _Brush, scene: Scene, local: Array, is_hair: Array) -> None:
    x, y, z = local.T
    rng = stream(scene.seed, "face")
    texture = noise_field(int(rng.integers(60)), 1.1)
    grain = texture[(y * 260).astype(int) % 384, (x * 260 + z * 180).astype(int) % 384]
    if scene.hairdo == "bald":
        return
    line = y * 0.9 - z * 0.75 - rng.uniform(0.02, 0.16) + 0.03 * grain
    dark = rng.uniform(0.03, 0.3) * np.array([0.6, 0.8, 1.0])
    thin = {"fuzz": 0.25, "short": 0.45 + 0.5 * scene.hair}.get(scene.hairdo, 0.95)
    thick = thin * rng.uniform(0.6, 1)
    brush.mix(thick / (1 + np.exp(-28 * line)) * (0.75 + 0.25 * np.tanh(grain)), dark)
    strands = dark * (1 + 0.25 * np.tanh(grain))[:, None]
    brush.mix(is_hair * (0.85 + 0.15 * np.tanh(grain)), strands)


def _paint_eye(brush: _Brush, scene: Scene, local: Array, front: Array, side: int) -> None:
    """Draw one side's socket, lid, open eye, brow and nostril; ``side``: −1 or 1."""
    x, y, z = local.T
    shade = skin_colour(scene.skin, 1.0) * 0.45
    ex, ey = x - 0.115 * side, y - 0.005
    socket = np.exp(-((ex / 0.085) ** 2 + ((ey - 0.01) / 0.06) ** 2))
    brush.mix(0.35 * socket * front, shade * 1.2)
    lid = np.exp(-(((ey + 0.012 - 2.2 * ex**2) / 0.012) ** 2)) * (abs(ex) < 0.068)
    brush.mix(0.75 * lid * front, shade * 0.35)
    if scene.eyes_open > 0:
        slit = (ex / 0.062) ** 2 + (ey / (0.034 * scene.eyes_open)) ** 2 < 1
        brush.mix(0.85 * (slit & front), (0.75, 0.75, 0.78))
        iris = ex**2 + ey**2 < 0.03**2
        brush.mix(0.95 * (slit & iris & front), (0.06, 0.05, 0.05))
        if scene.look.light == "infrared":  # a lamp beside the lens: the pupil throws it back
            pupil = ex**2 + ey**2 < 0.014**2
            brush.mix(0.95 * (slit & pupil & front), (1.0, 1.0, 1.0))
    brow = np.exp(-(((y - 0.075 + 1.2 * ex**2) / 0.014) ** 2)) * (abs(ex) < 0.08)
    brush.mix(0.3 * brow * front * scene.hair, shade * 0.6)
    nostril = ((x - 0.024 * side) / 0.015) ** 2 + ((y + 0.103) / 0.011) ** 2 < 1
    brush.mix(0.7 * (nostril & (z > 0.28)), shade * 0.35)


def _paint_mouth(brush: _Brush, scene: Scene, local: Array, front: Array) -> None:
    x, y, _ = local.T
    skin = skin_colour(scene.skin, 1.0)
    lips = ((x / 0.072) ** 2 + ((y + 0.207) / (0.03 + 0.02 * scene.mouth_open)) ** 2) < 1
    brush.mix(0.55 * (lips & front), skin * np.array([0.62, 0.6, 0.92]))
    gap = ((x / 0.06) ** 2 + ((y + 0.207) / (0.006 + 0.03 * scene.mouth_open)) ** 2) < 1
    brush.mix(0.85 * (gap & front), skin * 0.45 * 0.3)
