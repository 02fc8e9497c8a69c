"""What is on a head, as cones in the head's own coordinates: hats, hoods, masks, hair."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from training.synthetic.body import PART, Skeleton3D
from training.synthetic.geometry import Array, unit
from training.synthetic.materials import GEAR, HAIR, HAT, TOP
from training.synthetic.scene import Scene, stream

HAT_KINDS = ("cap", "beanie", "knot", "bonnet", "brim", "band")
# Takes both ends, both radii, the part of the body and the fabric.
Add = Callable[[Array, Array, tuple[float, float], int, int], None]
# Takes both ends and both radii as shares of the head.
Put = Callable[..., None]


def _on_head(add: Add, scene: Scene, skeleton: Skeleton3D, part: int, fabric: int) -> Put:
    """Return an ``add`` that takes places and radii as shares of the head."""
    h, centre, axes = scene.shape.head, skeleton.joints["head"], skeleton.head

    def put(a: tuple | Array, b: tuple | Array, radius_a: float, radius_b: float) -> None:
        ends = centre + h * np.array([a, b], np.float32) @ axes.T
        add(ends[0], ends[1], (radius_a * h, radius_b * h), part, fabric)

    return put


def add_headwear(add: Add, scene: Scene, skeleton: Skeleton3D) -> None:
    """Add hat or hood, eye cover, CPAP mask, prongs or the tape of a tube."""
    wear = scene.wardrobe
    rng = stream(scene.seed, "hat")
    hat = _on_head(add, scene, skeleton, PART["hat"], HAT)
    if wear.hood:
        _hood(_on_head(add, scene, skeleton, PART["hat"], TOP), rng)
    elif wear.hat:
        _HATS[wear.hat_kind](hat, rng)
    if wear.eye_cover:
        hat((-0.16, 0, 0.24), (0.16, 0, 0.24), 0.1, 0.1)
    _mask(_on_head(add, scene, skeleton, PART["gear"], GEAR), wear.mask)


def _mask(gear: Put, kind: str) -> None:
    if kind == "cpap":
        gear((-0.04, -0.07, 0.36), (0.04, -0.07, 0.36), 0.06, 0.06)
        for x in (-1, 1):
            gear((0.04 * x, -0.05, 0.4), (0.07 * x, 0.34, 0.3), 0.032, 0.032)
            gear((0.06 * x, -0.08, 0.35), (0.28 * x, -0.06, 0.05), 0.016, 0.018)
    if kind == "prongs":
        gear((-0.1, -0.13, 0.325), (0.1, -0.13, 0.325), 0.022, 0.022)
        for x in (-1, 1):
            gear((0.1 * x, -0.13, 0.325), (0.29 * x, -0.02, 0.02), 0.02, 0.02)
    if kind == "tube":  # a gastric tube and the tape that holds it to the cheek
        gear((0.02, -0.12, 0.375), (0.1, -0.16, 0.315), 0.012, 0.012)
        gear((0.1, -0.16, 0.315), (0.22, -0.14, 0.2), 0.012, 0.012)
        gear((0.13, -0.15, 0.235), (0.19, -0.14, 0.185), 0.06, 0.05)


def _ring(put: Put, up: Array, offset: float, reach: float, thick: float, pieces: int = 12) -> None:
    """Lay a roll round the head: in the plane ``offset`` along ``up`` off the skull's middle."""
    up = unit(np.asarray(up, np.float32))
    across = np.array([1, 0, 0], np.float32)
    ahead = np.cross(across, up)
    middle = np.array([0, 0.075, -0.045], np.float32) + offset * up
    angle = np.linspace(0, 2 * np.pi, pieces + 1)
    points = (
        middle
        + reach * np.cos(angle)[:, None] * across
        + 1.08 * reach * np.sin(angle)[:, None] * ahead
    )
    for a, b in pairwise(points):
        put(a, b, thick, thick)


def _dome(put: Put, low: float, grown: float) -> None:
    put((0, 0.09 - low, -0.13), (0, 0.1 - low, 0.02), 0.31 + grown, 0.3 + grown)


def _cap(put: Put, rng: np.random.Generator) -> None:
    _dome(put, 0, 0.0)
    _ring(put, np.array([0, 0.86, 0.5 * rng.uniform(-1, 0.6) - 0.2]), 0.0, 0.295, 0.026)


def _beanie(put: Put, rng: np.random.Generator) -> None:
    _dome(put, -0.03, 0.015)
    lean = rng.uniform(-0.55, -0.1)
    for k in (0, 1):
        _ring(put, np.array([0, 1, lean]), 0.0 + 0.05 * k, 0.305 - 0.01 * k, 0.038)
    if rng.uniform() < 0.3:  # a bobble
        put((0, 0.44, -0.12), (0, 0.44, -0.12), 0.09, 0.09)


def _knot(put: Put, rng: np.random.Generator) -> None:
    _beanie(put, np.random.default_rng(1))
    side = rng.uniform(-0.12, 0.12)
    put((0, 0.3, -0.1), (side, rng.uniform(0.46, 0.7), rng.uniform(-0.35, -0.05)), 0.17, 0.06)


