"""Cot scenes as a camera sees them: texture, bars, an infant of limbs, sensor noise, JPEG."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from pipeline.skeleton import INFANT13
from tests.support.tiny_models import standing_body

WIDTH, HEIGHT = 640, 360
SKIN = (150, 170, 215)
_BANK = 8


@lru_cache(maxsize=2)
def _cot(seed: int) -> np.ndarray:
    generator = np.random.default_rng(seed)
    coarse = generator.integers(160, 195, (12, 20, 1), np.uint8).repeat(3, axis=2)
    picture = cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    for x in range(20, WIDTH, 55):
        cv2.line(picture, (x, 0), (x, 30), (90, 110, 130), 7, cv2.LINE_AA)
        cv2.line(picture, (x, HEIGHT - 30), (x, HEIGHT), (90, 110, 130), 7, cv2.LINE_AA)
    for _ in range(60):
        x, y = generator.integers(0, WIDTH), generator.integers(30, HEIGHT - 30)
        colour = tuple(int(c) for c in generator.integers(110, 230, 3))
        cv2.circle(picture, (int(x), int(y)), int(generator.integers(2, 6)), colour, -1)
    cv2.rectangle(picture, (540, 60), (590, 110), (40, 60, 180), -1)
    cv2.ellipse(picture, (70, 250), (40, 70), 30, 0, 200, (60, 60, 60), 3, cv2.LINE_AA)
    return picture


def cot(seed: int = 0) -> np.ndarray:
    """Return an empty cot: a patterned sheet, bars, a toy, a cable."""
    return _cot(seed).copy()


def with_infant(
    picture: np.ndarray, time_s: float = 0.0, trunk: float = 100.0, x: float = 320, y: float = 185
) -> np.ndarray:
    """Lay a moving infant into a scene: arms and legs swing, the trunk breathes."""
    body = standing_body((x, y), trunk * (1 + 0.01 * np.sin(4 * time_s)), 0.2)
    for name, reach, hz in (
        ("left_wrist", 0.4, 0.9), ("right_wrist", 0.3, 0.7), ("left_ankle", 0.3, 1.1),
        ("right_ankle", 0.25, 0.5), ("left_elbow", 0.15, 0.9), ("right_knee", 0.15, 0.5),
    ):  # fmt: skip
        swing = np.sin(2 * np.pi * hz * time_s) * reach * trunk
        body[INFANT13.index(name)] += (swing, 0.6 * swing)
    picture = picture.copy()
    torso = body[[1, 2, 8, 7]].round().astype(np.int32)
    cv2.fillConvexPoly(picture, torso, (200, 190, 120), cv2.LINE_AA)
    for a, b in INFANT13.limb_indices:
        start, end = (tuple(int(v) for v in body[i].round()) for i in (a, b))
        cv2.line(picture, start, end, SKIN, int(trunk * 0.22), cv2.LINE_AA)
    nose = tuple(int(v) for v in body[0].round())
    cv2.circle(picture, nose, int(trunk * 0.35), SKIN, -1, cv2.LINE_AA)
    cv2.circle(picture, nose, int(trunk * 0.05), (100, 110, 160), -1, cv2.LINE_AA)
    return picture


def with_arm(picture, reach, wobble=0.0):
    """Let an arm in a sleeve reach in from above; at 1 its hand is on the infant's chest."""
    tip = (round(330 + 12 * wobble), round(-60 + 240 * reach))
    out = picture.copy()
    cv2.line(out, (360, -100), tip, (60, 40, 20), 55, cv2.LINE_AA)
    cv2.circle(out, tip, 32, (120, 150, 230), -1, cv2.LINE_AA)
    return out


@lru_cache(maxsize=8)
def _noise(size_hw: tuple[int, int], noise: float) -> np.ndarray:
    generator = np.random.default_rng(7)
    fields = generator.normal(0, noise, (_BANK, *size_hw, 1)).round().astype(np.int16)
    return fields.repeat(3, axis=3)


def shot(picture: np.ndarray, seed: int = 0, noise: float = 3.0) -> np.ndarray:
    """Take the picture with a camera: sensor noise (one of eight, shifted) and JPEG."""
    field = np.roll(_noise(picture.shape[:2], noise)[seed % _BANK], 37 * (seed // _BANK), axis=1)
    noisy = np.clip(picture.astype(np.int16) + field, 0, 255).astype(np.uint8)
    return cv2.imdecode(cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, 80])[1], 1)


def moved(
    picture: np.ndarray, dx: float = 0, dy: float = 0, angle_deg: float = 0, zoom: float = 1
) -> np.ndarray:
    """Show the scene as a camera sees it that was pushed (pixels), turned or zoomed."""
    matrix = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), angle_deg, zoom)
    matrix[:, 2] += (dx, dy)
    return cv2.warpAffine(picture, matrix, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT)
