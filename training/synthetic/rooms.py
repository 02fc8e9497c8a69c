"""What lies behind and before an infant when pictures are composed: floors, beds, things, hands.

Everything is drawn once, or cut from photographs, into a pool of tiles and cut from at random
places, scales and angles: drawing it anew for each picture would cost more than the rest together.
Tiles are BGR uint8; those that are cloths and drawn are seamless at their borders.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from training.synthetic.figure import skin_colour
from training.synthetic.geometry import Array
from training.synthetic.photographs import Photographs, lay_thing, tile_of
from training.synthetic.textures import CLOTHS, cloth, fold_field, noise_field

TILE = 256
Image = NDArray[np.uint8]
Rng = np.random.Generator


@dataclass(frozen=True)
class Pool:
    """Tiles: ``cloths`` (seamless), ``rooms`` (cluttered), ``folds`` (H, W) relief about 128."""

    cloths: list[Image]
    rooms: list[Image]
    folds: list[Image]

    @staticmethod
    def drawn(seed: int = 5, rooms: int = 160, photographs: Photographs | None = None) -> Pool:
        """Draw the pool, with photographs as many photographed tiles again; takes some seconds."""
        rng = np.random.default_rng(seed)
        cloths = [_tile(cloth(number)) for number in range(CLOTHS)] + [
            _floor(rng) for _ in range(60)
        ]
        relief = [fold_field(number) for number in range(24)]
        relief += [noise_field(number, 2.0) * 0.4 for number in range(12)]
        folds = [
            cv2.resize(np.clip(128 + 90 * f, 0, 255), (TILE, TILE)).astype(np.uint8) for f in relief
        ]
        pool = Pool(cloths, [_room(rng, cloths) for _ in range(rooms)], folds)
        if photographs is not None:
            pool.rooms.extend([_photographed(rng, pool, photographs) for _ in range(2 * rooms)])
            pool.cloths.extend([_piece(rng, photographs) for _ in range(len(cloths))])
        return pool


def _tile(texture: Array) -> Image:
    small = cv2.resize(texture, (TILE, TILE), interpolation=cv2.INTER_AREA)
    # Albedo is kept linear in ``textures``; pictures are not.
    return (255 * np.clip(small, 0, 1) ** 0.6).astype(np.uint8)


def any_colour(rng: Rng) -> tuple[float, float, float]:
    """Draw a BGR colour 0..255: grey, pale, or any."""
    kind = rng.random()
    if kind < 0.25:
        grey = rng.uniform(0, 255)
        return (grey, grey, grey)
    colour = rng.uniform(0, 255, 3)
    if kind < 0.5:
        colour = 200 + 0.2 * colour
    return (float(colour[0]), float(colour[1]), float(colour[2]))


def any_skin(rng: Rng) -> Array:
    """Draw a BGR skin colour 0..255, as a picture shows it."""
    bare = skin_colour(float(rng.beta(0.9, 1.2)), float(rng.uniform(0, 1)))
    return np.asarray(255 * np.clip(bare, 0, 1) ** rng.uniform(0.55, 0.95), np.float32)


def _floor(rng: Rng) -> Image:
    """Draw planks, tiles, carpet or a puzzle mat with letters."""
    base = np.full((TILE, TILE, 3), any_colour(rng), np.float32)
    other = np.array(any_colour(rng), np.float32)
    kind = rng.integers(4)
    grain = noise_field(int(rng.integers(60)), float(rng.uniform(0.4, 1.6)), TILE)[..., None]
    if kind == 0:  # planks
        base = np.array([60, 100, 150], np.float32) * rng.uniform(0.5, 1.4) + 20 * rng.normal(
            size=3
        )
        grain = cv2.resize(grain[:, ::8], (TILE, TILE))[..., None]
        base = np.broadcast_to(base, (TILE, TILE, 3)) + 14 * grain
        width = int(rng.choice([16, 32, 64]))
        for at in range(0, TILE, width):
            base[at : at + width] *= rng.uniform(0.85, 1.1)
            base[at : at + 1] *= 0.55
    elif kind == 1:  # tiles
        step = int(rng.choice([32, 64, 128]))
        base = base + 6 * grain
        base[::step] = base[:, ::step] = other
    elif kind == 2:  # carpet
        base = base + rng.uniform(10, 45) * grain
    else:
        step = int(rng.choice([64, 128]))
        base = base.astype(np.uint8)
        for y in range(0, TILE, step):
            for x in range(0, TILE, step):
                base[y : y + step, x : x + step] = any_colour(rng)
                letter = chr(int(rng.integers(48, 91)))
                at = (x + step // 6, y + step * 5 // 6)
                cv2.putText(base, letter, at, 2, step / 34, any_colour(rng), step // 12)
    return np.clip(base, 0, 255).astype(np.uint8)


def _room(rng: Rng, cloths: list[Image]) -> Image:
    """Draw a picture of things: furniture edges, toys, cloths, people's arms and legs."""
    room = cloths[rng.integers(len(cloths))].copy()
    if rng.random() < 0.5:
        room = cv2.GaussianBlur(room, (0, 0), rng.uniform(0.5, 6))
    for _ in range(int(rng.integers(4, 40))):
        mask = np.zeros((TILE, TILE), np.uint8)
        draw_thing(
            mask, rng, rng.integers(0, TILE, 2), TILE * float(np.exp(rng.uniform(-3.6, -0.9)))
        )
        fill = filling(rng, cloths, TILE)
        room = blend(room, fill, cv2.GaussianBlur(mask, (0, 0), rng.uniform(0.4, 2)))
    if rng.random() < 0.4:
        room = cv2.GaussianBlur(room, (0, 0), rng.uniform(0.5, 4))
    return room


