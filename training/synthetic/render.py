"""Render one scene: picture, keypoints, visibility and the maps that they were judged by."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pipeline.skeleton import INFANT13
from training.synthetic import bed, cover, look, toys, tubes
from training.synthetic.body import PARTS
from training.synthetic.canvas import BODY, CABLE, GROUND, Canvas
from training.synthetic.clothes import hidden_joints, loose_slack
from training.synthetic.figure import Dressed, draw_figure
from training.synthetic.geometry import Array
from training.synthetic.hands import draw_hands
from training.synthetic.lens import bent_points
from training.synthetic.marks import as_marked
from training.synthetic.pose import figure_of
from training.synthetic.scene import Scene, Wardrobe
from training.synthetic.view import bounds

# How deep under the skin a joint lies, in trunk lengths, with slack for clothes.
_DEPTH = {
    "nose": 0.09,
    "shoulder": 0.27,
    "elbow": 0.22,
    "wrist": 0.17,
    "hip": 0.36,
    "knee": 0.22,
    "ankle": 0.17,
}


@dataclass
class Rendered:
    """A picture with its truth.

    ``keypoints_kc`` (13, 2) px, where people would mark them (``marks``), and ``visibility_k``
    (0 outside, 1 hidden, 2 seen) follow INFANT13; ``box`` is x, y, width, height of the infant's
    silhouette inside the picture, hidden parts too.
    ``covered_parts``: of :data:`training.synthetic.body.PARTS`, those of which more than half is
    hidden by blankets, toys, hands or rolls; nearer limbs and clothes hide without covering.
    """

    image: NDArray[np.uint8]
    keypoints_kc: Array
    visibility_k: NDArray[np.int64]
    box: tuple[float, float, float, float]
    canvas: Canvas
    covered_parts: tuple[str, ...] = ()


def surroundings(scene: Scene) -> Canvas:
    """Render what does not move: mattress, nest, rolls, cloths. A clip needs it once."""
    _, cones = figure_of(scene.shape, scene.pose)
    outline = np.stack(bounds(scene.view, cones))
    canvas = bed.mattress(scene)
    tubes.nest_and_rolls(canvas, scene, outline, scene.view.cones(cones))
    cover.loose_cloths(canvas, scene, outline)
    return canvas


def render(scene: Scene, around: Canvas | None = None) -> Rendered:
    """Render a scene, byte for byte the same each time on one machine.

    ``around`` is the canvas of :func:`surroundings`, if it is there already; it stays unchanged.
    """
    skeleton, cones = figure_of(scene.shape, scene.pose)
    view = scene.view
    outline = np.stack(bounds(view, cones))
    canvas = around.copy() if around else surroundings(scene)
    joints = {name: view.project(point[None])[0] for name, point in skeleton.joints.items()}
    points = np.stack([joints[name] for name in INFANT13.keypoints])
    body = draw_figure(canvas, scene, skeleton, cones) if scene.infant else None
    anchors = np.stack(
        [
            joints[n][:2]
            for n in ("nose", "mid_shoulder", "mid_hip", "left_wrist", "right_ankle", "left_ankle")
        ]
    )
    tubes.tubes(canvas, scene, anchors)
    toys.put_toys(canvas, scene, outline)
    cover.blanket(canvas, scene, (joints["mid_shoulder"][:2], joints["mid_hip"][:2]))
    draw_hands(canvas, scene, points[:, :2].mean(0))
    image = look.expose(look.shade(canvas, scene), canvas, scene)
    visibility = visibility_of(canvas, points, view.scale, scene.wardrobe)
    marks = as_marked(np.stack([skeleton.joints[name] for name in INFANT13.keypoints]))
    places = bent_points(view.project(marks)[:, :2], scene.lens, view.size_hw)
    rows, columns = np.clip(
        places[:, ::-1].round().astype(int).T, 0, np.array(view.size_hw)[:, None] - 1
    )
    visibility[look.outside(scene.look.bars, *view.size_hw)[rows, columns]] = 0
    box = _box(_bent_outline(outline, scene), view.size_hw)
    covered = covered_parts(canvas, body) if body else ()
    return Rendered(image, places, visibility, box, canvas, covered)


def covered_parts(canvas: Canvas, body: Dressed) -> tuple[str, ...]:
    """Return the parts that things laid over or before the body hide by more than half."""
    shown = body.surface.alpha >= 0.5
    over = shown & ~np.isin(canvas.kind, (BODY, CABLE))
    all_px = np.bincount(body.part[shown], minlength=len(PARTS))
    lost_px = np.bincount(body.part[over], minlength=len(PARTS))
    return tuple(
        name for k, name in enumerate(PARTS) if all_px[k] >= 4 and lost_px[k] > 0.5 * all_px[k]
    )


def _bent_outline(outline: Array, scene: Scene) -> Array:
    """Return the corners (2, 2) of what the lens makes of a box: its edges bow out or in."""
    if not scene.lens:
        return outline
    along = np.linspace(0, 1, 9)[:, None]
    low, high = outline
    corners = np.array([low, [high[0], low[1]], high, [low[0], high[1]], low])
    edges = [a + (b - a) * along for a, b in pairwise(corners)]
    bent = bent_points(np.concatenate(edges), scene.lens, scene.view.size_hw)
    return np.stack([bent.min(0), bent.max(0)])


def visibility_of(canvas: Canvas, points: Array, scale: float, wear: Wardrobe) -> NDArray[np.int64]:
    """Judge each keypoint by the finished height field: 2 seen, 1 hidden, 0 outside.

    A joint under its own clothes counts as seen, as COCO has it; one inside a sack does not.
    """
    height, width = canvas.height.shape
    judged = np.zeros(len(points), np.int64)
    hidden, slack = hidden_joints(wear), loose_slack(wear)
    for index, name in enumerate(INFANT13.keypoints):
        x, y = (round(float(v)) for v in points[index, :2])
        if not (0 <= x < width and 0 <= y < height):
            continue
        depth = (_DEPTH[name.rsplit("_", 1)[-1]] + slack) * scale
        kind = canvas.kind[y, x]
        near = canvas.height[y, x] - points[index, 2] <= depth
        seen = near and kind in (BODY, CABLE, GROUND) and name not in hidden
        judged[index] = 2 if seen else 1
    return judged


def _box(outline: Array, size_hw: tuple[int, int]) -> tuple[float, float, float, float]:
    low = np.clip(outline[0], 0, np.array(size_hw[::-1]) - 1)
    high = np.clip(outline[1], 0, np.array(size_hw[::-1]) - 1)
    return (float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1]))