def _bonnet(put: Put, rng: np.random.Generator) -> None:
    put((0, 0.07, -0.13), (0, 0.02, -0.02), 0.325, 0.315)
    put((0, -0.1, -0.12), (0, 0.0, -0.05), 0.25, 0.28)
    _ring(put, np.array([0, 0.35, -1]), -0.14, 0.3, 0.03)
    for x in (-1, 1):  # its bands under the chin
        put((0.29 * x, -0.05, 0.06), (0.06 * x, -0.31, 0.12), 0.02, 0.016)


def _brim(put: Put, rng: np.random.Generator) -> None:
    _dome(put, 0, 0.01)
    lean = rng.uniform(-0.35, 0.1)
    for reach in (0.33, 0.4, 0.47):
        _ring(put, np.array([0, 1, lean]), 0.02, reach, 0.04, 16)


def _band(put: Put, rng: np.random.Generator) -> None:
    _ring(put, np.array([0, 1, rng.uniform(-0.6, -0.2)]), 0.06, 0.285, 0.03)
    if rng.uniform() < 0.5:  # a bow
        for x in (-1, 1):
            put((0, 0.26, 0.24), (0.1 * x, 0.29, 0.25), 0.025, 0.06)


def _hood(put: Put, rng: np.random.Generator) -> None:
    wide = rng.uniform(0.0, 0.05)
    put((0, 0.08, -0.13), (0, 0.02, -0.04), 0.33 + wide, 0.325 + wide)
    put((0, -0.05, -0.1), (0, -0.3, -0.1), 0.3 + wide, 0.24 + wide)
    _ring(put, np.array([0, 0.25, -1]), -0.12, 0.31 + wide, 0.035)
    if rng.uniform() < 0.4:  # a peak at the back
        put((0, 0.2, -0.25), (0, 0.42, -0.42), 0.2, 0.07)


_HATS = {
    "cap": _cap,
    "beanie": _beanie,
    "knot": _knot,
    "bonnet": _bonnet,
    "brim": _brim,
    "band": _band,
}


def add_hair(add: Add, scene: Scene, skeleton: Skeleton3D) -> None:
    """Add hair that has a volume; fuzz and short hair are painted only."""
    if scene.hairdo not in ("full", "falling"):
        return
    rng = stream(scene.seed, "hairdo")
    put = _on_head(add, scene, skeleton, PART["head"], HAIR)
    volume = rng.uniform(0.012, 0.05)
    put((0, 0.075, -0.14), (0, 0.13, -0.02), 0.3 + volume, 0.262 + volume)
    put((0, -0.02, -0.15), (0, 0.06, -0.14), 0.25 + volume, 0.29 + volume)
    if rng.uniform() < 0.6:  # a fringe over the forehead
        for x in np.linspace(-0.17, 0.17, 5):
            end = 0.15 - 0.1 * rng.uniform(0, 1)
            put((x, 0.3 - abs(x) * 0.5, 0.14), (x, end, 0.275 - 0.6 * abs(x)), 0.045, 0.03)
    for _ in range(int(rng.integers(3, 9))):  # tufts that stand off
        way = unit(np.array([rng.normal(), rng.uniform(0.1, 1), rng.normal(-0.4, 0.6)]))
        root = np.array([0, 0.07, -0.1]) + 0.27 * way
        put(root, root + rng.uniform(0.05, 0.13) * way, 0.06, 0.02)
    if scene.hairdo == "falling":
        _locks(add, scene, skeleton, rng)


def _locks(add: Add, scene: Scene, skeleton: Skeleton3D, rng: np.random.Generator) -> None:
    """Hang locks from the sides and the back of the head: along the neck, then down."""
    h, centre, axes = scene.shape.head, skeleton.joints["head"], skeleton.head
    length = h * rng.uniform(0.15, 0.55)
    down = np.array([0, 0, -1], np.float32)
    for angle in np.linspace(-2.2, 2.2, int(rng.integers(7, 12))):
        angle = angle + rng.normal(0, 0.1)
        root = np.array([0.27 * np.sin(angle), 0.0, -0.13 - 0.19 * np.cos(angle)], np.float32)
        a = centre + h * axes @ root
        along = unit(-axes[:, 1] + 0.8 * down + 0.25 * axes @ root + rng.normal(0, 0.15, 3))
        b = a + 0.5 * length * along
        c = b + 0.5 * length * unit(along + 0.7 * down)
        c[2], b[2] = max(c[2], 0.03), max(b[2], 0.05)
        radius = h * rng.uniform(0.05, 0.085)
        add(a.astype(np.float32), b.astype(np.float32), (radius, radius * 0.85), PART["head"], HAIR)
        add(
            b.astype(np.float32),
            c.astype(np.float32),
            (radius * 0.85, radius * 0.3),
            PART["head"],
            HAIR,
        )
