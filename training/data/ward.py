"""What a ward's camera shows that others do not: infrared light, hands at the cot, H.264."""

from __future__ import annotations

from fractions import Fraction

import av
import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Rng = np.random.Generator

# Skin and gloves, blue, green, red.
_HAND_COLOURS = ((150, 175, 225), (90, 120, 180), (50, 70, 110), (200, 150, 90), (225, 220, 215))
# Where fingers leave the palm, in radians from its axis, and their lengths in palms.
_FINGERS = ((-0.9, 0.9), (-0.3, 1.25), (-0.1, 1.35), (0.1, 1.3), (0.3, 1.1))
# x264's quantiser: artefacts are seen from about here, and beyond the end nothing is left.
_QUANTISERS = (32, 46)


def infrared(image: Image, rng: Rng) -> Image:
    """Return the picture as a night camera shows it: no colour, pale skin, light from its ring."""
    blue, green, red = cv2.split(image.astype(np.float32))
    # Skin and cloth reflect near infrared much alike, most of all what is red by day.
    grey = 0.1 * blue + 0.25 * green + 0.65 * red
    grey = 255 * (grey / 255) ** rng.uniform(0.5, 0.9)
    height, width = grey.shape
    centre = rng.uniform(0.25, 0.75, 2) * (width, height)
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    away = np.hypot(x - centre[0], y - centre[1]) / max(width, height)
    lit = grey * (1 + rng.uniform(0, 0.5) - away * rng.uniform(0.3, 1.1))
    lit += rng.normal(0, rng.uniform(1, 6), grey.shape)
    return cv2.cvtColor(lit.clip(0, 255).astype(np.uint8), cv2.COLOR_GRAY2BGR)


def hand(image: Image, rng: Rng) -> tuple[Image, Image]:
    """Return the picture with a hand reaching in from its edge, and where it lies (255)."""
    height, width = image.shape[:2]
    size = float(rng.uniform(0.07, 0.16)) * min(height, width)
    palm = rng.uniform(0.15, 0.85, 2) * (width, height)
    angle = float(rng.uniform(-np.pi, np.pi))
    mask = np.zeros((height, width), np.uint8)
    wrist = palm - 2.0 * max(height, width) * _direction(angle)
    _capsule(mask, wrist, palm, 0.62 * size)
    cv2.circle(mask, _pixel(palm), max(1, round(size)), 255, -1)
    for spread, length in _FINGERS:
        bent = angle + spread + float(rng.normal(0, 0.12))
        tip = palm + (0.6 + length) * size * _direction(bent) * rng.uniform(0.6, 1.0)
        _capsule(mask, palm, tip, 0.24 * size)
    colour = np.array(_HAND_COLOURS[int(rng.integers(len(_HAND_COLOURS)))], np.float32)
    depth = cv2.distanceTransform(mask, cv2.DIST_L2, 3) / max(size, 1e-6)
    shade = (0.55 + 0.45 * np.minimum(1, depth))[..., None] * rng.uniform(0.5, 1.1)
    drawn = (shade * colour).clip(0, 255).astype(np.uint8)
    return np.where(mask[..., None] > 0, drawn, image), mask


def h264(image: Image, rng: Rng) -> Image:
    """Return the picture after a strongly compressed H.264 frame; sides must be even."""
    height, width = image.shape[:2]
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.time_base = Fraction(1, 25)
    quantiser = int(rng.integers(*_QUANTISERS))
    encoder.options = {"preset": "ultrafast", "tune": "zerolatency", "qp": str(quantiser)}
    frame = av.VideoFrame.from_ndarray(image, "bgr24").reformat(format="yuv420p")
    packets = [*encoder.encode(frame), *encoder.encode(None)]
    decoder = av.CodecContext.create("h264", "r")
    decoded = [f for packet in packets for f in decoder.decode(packet)] + decoder.decode(None)
    return np.asarray(decoded[0].to_ndarray(format="bgr24"), np.uint8)


def _direction(angle: float) -> NDArray[np.float64]:
    return np.array([np.cos(angle), np.sin(angle)])


def _capsule(
    mask: Image, start: NDArray[np.float64], end: NDArray[np.float64], radius: float
) -> None:
    cv2.line(mask, _pixel(start), _pixel(end), 255, max(1, round(2 * radius)))
    cv2.circle(mask, _pixel(end), max(1, round(radius)), 255, -1)


def _pixel(point: NDArray[np.float64]) -> tuple[int, int]:
    return round(float(point[0])), round(float(point[1]))
