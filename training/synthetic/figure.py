"""Paint the infant: skin, face, hair, nappy, clothes, hat, mask; and lay it on the canvas."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from training.synthetic.body import PART, PARTS, Skeleton3D
from training.synthetic.canvas import BODY, Canvas
from training.synthetic.geometry import Array, ConeList, Cones
from training.synthetic.march import Surface, march
from training.synthetic.scene import Scene, stream
from training.synthetic.textures import cloth, noise_field

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


def dressed(scene: Scene, skeleton: Skeleton3D, cones: Cones) -> Cones:
    """Return the cones with clothes: thicker where cloth is, and nappy, hat and mask added."""
    wear = scene.wardrobe
    radius_a, radius_b = cones.radius_a.copy(), cones.radius_b.copy()
    clothed = np.isin(cones.part, sorted(_cloth_parts(scene)))
    for radius in (radius_a, radius_b):
        radius[clothed] = radius[clothed] * 1.06 + 0.018
    extra = ConeList()
    if wear.nappy:
        _add_nappy(extra, skeleton)
    _add_headwear(extra, scene, skeleton)
    base = Cones(cones.a, cones.b, radius_a, radius_b, cones.part)
    return Cones.joined([base, extra.build()]) if extra.rows else base


def _add_nappy(extra: ConeList, skeleton: Skeleton3D) -> None:
    def at(x: float, y: float, z: float) -> Array:
        return skeleton.joints["mid_hip"] + skeleton.pelvis @ np.array([x, y, z], np.float32)

    for y in (-0.08, 0.1):
        extra.add(at(-0.12, y, 0), at(0.12, y, 0), 0.215, 0.215, PART["nappy"])
    extra.add(at(0, -0.17, -0.01), at(0, -0.17, -0.01), 0.15, 0.15, PART["nappy"])


def _add_headwear(extra: ConeList, scene: Scene, skeleton: Skeleton3D) -> None:
    """Add hat, eye cover, CPAP mask or prongs, in the head's own coordinates."""
    wear, h = scene.wardrobe, scene.shape.head
    hat, gear = PART["hat"], PART["gear"]

    def add(a: tuple, b: tuple, radius_a: float, radius_b: float, part: int) -> None:
        ends = skeleton.joints["head"] + h * np.array([a, b], np.float32) @ skeleton.head.T
        extra.add(ends[0], ends[1], radius_a * h, radius_b * h, part)

    if wear.hat:
        add((0, 0.09, -0.13), (0, 0.1, 0.02), 0.31, 0.3, hat)
    if wear.eye_cover:
        add((-0.16, 0, 0.24), (0.16, 0, 0.24), 0.1, 0.1, hat)
    if wear.mask == "cpap":
        add((-0.04, -0.07, 0.36), (0.04, -0.07, 0.36), 0.06, 0.06, gear)
        for x in (-1, 1):
            add((0.04 * x, -0.05, 0.4), (0.07 * x, 0.34, 0.3), 0.032, 0.032, gear)
    if wear.mask == "prongs":
        add((-0.1, -0.13, 0.325), (0.1, -0.13, 0.325), 0.022, 0.022, gear)
        for x in (-1, 1):
            add((0.1 * x, -0.13, 0.325), (0.29 * x, -0.02, 0.02), 0.02, 0.02, gear)


def _cloth_parts(scene: Scene) -> dict[int, int]:
    """Return part index → cloth number for what the infant wears (nappy and hat included)."""
    wear = scene.wardrobe
    parts: dict[int, int] = {PART["nappy"]: 1000, PART["hat"]: wear.hat_cloth}
    sides = ("left", "right")
    if wear.top != "none":
        parts[PART["trunk"]] = wear.top_cloth
    if wear.top in ("short", "long"):
        parts.update({PART[f"upper_arm_{s}"]: wear.top_cloth for s in sides})
    if wear.top == "long":
        parts.update({PART[f"forearm_{s}"]: wear.top_cloth for s in sides})
    if wear.legs:
        names = ["pelvis"] + [f"{n}_{s}" for n in ("thigh", "shank") for s in sides]
        parts.update({PART[n]: wear.leg_cloth for n in names})
        parts[PART["nappy"]] = wear.leg_cloth
    if wear.socks:
        parts.update({PART[f"foot_{s}"]: wear.hat_cloth for s in sides})
    if wear.mittens:
        parts.update({PART[f"hand_{s}"]: wear.leg_cloth for s in sides})
    return parts


