"""Compose training pictures from kept bodies: dress, light, set down, cover; some 3 ms each.

Less true than ``render`` (one shadow, no draping), but a hundred times as cheap, so that a network
sees another room, light, skin and clothing each time.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.skeleton import INFANT13
from training.data.augment import (
    camera_faults,
    crop_affine,
    half_body_box,
    hide_under,
    look,
    move_points,
)
from training.spec import AugmentSpec, ComposeSpec
from training.synthetic import bodies as kept
from training.synthetic.bodies import Bodies, Body
from training.synthetic.body import PART, PARTS
from training.synthetic.geometry import Array
from training.synthetic.layers import Layers
from training.synthetic.marks import as_marked
from training.synthetic.photographs import read_photographs
from training.synthetic.rooms import (
    TILE,
    Image,
    Pool,
    Rng,
    any_colour,
    any_skin,
    blend,
    cut,
    draw_thing,
    filling,
    shaded,
)

PARTS_STRIDE = 4
_OTHER_SIDE = {"left": "right", "right": "left"}


def _mirrored(name: str) -> str:
    stem, _, side = name.rpartition("_")
    return f"{stem}_{_OTHER_SIDE[side]}" if side in _OTHER_SIDE else name


# What a part is called in the mirror, one higher than in PARTS; 0 (no infant) stays.
MIRRORED_PARTS = np.array([0, *(1 + PART[_mirrored(name)] for name in PARTS)], np.uint8)

SKIN, TOP, LEGS, NAPPY, HAT, GEAR = range(6)
_SIDES = ("left", "right")


@dataclass(frozen=True)
class Sample:
    """A picture (S, S, 3) BGR, points (13, 3) x, y, visibility, and whether it holds no infant.

    ``parts`` (S/4, S/4) says what is seen at the middle of each 4×4 pixels: 0 what is no infant,
    1 + an index into :data:`training.synthetic.body.PARTS` otherwise.
    """

    image: Image
    points_k3: Array
    empty: bool
    parts: Image


class Composer:
    """Draws samples from kept bodies; all randomness comes from the generator passed in."""

    def __init__(self, bodies: Bodies, spec: ComposeSpec, augment: AugmentSpec) -> None:
        self.bodies = bodies
        self.spec = spec
        self.augment = augment
        named = spec.photographs
        self.pool = Pool.drawn(photographs=read_photographs(named) if named else None)
        self._chosen = bodies.of_postures(spec.postures)

    def compose(self, rng: Rng, side: int) -> Sample:
        """Compose one picture of ``side`` pixels."""
        body = self.bodies[int(self._chosen[rng.integers(len(self._chosen))])]
        affine, flip = self._placed(body, rng, side)
        marks = np.column_stack([as_marked(body.points_k3[:, :2]), body.points_k3[:, 2]])
        points = move_points(marks, affine, flip, INFANT13)
        image = self._background(rng, side)
        empty = bool(rng.random() < self.spec.empty)
        before = np.zeros((side, side), np.uint8)
        parts = np.zeros((side, side), np.uint8)
        if not empty:
            layers = Layers.warped(body, affine, side)
            image = self._lay_body(image, layers, body.clothed_p, rng)
            # NO_PART wraps to 0.
            parts = MIRRORED_PARTS[layers.part + np.uint8(1)] if flip else layers.part + np.uint8(1)
            if rng.random() < self.spec.blankets:
                image = self._blanket(image, layers, before, rng)
        if rng.random() < self.spec.things_before:
            image = self._things_before(image, before, rng)
        points = hide_under(points, before)
        if rng.random() < self.spec.borders:
            image, points = _borders(image, points, before, rng)
        if rng.random() < self.spec.random_conv:
            image = _random_conv(image, rng)
        image = camera_faults(look(image, self.augment, rng), self.augment, rng)
        points[:, 2] *= not empty
        parts = np.where(before > 127, 0, parts)[2::PARTS_STRIDE, 2::PARTS_STRIDE]
        return Sample(image, points, empty, parts.astype(np.uint8))

    def refresh(self) -> bool:
        """Take in bodies kept since; tell whether there were any."""
        fresh = self.bodies.refresh()
        self._chosen = self.bodies.of_postures(self.spec.postures)
        return fresh

    def _placed(self, body: Body, rng: Rng, side: int) -> tuple[NDArray[np.float64], bool]:
        """Draw where the body goes: turn, size, place, mirrored or not."""
        box = _box(body.maps[..., kept.ALPHA])
        if rng.random() < self.augment.half_body:
            half = half_body_box(body.points_k3, INFANT13, rng)
            box = box if half is None else half
        low, high = np.log(self.augment.crop_low), np.log(self.augment.crop_high)
        width = float(max(box[2], box[3])) * float(np.exp(rng.uniform(low, high)))
        shift = rng.normal(0, self.augment.shift, 2).clip(-0.3, 0.3) * width * 0.5
        centre = box[:2] + box[2:] / 2 + shift
        if rng.random() < self.spec.any_direction:
            angle = float(rng.uniform(-np.pi, np.pi))
        else:
            angle = float(np.deg2rad(rng.normal(0, self.spec.camera_roll_deg)))
        flip = bool(rng.random() < self.augment.flip)
        return crop_affine(centre.astype(np.float64), width, angle, flip, (side, side)), flip

    def _background(self, rng: Rng, side: int) -> Image:
        """Return a floor or bed, perhaps another beyond an edge, and things that lie about."""
        pool = self.pool
        tiles = pool.rooms if rng.random() < 0.45 else pool.cloths
        scale = side / 128 * float(np.exp(rng.uniform(-1.0, 1.0)))
        image = cut(tiles[rng.integers(len(tiles))], rng, side, scale)
        if rng.random() < 0.25:
            image = np.full_like(image, any_colour(rng))
        if rng.random() < 0.4:
            other = cut(pool.rooms[rng.integers(len(pool.rooms))], rng, side, scale)
            image = blend(image, other, _half_plane(rng, side, rng.uniform(-0.3, 0.45)))
        if rng.random() < 0.4:
            relief = cut(pool.folds[rng.integers(len(pool.folds))], rng, side, scale * 1.5)
            lit = 1 + (relief.astype(np.float32) - 128) * np.float32(rng.uniform(0.0005, 0.003))
            image = cv2.multiply(image, cv2.merge([lit, lit, lit]), dtype=cv2.CV_8U)
        for _ in range(int(rng.choice([0, 1, 2, 4, 7], p=[0.4, 0.2, 0.2, 0.12, 0.08]))):
            image = self._thing(image, rng, 0.25)[0]
        if rng.random() < 0.3:
            image = cv2.GaussianBlur(image, (0, 0), float(rng.uniform(0.5, 2.5)))
        return shaded(image, rng, 0.45)

    def _thing(self, image: Image, rng: Rng, largest: float) -> tuple[Image, Image]:
        """Draw a thing on the picture; return it and the thing's mask."""
        side = image.shape[0]
        mask = np.zeros((side, side), np.uint8)
        size = side * float(np.exp(rng.uniform(np.log(0.03), np.log(largest))))
        draw_thing(mask, rng, rng.integers(0, side, 2), size)
        fill = filling(rng, self.pool.rooms if rng.random() < 0.5 else self.pool.cloths, side)
        return blend(image, fill, mask), mask

    def _lay_body(
        self, image: Image, layers: Layers, clothed: NDArray[np.bool_], rng: Rng
    ) -> Image:
        """Paint and light the body and lay it on the background with its shadow."""
        light = _light(rng)
        alpha = layers.alpha
        if rng.random() < 0.85:
            image = _shadowed(image, alpha, light, rng)
        where = np.flatnonzero(alpha > 8)
        colour = self._albedo(layers, where, clothed, rng)
        colour *= layers.lit(where, light, rng)
        share = alpha.reshape(-1)[where, None].astype(np.float32) / 255
        flat = image.reshape(-1, 3)
        under = flat[where].astype(np.float32)
        flat[where] = np.clip(under + (colour - under) * share, 0, 255).astype(np.uint8)
        return image

    def _albedo(
        self, layers: Layers, where: NDArray[np.int64], clothed: NDArray[np.bool_], rng: Rng
    ) -> Array:
        """Return the unlit colours (M, 3) 0..255 of the body's pixels ``where``."""
        part, u, v = (layers.flat(name, where) for name in ("part", "u", "v"))
        skin = any_skin(rng) * 1.1
        if rng.random() < 0.06:
            skin = np.array(any_colour(rng), np.float32)
        relief = self.pool.folds[rng.integers(len(self.pool.folds))]
        mottle = relief[v, u].astype(np.float32)[:, None] - 128
        colour = skin * (layers.ratio_at(where) ** 0.75) * (1 + mottle * rng.uniform(0, 0.0012))
        garment = _over_clothed(_wardrobe(rng), clothed, rng)[part]
        for number in np.unique(garment):
            if number == SKIN:
                continue
            chosen = garment == number
            cloth = self._cloth_of(int(number), u[chosen], v[chosen], rng)
            creased = 1 + mottle[chosen] * rng.uniform(0, 0.004)
            colour[chosen] = cloth * creased
        return colour.astype(np.float32)

    def _cloth_of(
        self, garment: int, u: NDArray[np.uint8], v: NDArray[np.uint8], rng: Rng
    ) -> Array:
        if (garment in (NAPPY, GEAR) and rng.random() < 0.6) or rng.random() < 0.3:
            colour = any_colour(rng) if garment not in (NAPPY, GEAR) else rng.uniform(180, 255, 3)
            return np.broadcast_to(np.asarray(colour, np.float32), (len(u), 3))
        tiles = self.pool.cloths if rng.random() < 0.8 else self.pool.rooms
        tile = tiles[rng.integers(len(tiles))]
        times, (du, dv) = int(rng.integers(1, 4)), rng.integers(0, TILE, 2)
        if rng.random() < 0.5:
            u, v = v, u
        rows = (v.astype(np.int64) * times + dv) % TILE
        columns = (u.astype(np.int64) * times + du) % TILE
        return tile[rows, columns].astype(np.float32)

    def _blanket(self, image: Image, layers: Layers, before: Image, rng: Rng) -> Image:
        """Lay a cloth over one side of the body; its relief shows through."""
        side = image.shape[0]
        mask = _half_plane(rng, side, rng.uniform(-0.15, 0.3))
        tile = self.pool.cloths[rng.integers(len(self.pool.cloths))]
        fill = shaded(cut(tile, rng, side, float(np.exp(rng.uniform(-0.9, 0.9)))), rng, 0.3)
        relief = cv2.GaussianBlur(layers.alpha.astype(np.float32), (0, 0), side * 0.03)
        angle = rng.uniform(0, 2 * np.pi)
        slope = np.cos(angle) * cv2.Sobel(relief, -1, 1, 0) + np.sin(angle) * cv2.Sobel(
            relief, -1, 0, 1
        )
        folds = cut(self.pool.folds[rng.integers(len(self.pool.folds))], rng, side, 1.2)
        lit = 1 + slope * np.float32(rng.uniform(0.001, 0.006) * side / 128)
        lit += (folds.astype(np.float32) - 128) * np.float32(rng.uniform(0.0005, 0.003))
        fill = cv2.multiply(fill, cv2.merge([lit, lit, lit]), dtype=cv2.CV_8U)
        np.maximum(before, mask, out=before)
        return blend(image, fill, mask)

    def _things_before(self, image: Image, before: Image, rng: Rng) -> Image:
        """Put hands, toys, cables before the infant; ``before`` takes in where they are."""
        for _ in range(int(rng.integers(1, 4))):
            image, mask = self._thing(image, rng, 0.16)
            np.maximum(before, mask, out=before)
        return image


