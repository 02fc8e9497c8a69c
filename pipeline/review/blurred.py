"""A film without a face: blurred in every picture, wholly where no head is known.

For all films that leave the house: the export of a recording, and a review's overlays.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.drawing import draw_pose
from pipeline.face import Circle, blur_circles
from pipeline.review.heads import Heads, Seen
from pipeline.review.overlay import OverlayWriter, fitted
from pipeline.types import ImageArray

# Times of pictures are told apart by a tick of the file's clock.
_LEAST_STEP_US = 12


@dataclass(frozen=True, slots=True)
class Written:
    """What a film came to: its pictures, and how many of them are blurred all over."""

    n_pictures: int
    n_blurred_whole: int


class BlurredFilm:
    """Blurs and encodes pictures of a recording as they come (H.264, MP4).

    ``size_wh``: of the film. ``container``: FFmpeg's options for it. ``skeleton``: with the pose.
    """

    def __init__(
        self,
        heads: Heads,
        out: Path,
        size_wh: tuple[int, int],
        *,
        skeleton: bool,
        container: dict[str, str] | None = None,
    ) -> None:
        self._heads, self._skeleton, self._size_wh = heads, skeleton, size_wh
        self._writer = OverlayWriter(out, size_wh, container)
        self._last_us: int | None = None
        self._is_closed = False
        self._n_pictures = self._n_blurred_whole = 0

    def add(self, image_hwc: ImageArray, stored_us: int, shown_us: int) -> None:
        """Add the picture of a stored frame, shown at a time of the film; too soon after the one
        before, it is left out.
        """
        if self._last_us is not None and shown_us < self._last_us + _LEAST_STEP_US:
            return
        seen = self._heads.at(stored_us)
        picture, scale = fitted(image_hwc, self._size_wh)
        is_placed = blur_heads(picture, () if seen is None else seen.circles, scale)
        if self._skeleton and seen is not None:
            _draw(picture, seen, scale)
        self._writer.add(picture, shown_us)
        self._last_us = shown_us
        self._n_pictures += 1
        self._n_blurred_whole += not is_placed

    def close(self) -> Written:
        """Finish the file; it then stands under its name."""
        self._writer.close()
        self._is_closed = True
        return Written(self._n_pictures, self._n_blurred_whole)

    def abandon(self) -> None:
        """Let go of an unfinished file; does nothing after ``close``."""
        if not self._is_closed:
            self._writer.abandon()


def blur_heads(picture: ImageArray, circles: tuple[Circle, ...], scale: float) -> bool:
    """Blur a picture in place where heads may be; tell whether any could be placed in it.

    ``circles``: in pixels of the picture before it was fitted by ``scale``. None, or none that
    touches the picture: all of it is blurred.
    """
    scaled = [(x * scale, y * scale, radius * scale) for x, y, radius in circles]
    # A head that is said to lie wholly beside the picture is not placed in it.
    inside = [circle for circle in scaled if _touches(circle, picture.shape[1::-1])]
    blur_circles(picture, inside)
    return bool(inside)


def _draw(picture: ImageArray, seen: Seen, scale: float) -> None:
    draw_pose(picture, seen.keypoints_kc * np.float32(scale), seen.scores_k)


def _touches(circle: Circle, size_wh: tuple[int, ...]) -> bool:
    x, y, radius = circle
    return -radius < x < size_wh[0] + radius and -radius < y < size_wh[1] + radius
