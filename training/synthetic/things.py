"""What lies around and on the infant: mattress, nest, rolls, cloths, blankets, tubes, hands."""

from __future__ import annotations

import cv2
import numpy as np

from training.synthetic.canvas import CABLE, COVER, GROUND, HAND, ROLL, Canvas, normals_of
from training.synthetic.figure import skin_colour
from training.synthetic.geometry import Array, ConeList
from training.synthetic.march import march
from training.synthetic.scene import Scene, stream
from training.synthetic.textures import cloth, fold_field, lay_random, noise_field


def mattress(scene: Scene) -> Canvas:
    """Return the canvas with a sheet in wrinkles and, past its edges, whatever stands there."""
    rng = stream(scene.seed, "mattress")
    view, size = scene.view, scene.view.size_hw
    scale = view.scale
    ground = view.ground()
    folds = lay_random(fold_field(int(rng.integers(48))), size, scale / rng.uniform(60, 200), rng)
    ground = ground + folds * np.float32(scale * rng.choice([0.004, 0.012, 0.03]))
    linen = _linen(rng)
    chosen = scene.clutter.sheet
    fabric = cloth(linen if chosen is None else chosen)
    sheet = lay_random(fabric, size, scale / rng.uniform(70, 320), rng)
    canvas = Canvas.of_ground(ground, sheet)
    for _ in range(scene.clutter.mattress_edges):
        _edge(canvas, scene, rng)
    if scene.clutter.cot:
        _cot(canvas, scene, stream(scene.seed, "cot"))
    return canvas