def _wardrobe(rng: Rng) -> NDArray[np.uint8]:
    """Draw clothes: part index (up to 255) → garment."""
    wear = np.zeros(256, np.uint8)
    wear[PART["nappy"]], wear[PART["hat"]], wear[PART["gear"]] = NAPPY, HAT, GEAR

    def put(garment: int, names: list[str]) -> None:
        wear[[PART[n] for n in names]] = garment

    def both(*names: str) -> list[str]:
        return [f"{name}_{side}" for name in names for side in _SIDES]

    top = rng.choice(["none", "vest", "short", "long"], p=[0.27, 0.13, 0.22, 0.38])
    legs = rng.choice(["none", "short", "long"], p=[0.45, 0.15, 0.4])
    below = TOP if rng.random() < 0.5 else LEGS
    if top != "none":
        put(TOP, ["trunk"])
        put(TOP, both("upper_arm") if top != "vest" else [])
        put(TOP, both("forearm") if top == "long" else [])
        put(TOP, ["pelvis", "nappy"] if rng.random() < 0.6 else [])
        put(TOP, ["neck"] if rng.random() < 0.4 else [])
    if legs != "none":
        put(below, ["pelvis", "nappy", *both("thigh")])
        put(below, both("shank") if legs == "long" else [])
        put(below, both("foot") if legs == "long" and rng.random() < 0.35 else [])
    if rng.random() < 0.2:
        put(HAT, both("foot"))
    if rng.random() < 0.06:
        put(LEGS, both("hand"))
    if rng.random() < 0.08:
        put(TOP, ["head", "ear_left", "ear_right", "neck"])  # a hood
    return wear


