"""Pictures for people: the skeleton over the picture or on its own, and the face made unreadable.

Left is sky blue, right is orange, the midline white (Okabe and Ito's palette, told apart with every
common colour blindness); a dark rim keeps them readable on a white sheet. Doubtful points are
hollow and their limbs thin. Sizes follow the trunk, so a near and a far camera look alike.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.confidence import DOUBTFUL_SCORE, present
from pipeline.skeleton import INFANT13
from pipeline.types import FloatArray, ImageArray

Colour = tuple[int, int, int]

LEFT_BGR: Colour = (233, 180, 86)
RIGHT_BGR: Colour = (0, 159, 230)
MIDLINE_BGR: Colour = (245, 245, 245)
RIM_BGR: Colour = (30, 26, 24)
BACKGROUND_BGR: Colour = (34, 28, 24)

_SHIFT = 4
_LINE_TRUNKS, _LEAST_LINE, _MOST_LINE = 0.045, 2.0, 14.0
_DOUBTFUL_LINE = 0.45
_JOINT_LINES = 0.95
_RIM_LINES = 0.35
_RING_LINES = 0.4
_UNKNOWN_TRUNK_SHARE = 0.16

_SHOULDERS = [INFANT13.index("left_shoulder"), INFANT13.index("right_shoulder")]
_HIPS = [INFANT13.index("left_hip"), INFANT13.index("right_hip")]
_NOSE = INFANT13.index("nose")


def side_colour(keypoint: str) -> Colour:
    """Return the colour of a keypoint by its side, as blue, green, red."""
    if keypoint.startswith("left_"):
        return LEFT_BGR
    return RIGHT_BGR if keypoint.startswith("right_") else MIDLINE_BGR


def _limb_colour(a: str, b: str) -> Colour:
    colours = {side_colour(end) for end in (a, b)} - {MIDLINE_BGR}
    return colours.pop() if len(colours) == 1 else MIDLINE_BGR


# (from, to, colour) by the keypoints' numbers, as they are drawn one over the other: the trunk
# first, the limbs over it. The nose is tied to the neck instead, which reads as a head.
_NECK = (("nose", "left_shoulder"), ("nose", "right_shoulder"))
LIMBS = tuple(
    (INFANT13.index(a), INFANT13.index(b), _limb_colour(a, b))
    for a, b in sorted(
        (limb for limb in INFANT13.limbs if limb not in _NECK),
        key=lambda limb: sum("shoulder" in end or "hip" in end for end in limb),
        reverse=True,
    )
)
JOINT_COLOURS = tuple(side_colour(name) for name in INFANT13.keypoints)


def draw_pose(
    picture_hwc: ImageArray, keypoints_kc: FloatArray, scores_k: FloatArray
) -> ImageArray:
    """Draw a pose into a blue-green-red picture, in place, and return it.

    ``keypoints_kc``: (13, 2) pixels of this picture; NaN is not drawn.
    """
    shown = np.isfinite(keypoints_kc).all(axis=1) & (scores_k >= DOUBTFUL_SCORE)
    sure = present(scores_k)
    trunk_px = _trunk_px(picture_hwc, keypoints_kc, sure & shown)
    line = float(np.clip(_LINE_TRUNKS * trunk_px, _LEAST_LINE, _MOST_LINE))
    strokes = [
        (
            keypoints_kc[a],
            keypoints_kc[b],
            colour,
            line * (1 if sure[a] and sure[b] else _DOUBTFUL_LINE),
        )
        for a, b, colour in LIMBS
        if shown[a] and shown[b]
    ]
    if shown[[_NOSE, *_SHOULDERS]].all():
        neck = keypoints_kc[_SHOULDERS].mean(axis=0)
        doubt = 1 if sure[[_NOSE, *_SHOULDERS]].all() else _DOUBTFUL_LINE
        strokes.insert(0, (neck, keypoints_kc[_NOSE], MIDLINE_BGR, line * doubt))
    rim = 2 * max(1.0, _RIM_LINES * line)
    for start, end, _, width in strokes:
        _stroke(picture_hwc, start, end, RIM_BGR, width + rim)
    for start, end, colour, width in strokes:
        _stroke(picture_hwc, start, end, colour, width)
    for k in np.flatnonzero(shown):
        _joint(picture_hwc, keypoints_kc[k], JOINT_COLOURS[k], line, bool(sure[k]))
    return picture_hwc


def skeleton_only(
    size_wh: tuple[int, int], keypoints_kc: FloatArray, scores_k: FloatArray
) -> ImageArray:
    """Draw a pose on a dark ground without the picture; returns (height, width, 3)."""
    picture = np.empty((size_wh[1], size_wh[0], 3), np.uint8)
    # Ten times as fast as numpy's own filling with a colour.
    cv2.rectangle(picture, (0, 0), size_wh, BACKGROUND_BGR, cv2.FILLED)
    return draw_pose(picture, keypoints_kc, scores_k)


def _stroke(
    picture: ImageArray, start: FloatArray, end: FloatArray, colour: Colour, width: float
) -> None:
    cv2.line(picture, _fixed(start), _fixed(end), colour, max(1, round(width)), cv2.LINE_AA, _SHIFT)


def _joint(picture: ImageArray, point: FloatArray, colour: Colour, line: float, sure: bool) -> None:
    radius, rim = _JOINT_LINES * line, max(1.0, _RIM_LINES * line)
    _disc(picture, point, radius + rim, RIM_BGR, -1)
    if sure:
        _disc(picture, point, radius, colour, -1)
    else:
        _disc(picture, point, radius, colour, max(1, round(_RING_LINES * line)))


def _disc(
    picture: ImageArray, point: FloatArray, radius: float, colour: Colour, width: int
) -> None:
    fixed_radius = round(radius * 2**_SHIFT)
    cv2.circle(picture, _fixed(point), fixed_radius, colour, width, cv2.LINE_AA, _SHIFT)


def _fixed(point: FloatArray) -> tuple[int, int]:
    """Return a point in OpenCV's sixteenths of a pixel, held near the picture."""
    x, y = (min(max(float(value), -10_000.0), 30_000.0) for value in point)
    return round(x * 2**_SHIFT), round(y * 2**_SHIFT)


def _trunk_px(picture: ImageArray, keypoints_kc: FloatArray, sure: NDArray[np.bool_]) -> float:
    """Return the trunk's length, guessed from the picture's height where it is not seen."""
    points = np.where(sure[:, None], keypoints_kc, np.nan)
    trunk = np.linalg.norm(points[_SHOULDERS].mean(axis=0) - points[_HIPS].mean(axis=0))
    # A trunk bent towards the camera looks short; shoulders are about two thirds of a trunk.
    shoulders = 1.5 * np.linalg.norm(points[_SHOULDERS[0]] - points[_SHOULDERS[1]])
    if np.isfinite([trunk, shoulders]).any():
        return float(np.nanmax([trunk, shoulders]))
    return _UNKNOWN_TRUNK_SHARE * float(picture.shape[0])