def _piece(rng: Rng, photographs: Photographs) -> Image:
    pictures = photographs.pictures
    return tile_of(pictures[rng.integers(len(pictures))], rng, TILE)


def _photographed(rng: Rng, pool: Pool, photographs: Photographs) -> Image:
    """Return a piece of a photograph or a cloth on which photographed things may lie."""
    if rng.random() < 0.65:
        tile = _piece(rng, photographs)
    else:
        tile = pool.cloths[rng.integers(len(pool.cloths))].copy()
    things = photographs.things
    if things and rng.random() < 0.6:
        for _ in range(int(rng.integers(1, 16))):
            size = TILE * float(np.exp(rng.uniform(np.log(0.08), np.log(0.6))))
            tile = lay_thing(tile, things[rng.integers(len(things))], rng, size)
    return tile


def draw_thing(mask: Image, rng: Rng, at: NDArray[np.int64], size: float) -> None:
    """Draw one thing's outline into ``mask``: a box, ellipse, polygon, limb or cable."""
    kind = rng.random()
    x, y = int(at[0]), int(at[1])
    if kind < 0.3:
        box = ((x, y), tuple(size * rng.uniform(0.3, 2.0, 2)), float(rng.uniform(0, 180)))
        cv2.fillConvexPoly(mask, cv2.boxPoints(box).astype(np.int32), 255, cv2.LINE_AA)
    elif kind < 0.5:
        axes = tuple(int(v) for v in 1 + size * rng.uniform(0.2, 1.0, 2))
        cv2.ellipse(mask, (x, y), axes, float(rng.uniform(0, 180)), 0, 360, 255, -1, cv2.LINE_AA)
    elif kind < 0.65:
        angle = np.sort(rng.uniform(0, 2 * np.pi, int(rng.integers(3, 9))))
        reach = size * rng.uniform(0.4, 1.3, len(angle))
        points = np.stack([x + reach * np.cos(angle), y + reach * np.sin(angle)], 1)
        cv2.fillPoly(mask, [points.astype(np.int32)], 255, cv2.LINE_AA)
    elif kind < 0.88:  # a limb, or two of them that meet
        angle, bend = rng.uniform(0, 2 * np.pi), rng.normal(0, 1)
        thick = max(2, int(size * rng.uniform(0.25, 0.6)))
        a = np.array([x, y]) + size * 1.6 * np.array([np.cos(angle), np.sin(angle)])
        b = a + size * 1.4 * np.array([np.cos(angle + bend), np.sin(angle + bend)])
        points = np.stack([[x, y], a, b]).astype(np.int32)
        cv2.polylines(mask, [points], False, 255, thick, cv2.LINE_AA)
    else:  # a cable
        points = np.cumsum(rng.normal(0, size * 0.6, (8, 2)), 0) + np.array([x, y])
        cv2.polylines(
            mask, [points.astype(np.int32)], False, 255, int(rng.integers(1, 4)), cv2.LINE_AA
        )


def filling(rng: Rng, tiles: list[Image], side: int) -> Image:
    """Return what a thing is made of: a flat colour, skin, or a piece of a tile, shaded."""
    kind = rng.random()
    if kind < 0.35:
        fill = np.full((side, side, 3), any_colour(rng), np.uint8)
    elif kind < 0.6:
        fill = np.full((side, side, 3), any_skin(rng), np.uint8)
    else:
        fill = cut(
            tiles[rng.integers(len(tiles))], rng, side, float(np.exp(rng.uniform(-0.9, 0.9)))
        )
    return shaded(fill, rng, 0.5)


def shaded(image: Image, rng: Rng, depth: float) -> Image:
    """Return a picture under uneven light: a slope and slow waves, up to ``depth``."""
    side = image.shape[0]
    small = rng.uniform(1 - depth, 1 + 0.3 * depth, (3, 3, 1)).astype(np.float32)
    field = cv2.resize(small, (side, side), interpolation=cv2.INTER_CUBIC)
    return cv2.multiply(image, cv2.merge([field, field, field]), dtype=cv2.CV_8U)


def cut(tile: Image, rng: Rng, side: int, scale: float) -> Image:
    """Cut a square out of a tile at a random place, angle and stretch."""
    angle, stretch = rng.uniform(0, 2 * np.pi), np.exp(rng.normal(0, 0.2))
    c, s = np.cos(angle) / scale, np.sin(angle) / scale
    x, y = rng.uniform(0, TILE, 2)
    matrix = np.array([[c * stretch, -s, x], [s * stretch, c, y]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(tile, matrix, (side, side), flags=flags, borderMode=cv2.BORDER_WRAP)


def blend(under: Image, over: Image, mask: Image) -> Image:
    """Lay ``over`` on ``under`` where ``mask`` (H, W) uint8 says so."""
    share = cv2.merge([mask, mask, mask]).astype(np.float32) * np.float32(1 / 255)
    mixed = under + (over.astype(np.float32) - under) * share
    return mixed.astype(np.uint8)
