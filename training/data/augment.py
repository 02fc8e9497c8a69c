"""Vary pictures as cots vary: direction, distance, light, infrared, camera faults, covers.

All functions take and give BGR uint8 pictures; the geometry is one affine warp, so that a picture
is sampled once. Randomness comes only from the generator passed in.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.skeleton import Skeleton
from training.data.ward import h264, hand, infrared
from training.spec import AugmentSpec

# Directions in which an upright network shall find nothing; a quarter turn may still serve.
TURNED_AWAY_DEG = (115.0, 245.0)

Image = NDArray[np.uint8]
Rng = np.random.Generator

# Sources of noise are drawn once and cut from at random places: drawing them anew for each
# picture would cost more than the rest together.
_NOISE = np.random.default_rng(13).normal(0, 1, (1024, 1024)).astype(np.float32)


def crop_affine(
    centre_xy: NDArray[np.float64],
    side: float,
    angle_rad: float,
    flip: bool,
    out_wh: tuple[int, int],
) -> NDArray[np.float64]:
    """Return the (2, 3) affine from picture to crop pixels (pixel centres at whole numbers).

    ``side`` is the width of the square of the picture that fills the crop's shorter side;
    ``angle_rad`` turns the picture clockwise as seen.
    """
    scale = min(out_wh) / side
    cos, sin = np.cos(angle_rad) * scale, np.sin(angle_rad) * scale
    linear = np.array([[cos, -sin], [sin, cos]])
    if flip:
        linear[0] = -linear[0]
    out_centre = (np.array(out_wh, np.float64) - 1) / 2
    return np.column_stack([linear, out_centre - linear @ centre_xy])


def upright_angle(points_kc: NDArray[np.float32], skeleton: Skeleton) -> float | None:
    """Return the turn that puts the hips below the shoulders; None where one is not known."""
    shoulders, hips = (
        [skeleton.index(f"{side}_{joint}") for side in ("left", "right")]
        for joint in ("shoulder", "hip")
    )
    if not (points_kc[shoulders + hips, 2] > 0).all():
        return None
    down = points_kc[hips, :2].mean(0) - points_kc[shoulders, :2].mean(0)
    return float(np.pi / 2 - np.arctan2(down[1], down[0]))


def _angle(
    points_kc: NDArray[np.float32], skeleton: Skeleton, spec: AugmentSpec, rng: Rng
) -> tuple[float, bool]:
    """Draw the turn of a crop; tell whether it is one in which nothing shall be found."""
    upright = upright_angle(points_kc, skeleton) if rng.random() < spec.upright else None
    if upright is None:
        return float(np.deg2rad(rng.uniform(-spec.rotation_deg, spec.rotation_deg))), False
    if rng.random() < spec.turned:
        return upright + float(np.deg2rad(rng.uniform(*TURNED_AWAY_DEG))), True
    return upright + float(np.deg2rad(spec.upright_jitter_deg) * rng.uniform(-1, 1)), False


def half_body_box(
    points_kc: NDArray[np.float32], skeleton: Skeleton, rng: Rng
) -> NDArray[np.float32] | None:
    """Return a box round the upper or the lower body, or None if too little of it is known."""
    lower = np.array([name.endswith(("hip", "knee", "ankle")) for name in skeleton.keypoints])
    chosen = points_kc[(lower if rng.random() < 0.5 else ~lower) & (points_kc[:, 2] > 0), :2]
    if len(chosen) < 4:
        return None
    low, high = chosen.min(0), chosen.max(0)
    margin = 0.15 * (high - low).max()
    return np.concatenate([low - margin, high - low + 2 * margin]).astype(np.float32)


def draw_affine(
    points_kc: NDArray[np.float32],
    box_4: NDArray[np.float32],
    skeleton: Skeleton,
    spec: AugmentSpec,
    out_wh: tuple[int, int],
    rng: Rng,
) -> tuple[NDArray[np.float64], bool, bool]:
    """Draw a crop; return its affine, whether it mirrors, and whether it is turned away.

    ``points_kc``: (K, 3) x, y, visibility; ``box_4``: left, top, width, height.
    """
    if rng.random() < spec.half_body:
        half = half_body_box(points_kc, skeleton, rng)
        box_4 = box_4 if half is None else half
    longest = float(max(box_4[2], box_4[3], 1.0))
    side = longest * float(np.exp(rng.uniform(np.log(spec.crop_low), np.log(spec.crop_high))))
    centre = box_4[:2] + box_4[2:] / 2 + rng.normal(0, spec.shift, 2).clip(-0.3, 0.3) * side * 0.5
    flip = bool(rng.random() < spec.flip)
    angle, turned_away = _angle(points_kc, skeleton, spec, rng)
    affine = crop_affine(centre.astype(np.float64), side, angle, flip, out_wh)
    return affine, flip, turned_away


def move_points(
    points_kc: NDArray[np.float32],
    affine: NDArray[np.float64],
    flip: bool,
    skeleton: Skeleton,
) -> NDArray[np.float32]:
    """Return the points (K, 3) in the crop, left and right swapped if it mirrors."""
    moved = points_kc.copy()
    moved[:, :2] = points_kc[:, :2] @ affine[:, :2].T + affine[:, 2]
    return moved[list(skeleton.flip_indices)] if flip else moved


def warp(image: Image, affine: NDArray[np.float64], out_wh: tuple[int, int], rng: Rng) -> Image:
    """Sample the crop; outside the picture is black, grey or the picture's edge drawn out."""
    kind = rng.random()
    if kind < 0.3:
        return cv2.warpAffine(
            image, affine, out_wh, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
    grey = 0 if kind < 0.7 else int(rng.integers(0, 256))
    return cv2.warpAffine(
        image,
        affine,
        out_wh,
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(grey, grey, grey),
    )


def cover(
    image: Image, points_kc: NDArray[np.float32], spec: AugmentSpec, rng: Rng
) -> tuple[Image, NDArray[np.float32]]:
    """Paste patches and a hand over the picture by chance; points under them are occluded (1)."""
    if rng.random() < spec.occluders:
        image, mask = _patches(image, rng)
        points_kc = hide_under(points_kc, mask)
    if rng.random() < spec.hands:
        image, mask = hand(image, rng)
        points_kc = hide_under(points_kc, mask)
    return image, points_kc


def _patches(image: Image, rng: Rng) -> tuple[Image, Image]:
    """Return the picture with one to three patches, and where they lie (255)."""
    height, width = image.shape[:2]
    mask = np.zeros((height, width), np.uint8)
    for _ in range(int(rng.integers(1, 4))):
        centre = (int(rng.integers(0, width)), int(rng.integers(0, height)))
        axes = rng.uniform(0.04, 0.18, 2) * min(height, width)
        angle = float(rng.uniform(0, 180))
        rectangle = (centre, (2 * float(axes[0]), 2 * float(axes[1])), angle)
        if rng.random() < 0.5:
            corners = cv2.boxPoints(rectangle).astype(np.int32)
            cv2.fillConvexPoly(mask, corners, 255)
        else:
            cv2.ellipse(mask, rectangle, 255, -1)
    if rng.random() < 0.5:
        filling = np.roll(image, (height // 2, width // 3), axis=(0, 1))
    else:
        filling = np.full_like(image, rng.integers(0, 256, 3))
    return np.where(mask[..., None] > 0, filling, image), mask


def hide_under(points_kc: NDArray[np.float32], mask: Image) -> NDArray[np.float32]:
    """Return the points (K, 3) with those seen (2) under the mask (H, W) made hidden (1)."""
    height, width = mask.shape
    hidden = points_kc.copy()
    for point in hidden:
        x, y = round(float(point[0])), round(float(point[1]))
        if point[2] == 2 and 0 <= x < width and 0 <= y < height and mask[y, x]:
            point[2] = 1
    return hidden


def look(image: Image, spec: AugmentSpec, rng: Rng) -> Image:
    """Change colour and light: tint, contrast, gamma, darkness, grey as infrared shows it."""
    if rng.random() < spec.colour:
        image = _tone(image, rng)
    if rng.random() < spec.grey:
        grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
        image = cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR)
    if rng.random() < spec.infrared:
        image = infrared(image, rng)
    if rng.random() < spec.dark:
        image = cv2.convertScaleAbs(image, alpha=float(rng.uniform(0.2, 0.6)))
    return image


def _tone(image: Image, rng: Rng) -> Image:
    ramp = np.arange(256, dtype=np.float32) / 255
    gamma = float(np.exp(rng.normal(0, 0.25)))
    table = np.empty((1, 256, 3), np.uint8)
    contrast, brightness = float(np.exp(rng.normal(0, 0.2))), float(rng.normal(0, 0.08))
    for channel in range(3):
        tint = float(np.exp(rng.normal(0, 0.08)))
        curve = ((ramp**gamma - 0.5) * contrast + 0.5 + brightness) * tint
        table[0, :, channel] = (curve.clip(0, 1) * 255).astype(np.uint8)
    return cv2.LUT(image, table)


def camera_faults(image: Image, spec: AugmentSpec, rng: Rng) -> Image:
    """Blur (lens or motion), add the sensor's noise, its sharpening, compression artefacts."""
    if rng.random() < spec.blur:
        image = _blur(image, rng)
    if rng.random() < spec.noise:
        image = _noisy(image, rng)
    if rng.random() < spec.jpeg:
        quality = int(rng.integers(12, 70))
        _, coded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
        image = cv2.imdecode(coded, cv2.IMREAD_COLOR)
    if rng.random() < spec.h264:
        image = h264(image, rng)
    return image


# By what a tone curve of 1/1.8 turns a deviation in the light into one in the picture: shot noise
# grows with the root of the light, so that in the picture it is all but even; read noise is worst
# in the dark.
_LEVEL = (np.arange(256, dtype=np.float32) + 6) / 261
_SHOT = _LEVEL ** (0.5 * 1.8 + 1 - 1.8)
_READ = np.minimum(_LEVEL ** (1 - 1.8), 4)


def _noisy(image: Image, rng: Rng) -> Image:
    """Add shot and read noise, grey or coloured in blotches; then sharpen it by chance."""
    height, width = image.shape[:2]
    strength, shot = rng.uniform(1.5, 11), rng.uniform(0, 1)
    gain = strength * (shot * _SHOT + (1 - shot) * 0.4 * _READ)
    grain = _grain(rng, height, width)
    if rng.random() < 0.5:  # red and blue are counted by every fourth pixel, and spread
        half = (-(-height // 2), -(-width // 2))
        few = cv2.merge([_grain(rng, *half), _grain(rng, *half)])
        blue, red = cv2.split(cv2.resize(few, (width, height), interpolation=cv2.INTER_LINEAR))
        grain = cv2.merge([blue, grain, red])
    else:
        grain = cv2.merge([grain, grain, grain])
    noisy = image + grain * cv2.LUT(image, gain.astype(np.float32))
    if rng.random() < 0.35:
        noisy += rng.uniform(0.2, 0.9) * (noisy - cv2.GaussianBlur(noisy, (0, 0), 0.9))
    return np.clip(noisy, 0, 255).astype(np.uint8)


def _grain(rng: Rng, height: int, width: int) -> NDArray[np.float32]:
    """Cut a piece (H, W) of noise of deviation 1 at a random place."""
    top, left = (int(rng.integers(0, 1024 - side)) for side in (height, width))
    return np.ascontiguousarray(_NOISE[top : top + height, left : left + width])


def _blur(image: Image, rng: Rng) -> Image:
    if rng.random() < 0.5:
        return cv2.GaussianBlur(image, (0, 0), float(rng.uniform(0.5, 1.8)))
    length = int(rng.integers(2, 7))
    kernel = np.zeros((length, length), np.float32)
    end = rng.integers(0, length, 2)
    cv2.line(kernel, (0, int(end[0])), (length - 1, int(end[1])), 1.0)
    return cv2.filter2D(image, -1, kernel / kernel.sum())