def draw_figure(canvas: Canvas, scene: Scene, skeleton: Skeleton3D, cones: Cones) -> Surface:
    """March the dressed body, paint it and lay it on the canvas; return the bare surface."""
    worn = dressed(scene, skeleton, cones)
    seen = scene.view.cones(worn)
    surface = march(seen, scene.view.size_hw, blend=BLEND * scene.view.scale)
    albedo, cloth_mask = _paint(scene, skeleton, worn, seen, surface)
    normal = surface.normal
    if cloth_mask.any():
        bumps = noise_field(int(stream(scene.seed, "crease").integers(60)), 2.4)
        part = np.where(surface.cone >= 0, worn.part[surface.cone], -1)
        place = place_on_body(scene, skeleton, seen, surface, part)
        bumps = _worn_texture(bumps, place, 170 / scene.view.scale)
        dx, dy = cv2.Sobel(bumps, cv2.CV_32F, 1, 0), cv2.Sobel(bumps, cv2.CV_32F, 0, 1)
        # Where two pieces of cloth meet the place on the body jumps: keep that a seam, not a cut.
        push = np.clip(
            np.stack([dx, dy, np.zeros_like(dx)], -1) * (scene.view.scale / 85), -0.3, 0.3
        )
        normal = normal - push * cloth_mask[..., None]
        normal /= np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-6)
    canvas.put(
        surface.height,
        surface.alpha,
        albedo,
        BODY,
        normal=normal,
        gloss=np.where(cloth_mask, 0.02, 0.22),
        skin=np.where(cloth_mask, 0.0, 1.0),
        labels=_material(scene, worn, surface),
    )
    return surface


def _material(scene: Scene, worn: Cones, surface: Surface) -> NDArray[np.int64]:
    """Return a number per piece of cloth or skin: borders between them are to be soft."""
    numbers = np.zeros(len(PARTS) + 1, np.int64)
    for place, index in enumerate(_cloth_parts(scene)):
        numbers[index] = 1 + place
    numbers[PART["gear"]] = 90
    return numbers[np.where(surface.cone >= 0, worn.part[surface.cone], len(PARTS))]


def _paint(
    scene: Scene, skeleton: Skeleton3D, worn: Cones, seen: Cones, surface: Surface
) -> tuple[Array, Array]:
    """Return albedo (H, W, 3) and the mask of cloth."""
    size, scale = scene.view.size_hw, scene.view.scale
    rng = stream(scene.seed, "paint")
    skin = skin_colour(scene.skin, scene.redness)
    part = np.where(surface.cone >= 0, worn.part[surface.cone], -1)
    place = place_on_body(scene, skeleton, seen, surface, part)
    mottle = _worn_texture(noise_field(int(rng.integers(60)), 1.7), place, 150 / scale)
    flush = _worn_texture(noise_field(int(rng.integers(60)), 2.0), place, 90 / scale)
    albedo = skin * (1 + 0.035 * mottle[..., None])
    flush = 0.05 * flush + 0.12 * np.isin(part, _RED_PARTS) * rng.uniform(0, 1)
    albedo = albedo * (1 + flush[..., None] * np.array([-0.8, -0.7, 0.15], np.float32))
    _paint_head(albedo, scene, skeleton, surface, part)
    mask = np.zeros(size, bool)
    for index, number in _cloth_parts(scene).items():
        where = part == index
        if not where.any():
            continue
        colour = _cloth_colour(stream(scene.seed, f"cloth {number}"), number, place, scale)
        albedo[where] = colour[where]
        mask |= where
    gear = part == PART["gear"]
    albedo[gear] = rng.uniform(0.5, 0.95) * np.array([1.0, 1.0, rng.uniform(0.8, 1)], np.float32)
    return albedo.astype(np.float32), mask


_RED_PARTS = [PART[f"{n}_{s}"] for n in ("hand", "foot", "ear") for s in ("left", "right")] + [
    PART["nose"]
]


def _cloth_colour(rng: np.random.Generator, number: int, place: Array, scale: float) -> Array:
    if number == 1000:
        paper = rng.uniform(0.75, 0.97) * np.array([1.0, 1.0, rng.uniform(0.93, 1)], np.float32)
        if rng.uniform() < 0.6:
            return np.broadcast_to(paper, (*place.shape[:2], 3))
        number = int(rng.integers(150))
    return _worn_texture(cloth(number), place, rng.uniform(100, 300) / scale)


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
    for mask, ends in ((on_head, face), (on_trunk, trunk)):
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


