"""Photographs of things and materials, none of people, from which rooms are composed too.

What a fixed trunk makes of a drawn room is not what it makes of a real one. So where a spec names
photographs (``compose.photographs``), rooms, cloths and things that lie about come from them too
(real backgrounds behind rendered objects: Hinterstoisser et al. 2017). Nothing is labelled, and
nobody may be in them: a body that counts as background teaches to overlook bodies.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from pipeline.types import ImageArray
from training.errors import DatasetError

_SMALLEST = 96
_OPAQUE = 250


@dataclass(frozen=True)
class Photographs:
    """``pictures`` (H, W, 3) BGR; ``things`` (H, W, 4) BGRA, cut out along their outline."""

    pictures: list[ImageArray]
    things: list[ImageArray]


def read_photographs(patterns: tuple[Path, ...], largest: int = 1024) -> Photographs:
    """Read all pictures that match shell patterns (``**``: any depth), longer side ``largest``.

    A picture with transparent parts is a thing; those under 96 pixels and greyscale ones (bumps,
    masks) are left out. Raises :class:`DatasetError` for a pattern that no picture matches, and
    when there are things only, which have nowhere to lie.
    """
    found = Photographs([], [])
    for pattern in patterns:
        before = len(found.pictures) + len(found.things)
        for path in _matching(pattern):
            image = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
            if image is None or image.ndim != 3 or image.dtype != np.uint8:
                continue
            _keep(found, image, largest)
        if len(found.pictures) + len(found.things) == before:
            raise DatasetError(f"{pattern}: no picture here; name photographs without people")
    if not found.pictures:
        raise DatasetError(f"{patterns[0]}: only things cut out; name a photograph of a room too")
    return found


def _matching(pattern: Path) -> list[Path]:
    root = Path(pattern.anchor)
    return sorted(root.glob(str(pattern.relative_to(root))))


def _keep(found: Photographs, image: ImageArray, largest: int) -> None:
    if min(image.shape[:2]) < _SMALLEST:
        return
    scale = min(1.0, largest / max(image.shape[:2]))
    if scale < 1:
        image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    cut_out = image.shape[2] == 4 and (image[..., 3] < _OPAQUE).mean() > 0.02
    (found.things if cut_out else found.pictures).append(image if cut_out else image[..., :3])


def tile_of(picture: ImageArray, rng: np.random.Generator, side: int) -> ImageArray:
    """Cut a square of ``side`` pixels out of a picture, at any size down to a fifth of it."""
    height, width = picture.shape[:2]
    shorter = min(height, width)
    part = max(min(shorter, _SMALLEST // 2), int(shorter * np.exp(rng.uniform(np.log(0.2), 0))))
    x, y = rng.integers(0, width - part + 1), rng.integers(0, height - part + 1)
    piece = picture[y : y + part, x : x + part]
    shrinks = part > side
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.ascontiguousarray(cv2.resize(piece, (side, side), interpolation=how))


def lay_thing(
    tile: ImageArray, thing: ImageArray, rng: np.random.Generator, size: float
) -> ImageArray:
    """Lay a thing on a square tile at a random place and turn; its longer side ``size`` pixels."""
    side = tile.shape[0]
    height, width = thing.shape[:2]
    scale, angle = size / max(height, width), rng.uniform(0, 2 * np.pi)
    # Warped down by more than half it would alias.
    while scale < 0.5:
        thing = cv2.pyrDown(thing)
        height, width = thing.shape[:2]
        scale = size / max(height, width)
    c, s = np.cos(angle) * scale, np.sin(angle) * scale
    x, y = rng.uniform(0, side, 2)
    matrix = np.array(
        [
            [c, -s, x - c * width / 2 + s * height / 2],
            [s, c, y - s * width / 2 - c * height / 2],
        ]
    )
    laid = cv2.warpAffine(thing, matrix, (side, side))
    share = laid[..., 3:].astype(np.float32) / 255
    return (tile + (laid[..., :3].astype(np.float32) - tile) * share).astype(np.uint8)
