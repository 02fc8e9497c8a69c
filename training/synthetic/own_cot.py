"""A ward's own cot: infants rendered into a picture of it, as its own camera sees them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from training.synthetic.cots import cot_scene
from training.synthetic.pose import figure_of
from training.synthetic.scene import Look, Scene, sample_look, stream
from training.synthetic.view import View, bounds

_WHOLE = (0.0, 0.0, 1.0, 1.0)
# A picture in which the colours differ by less than this, of 255, comes from an infrared camera.
_GREY = 4.0


@dataclass(frozen=True)
class OwnCot:
    """A picture of an empty cot, and how its camera looks at it; false where nothing is given.

    ``camera_angle_deg`` is how far the camera is from straight above (None: drawn up to 35);
    ``rectangle`` is where the mattress lies, as shares of the picture: left, top, width, height.
    """

    background: Path | None = None
    camera_angle_deg: float | None = None
    rectangle: tuple[float, float, float, float] = _WHOLE

    def __bool__(self) -> bool:
        return self.background is not None or self.camera_angle_deg is not None

    def check(self) -> None:
        """Raise ``ValueError`` with what is wrong, where and what to do."""
        if self.background is not None and not _is_picture(self.background):
            raise ValueError(f"--background {self.background}: missing or not a picture")
        if self.rectangle != _WHOLE and self.background is None:
            raise ValueError("--mattress says where it lies in a picture: give --background too")
        angle = self.camera_angle_deg
        if angle is not None and not 0 <= angle <= 80:
            raise ValueError("--camera-angle-deg must lie between 0 (straight above) and 80")
        left, top, width, height = self.rectangle
        inside = min(left, top) >= 0 and left + width <= 1 and top + height <= 1
        if not inside or min(width, height) < 0.1:
            raise ValueError(
                "--mattress LEFT TOP WIDTH HEIGHT are shares of the picture, each 0 to 1 and all of"
                " it inside; for example 0.2 0.1 0.6 0.8"
            )

    def size_hw(self, asked_hw: tuple[int, int]) -> tuple[int, int]:
        """Return the size of the pictures: the background's shape, its short side as asked."""
        if self.background is None:
            return asked_hw
        height, width = _photograph(str(self.background)).shape[:2]
        grown = min(asked_hw) / min(height, width)
        return round(height * grown), round(width * grown)


def _is_picture(path: Path) -> bool:
    return path.is_file() and cv2.imread(str(path)) is not None


@lru_cache(maxsize=4)
def _photograph(path: str) -> NDArray[np.uint8]:
    return cv2.imread(path, cv2.IMREAD_COLOR)


def scene_in(own: OwnCot, seed: int, size_hw: tuple[int, int]) -> Scene:
    """Draw an infant who lies somewhere on the mattress, in any direction."""
    scene = cot_scene(seed, size_hw, tilt_deg=own.camera_angle_deg)
    rng = stream(seed, "own cot")
    # The camera stands upright: what is farther away is higher in its picture.
    turned = float(rng.uniform(0, 360))
    view = replace(scene.view, azimuth_deg=turned, yaw_deg=180.0 - turned)
    scene = replace(scene, view=_on_mattress(view, scene, own, rng))
    if own.background is None:
        return scene
    clutter = replace(scene.clutter, cot=False, mattress_edges=0)
    look = _look_of(own, scene.look, rng)
    return replace(scene, background=str(own.background), clutter=clutter, look=look)


def _on_mattress(view: View, scene: Scene, own: OwnCot, rng: np.random.Generator) -> View:
    """Return the view in which the infant fills part of the mattress and lies within it."""
    size_wh = np.array(view.size_hw[::-1], np.float64)
    corner, side = (np.array(own.rectangle[k : k + 2]) * size_wh for k in (0, 2))
    _, cones = figure_of(scene.shape, scene.pose)
    low, high = bounds(view, cones)
    share = float(rng.uniform(0.5, 0.9))
    scale = view.scale * share * float((side / (high - low)).min())
    span = (high - low) * scale / view.scale
    start = corner + rng.uniform(0, 1, 2) * np.maximum(side - span, 0)
    offset = (low - np.array(view.centre)) * scale / view.scale
    x, y = start - offset
    return replace(view, scale=scale, centre=(float(x), float(y)))


def _look_of(own: OwnCot, drawn: Look, rng: np.random.Generator) -> Look:
    """Return light that goes with the picture: infrared for a grey one, any other for a colour one.

    Exposure and tint vary less than in drawn scenes: the picture has its own.
    """
    photograph = _photograph(str(own.background)).astype(np.float32)
    grey = float(np.ptp(photograph, axis=-1).mean()) < _GREY
    look = drawn
    while (look.light == "infrared") != grey:
        look = sample_look(rng)
    return replace(look, motion_blur=0.0, shrink=1.0, bars=(0.0, 0.0, 0.0, 0.0))