def head_ratio(
    scene: Scene, skeleton: Skeleton3D, surface: Surface, part: NDArray[np.int64]
) -> Array:
    """Return (H, W, 3): by what hair, eyes, brows, nostrils and mouth multiply the bare skin."""
    skin = skin_colour(scene.skin, scene.redness)
    albedo = np.broadcast_to(skin, (*part.shape, 3)).astype(np.float32)
    _paint_head(albedo, scene, skeleton, surface, np.where(part == 255, -1, part))
    return albedo / skin


def _paint_head(
    albedo: Array, scene: Scene, skeleton: Skeleton3D, surface: Surface, part: Array
) -> None:
    """Draw hair, eyes, brows, nostrils and mouth in the head's own coordinates, in place."""
    where = (part >= 0) & (part <= PART["ear_right"])
    if not where.any():
        return
    rows, columns = np.nonzero(where)
    view = scene.view
    centre = view.project(skeleton.joints["head"][None])[0]
    points = np.stack([columns, rows, surface.height[where]], 1).astype(np.float32) - centre
    growth = 1 / max(1 - centre[2] / view.scale / view.distance, 0.3)
    local = points @ view.rotation @ skeleton.head / (view.scale * growth * scene.shape.head)
    x, y, z = local.T
    colour = albedo[where]
    rng = stream(scene.seed, "face")
    texture = noise_field(int(rng.integers(60)), 1.1)
    grain = texture[(y * 260).astype(int) % 384, (x * 260 + z * 180).astype(int) % 384]

    def mix(weight: Array, target: Array | tuple[float, float, float]) -> None:
        weight = np.clip(weight, 0, 1)[:, None]
        colour[:] = colour * (1 - weight) + np.asarray(target, np.float32) * weight

    if scene.hair > 0.25:
        line = y * 0.9 - z * 0.75 - rng.uniform(0.02, 0.16) + 0.03 * grain
        dark = rng.uniform(0.03, 0.3) * np.array([0.6, 0.8, 1.0])
        thick = (0.35 + 0.65 * scene.hair) * rng.uniform(0.5, 1)
        mix(thick / (1 + np.exp(-28 * line)) * (0.75 + 0.25 * np.tanh(grain)), dark)
    shade = skin_colour(scene.skin, 1.0) * 0.45
    front = z > 0.12
    for side in (-1, 1):
        ex, ey = x - 0.115 * side, y - 0.005
        socket = np.exp(-((ex / 0.085) ** 2 + ((ey - 0.01) / 0.06) ** 2))
        mix(0.35 * socket * front, shade * 1.2)
        lid = np.exp(-(((ey + 0.012 - 2.2 * ex**2) / 0.012) ** 2)) * (abs(ex) < 0.068)
        mix(0.75 * lid * front, shade * 0.35)
        if scene.eyes_open > 0:
            slit = (ex / 0.062) ** 2 + (ey / (0.034 * scene.eyes_open)) ** 2 < 1
            mix(0.85 * (slit & front), (0.75, 0.75, 0.78))
            iris = ex**2 + ey**2 < 0.03**2
            mix(0.95 * (slit & iris & front), (0.06, 0.05, 0.05))
            if scene.look.light == "infrared":  # a lamp beside the lens: the pupil throws it back
                pupil = ex**2 + ey**2 < 0.014**2
                mix(0.95 * (slit & pupil & front), (1.0, 1.0, 1.0))
        brow = np.exp(-(((y - 0.075 + 1.2 * ex**2) / 0.014) ** 2)) * (abs(ex) < 0.08)
        mix(0.3 * brow * front * scene.hair, shade * 0.6)
        nostril = ((x - 0.024 * side) / 0.015) ** 2 + ((y + 0.103) / 0.011) ** 2 < 1
        mix(0.7 * (nostril & (z > 0.28)), shade * 0.35)
    lips = ((x / 0.072) ** 2 + ((y + 0.207) / (0.03 + 0.02 * scene.mouth_open)) ** 2) < 1
    mix(0.55 * (lips & front), skin_colour(scene.skin, 1.0) * np.array([0.62, 0.6, 0.92]))
    gap = ((x / 0.06) ** 2 + ((y + 0.207) / (0.006 + 0.03 * scene.mouth_open)) ** 2) < 1
    mix(0.85 * (gap & front), shade * 0.3)
    albedo[where] = colour