def _over_clothed(
    wear: NDArray[np.uint8], clothed: NDArray[np.bool_], rng: Rng
) -> NDArray[np.uint8]:
    """Dress what has cloth in its shape but was drawn bare; for some the kept paint will do."""
    bare = np.flatnonzero(clothed & (wear[: len(clothed)] == SKIN))
    if len(bare) and rng.random() < 0.7:
        below = LEGS if rng.random() < 0.5 else TOP
        wear[bare] = np.where(bare >= PART["thigh_left"], below, TOP)
    return wear


def _light(rng: Rng) -> Array:
    """Draw a unit vector to the light, in the picture (y down, z to the camera)."""
    azimuth, height = rng.uniform(0, 2 * np.pi), np.deg2rad(rng.uniform(15, 85))
    flat = np.cos(height)
    return np.array([np.cos(azimuth) * flat, np.sin(azimuth) * flat, np.sin(height)], np.float32)


def _shadowed(image: Image, alpha: Image, light: Array, rng: Rng) -> Image:
    """Return the background with the body's shadow, soft, away from the light."""
    side = image.shape[0]
    reach = -light[:2] * side * rng.uniform(0, 0.1)
    matrix = np.array([[1, 0, reach[0]], [0, 1, reach[1]]], np.float64)
    moved = cv2.GaussianBlur(
        cv2.warpAffine(alpha, matrix, (side, side)), (0, 0), side * float(rng.uniform(0.01, 0.05))
    )
    keep = 1 - moved.astype(np.float32) * np.float32(rng.uniform(0.1, 0.7) / 255)
    return cv2.multiply(image, cv2.merge([keep, keep, keep]), dtype=cv2.CV_8U)