def _cot(canvas: Canvas, scene: Scene, rng: np.random.Generator) -> None:
    """Stand the mattress in its tray: a rim of plastic round it, a darker room beyond."""
    view, size = scene.view, scene.view.size_hw
    half = np.array([rng.uniform(1.5, 2.1), rng.uniform(2.3, 2.9)])
    corners = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]], np.float32)
    corners[:, :2] = corners[:, :2] * half + np.array([0, -0.65])
    outline = view.project(corners)[:, :2]
    bed = np.full(size, 255, np.uint8)
    cv2.fillPoly(bed, [(outline * 16).astype(np.int32)], 0, cv2.LINE_8, shift=4)
    gap = cv2.distanceTransform(bed, cv2.DIST_L2, 5) / view.scale
    wide = rng.uniform(0.12, 0.3)
    rim = np.clip(1 - ((gap - wide / 2) / (wide / 2)) ** 2, 0, 1) * (gap > 0) * (gap < wide)
    room = lay_random(
        cloth(_linen(rng)).mean((0, 1), keepdims=True) * np.ones((384, 384, 1), np.float32),
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


def _linen(rng: np.random.Generator) -> int:
    return int(rng.integers(150))


def _edge(canvas: Canvas, scene: Scene, rng: np.random.Generator) -> None:
    """Cut the mattress by a straight line some way off the infant; other things lie beyond."""
    size, scale = scene.view.size_hw, scene.view.scale
    y, x = np.mgrid[0 : size[0], 0 : size[1]].astype(np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    away = rng.uniform(0.3, 0.55) * min(size)
    line = np.cos(angle) * (x - size[1] / 2) + np.sin(angle) * (y - size[0] / 2) - away
    beyond = line > 0
    other = lay_random(cloth(_linen(rng)), size, scale / rng.uniform(40, 300), rng)
    other = other * rng.uniform(0.15, 1.0)
    canvas.albedo = np.where(beyond[..., None], other, canvas.albedo).astype(np.float32)
    drop = rng.uniform(-0.1, 0.5) * scale
    wall = np.clip(line / (0.06 * scale), 0, 1)
    canvas.height = canvas.height - drop * wall
    rim = np.exp(-((line / (rng.uniform(0.01, 0.05) * scale)) ** 2))[..., None]
    canvas.albedo += rim * rng.uniform(-0.3, 0.3)
    np.clip(canvas.albedo, 0.01, 1, out=canvas.albedo)
    canvas.gloss = np.where(beyond, rng.uniform(0, 0.5), canvas.gloss)


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


def nest_and_rolls(canvas: Canvas, scene: Scene, outline: Array) -> None:
    """Put soft rolls round the infant; ``outline`` is (low, high) of its box in pixels."""
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
        curves.append((_spline(curve, 80), rng.uniform(0.12, 0.24)))
    for _ in range(scene.clutter.rolls):
        angle = rng.uniform(0, 2 * np.pi)
        spot = middle + np.array([np.cos(angle), np.sin(angle)]) * (half + 0.15 * scale)
        along = np.array([-np.sin(angle), np.cos(angle)]) * scale * rng.uniform(0.3, 0.9)
        curves.append((_spline(np.stack([spot - along, spot + along]), 20), rng.uniform(0.1, 0.26)))
    for curve, radius in curves:
        linen = _linen(rng)
        chosen = scene.clutter.roll_cloth
        fabric = cloth(linen if chosen is None else chosen)
        fabric = lay_random(fabric, size, scale / rng.uniform(80, 260), rng)
        _tube(canvas, curve, radius * scale, floor, fabric, kind=ROLL)


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
    fabric = cloth(_linen(rng) if number is None else number)
    albedo = lay_random(fabric, size, scale / rng.uniform(60, 260), rng)
    canvas.put(height.astype(np.float32), alpha, albedo, kind)


def draped(canvas: Canvas, scene: Scene) -> Array:
    """Return the field that a blanket takes over all that lies there: wide and smooth."""
    scale = scene.view.scale
    reach = max(3, int(0.16 * scale) | 1)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    raised = cv2.dilate(canvas.height, kernel)
    smooth = cv2.GaussianBlur(raised, (0, 0), 0.075 * scale)
    return np.maximum(smooth, cv2.GaussianBlur(canvas.height, (0, 0), 0.02 * scale))


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


def hands(canvas: Canvas, scene: Scene, target: Array) -> None:
    """Reach carers' hands (bare, gloved, sleeved) from the border towards ``target`` px."""
    rng = stream(scene.seed, "hands")
    scale, size = scene.view.scale, scene.view.size_hw
    for _ in range(scene.clutter.hands):
        angle = rng.uniform(0, 2 * np.pi)
        way = np.array([np.cos(angle), np.sin(angle)])
        side = np.array([-way[1], way[0]])
        reach = rng.uniform(0.1, 0.75) * 0.5 * min(size)
        palm = target + way * (reach + 0.45 * scale) + side * rng.normal(0, 0.2 * scale)
        big = scale * rng.uniform(0.8, 1.25)
        lift = float(np.percentile(canvas.height, 90)) + 0.25 * big
        cones = ConeList()

        def at(
            forward: float,
            across: float,
            up: float,
            palm=palm,
            way=way,
            side=side,
            big=big,
            lift=lift,
        ) -> Array:
            flat = palm - way * forward * big + side * across * big
            return np.array([*flat, lift + up * big], np.float32)

        cones.add(at(0, -0.12, 0), at(0.2, -0.12, 0), 0.15 * big, 0.14 * big, 0)
        cones.add(at(0, 0.12, 0), at(0.2, 0.12, 0), 0.15 * big, 0.14 * big, 0)
        for lane in (-0.19, -0.065, 0.06, 0.18):
            bend, long = rng.uniform(-0.25, 0.0), rng.uniform(0.45, 0.62) - abs(lane)
            cones.add(
                at(0.25, lane, 0), at(0.25 + long / 2, lane * 1.2, 0.03), 0.075 * big, 0.07 * big, 0
            )
            cones.add(
                at(0.25 + long / 2, lane * 1.2, 0.03),
                at(0.25 + long, lane * 1.3, bend),
                0.07 * big,
                0.055 * big,
                0,
            )
        thumb = rng.choice([-1, 1])
        cones.add(at(0, 0.15 * thumb, 0), at(0.3, 0.42 * thumb, -0.1), 0.1 * big, 0.065 * big, 0)
        cones.add(at(-0.1, 0, 0), at(-0.6, 0, 0.1), 0.19 * big, 0.19 * big, 0)
        cones.add(at(-0.6, 0, 0.1), at(-3, 0, 0.6), 0.21 * big, 0.3 * big, 1)
        built = cones.build()
        surface = march(built, size, blend=0.025 * big)
        albedo = np.broadcast_to(_hand_colour(rng), (*size, 3)).copy()
        if rng.uniform() < 0.6:
            sleeve = lay_random(cloth(int(rng.integers(150))), size, scale / 150, rng)
            albedo = np.where(
                (surface.cone >= 0)[..., None] & (built.part[surface.cone] == 1)[..., None],
                sleeve,
                albedo,
            )
        canvas.put(
            surface.height, surface.alpha, albedo, HAND, normal=surface.normal, gloss=0.2, skin=0.7
        )


def _hand_colour(rng: np.random.Generator) -> Array:
    gloves = [(0.75, 0.5, 0.25), (0.9, 0.9, 0.92), (0.7, 0.35, 0.45), (0.6, 0.6, 0.3)]
    if rng.uniform() < 0.45:
        return np.array(gloves[rng.integers(len(gloves))], np.float32)
    return skin_colour(rng.uniform(0, 1), rng.uniform(0, 0.6))