def _box(alpha: Image) -> Array:
    """Return x, y, width, height of a silhouette."""
    columns, rows = np.flatnonzero(alpha.max(0) > 100), np.flatnonzero(alpha.max(1) > 100)
    if not len(columns) or not len(rows):
        return np.array([0, 0, *alpha.shape[::-1]], np.float32)
    return np.array(
        [columns[0], rows[0], columns[-1] - columns[0] + 1, rows[-1] - rows[0] + 1], np.float32
    )


def _half_plane(rng: Rng, side: int, away: float) -> Image:
    """Return the mask of what lies past a wavy line, ``away`` picture sides off the middle."""
    angle, wave = rng.uniform(0, 2 * np.pi), rng.uniform(0, 0.04)
    t = np.linspace(-1, 1, 24)
    line = away + wave * np.sin(t * rng.uniform(2, 9) + rng.uniform(0, 6))
    points = np.concatenate([np.stack([line, t], 1), [[2, 1.5], [2, -1.5]]])
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    mask = np.zeros((side, side), np.uint8)
    cv2.fillPoly(mask, [((points @ turn.T + 0.5) * side).astype(np.int32)], 255, cv2.LINE_AA)
    return mask


def _borders(image: Image, points: Array, before: Image, rng: Rng) -> tuple[Image, Array]:
    """Black out what lies past the camera's picture; points there are unknown."""
    side = image.shape[0]
    mask = np.zeros((side, side), np.uint8)
    edges = np.where(rng.random(4) < 0.45, rng.uniform(0.02, 0.25, 4), -0.5) * side
    known = points[points[:, 2] > 0, :2]
    if len(known) and rng.random() < 0.75:  # mostly the whole infant is in the picture
        room = np.concatenate([known.min(0), side - known.max(0)]) - 0.04 * side
        edges = np.minimum(edges, room)
    left, top, right, bottom = (int(v) for v in edges)
    mask[max(top, 0) : side - max(bottom, 0), max(left, 0) : side - max(right, 0)] = 255
    points = points.copy()
    at = points[:, :2].round().astype(int).clip(0, side - 1)
    points[mask[at[:, 1], at[:, 0]] == 0, 2] = 0
    np.maximum(before, 255 - mask, out=before)
    return cv2.bitwise_and(image, image, mask=mask), points


def _random_conv(image: Image, rng: Rng) -> Image:
    """Pass the picture through a random 3×3 filter and colour mixing (Xu et al. 2021)."""
    kernel = rng.normal(0, 1 / 3, (3, 3)).astype(np.float32)
    kernel[1, 1] += 1
    mix = np.eye(3) + rng.normal(0, 0.4, (3, 3))
    other = cv2.transform(
        cv2.filter2D(image.astype(np.float32), -1, kernel), mix.astype(np.float32)
    )
    low, high = other.min(), other.max()
    other = (other - low) * (255 / max(float(high - low), 1.0))
    share = rng.uniform(0.3, 1)
    return (image * (1 - share) + other * share).astype(np.uint8)
