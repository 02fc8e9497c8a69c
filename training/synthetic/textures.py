"""Cloth patterns, clutter and noise fields, each made from an integer and kept in a cache."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from training.synthetic.geometry import Array

SIZE = 384
CLOTHS = 150


@lru_cache(maxsize=256)
def noise_field(number: int, slope: float = 1.6, size: int = SIZE) -> Array:
    """Return 1/f^slope noise (size, size), mean 0, deviation 1, seamless at the borders."""
    rng = np.random.default_rng([7, number])
    frequency = np.hypot(*np.meshgrid(np.fft.rfftfreq(size), np.fft.fftfreq(size)))
    frequency[0, 0] = 1
    spectrum = np.fft.rfft2(rng.standard_normal((size, size))) / frequency**slope
    spectrum[0, 0] = 0
    field = np.fft.irfft2(spectrum, s=(size, size))
    return (field / field.std()).astype(np.float32)


@lru_cache(maxsize=64)
def fold_field(number: int) -> Array:
    """Return folds of lying cloth (size, size), about -1 to 1: warped ridges of few directions."""
    rng = np.random.default_rng([11, number])
    y, x = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32) / SIZE
    total = np.zeros((SIZE, SIZE), np.float32)
    for _ in range(int(rng.integers(3, 6))):
        warp = 0.06 * noise_field(int(rng.integers(40)), 2.2)
        kx, ky = rng.integers(-4, 5, 2)
        phase = 2 * np.pi * (kx * x + ky * y + warp * 2.0 + rng.uniform())
        ridge = 1 - np.abs(np.sin(phase)) ** 0.7
        mask = 1 / (1 + np.exp(-2.5 * noise_field(int(rng.integers(40)), 2.0)))
        total += rng.uniform(0.3, 1) * ridge.astype(np.float32) * mask
    total += 0.25 * noise_field(int(rng.integers(40)), 2.2)
    return cv2.GaussianBlur(total - total.mean(), (0, 0), 2.0).astype(np.float32)


def _colour(rng: np.random.Generator, pale: float) -> Array:
    """Draw a BGR colour 0..1; ``pale`` 1 gives near white, 0 saturated."""
    hue, saturation, value = rng.uniform(0, 180), rng.uniform(0, 255), rng.uniform(60, 255)
    saturation *= 1 - 0.85 * pale
    value = value * (1 - pale) + 240 * pale
    pixel = np.uint8([[[hue, saturation, value]]])
    return cv2.cvtColor(pixel, cv2.COLOR_HSV2BGR)[0, 0].astype(np.float32) / 255


def _mask(rng: np.random.Generator, kind: str) -> Array:
    """Draw a pattern mask (size, size), 0..1."""
    y, x = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32) / SIZE
    n = float(rng.integers(4, 22))
    edge = rng.uniform(4, 20)
    if kind == "stripes":
        wave = np.sin(2 * np.pi * n * (x if rng.uniform() < 0.5 else y))
    elif kind == "checks":
        wave = np.sin(2 * np.pi * n * x) * 0.6 + np.sin(2 * np.pi * n * y) * 0.6
    elif kind == "dots":
        wave = np.sin(2 * np.pi * n * x) * np.sin(2 * np.pi * n * y) - rng.uniform(0.2, 0.7)
    elif kind == "blobs":
        wave = noise_field(int(rng.integers(60)), 1.4) - rng.uniform(0.2, 1.2)
    else:
        return np.zeros((SIZE, SIZE), np.float32)
    return (1 / (1 + np.exp(-edge * wave))).astype(np.float32)


def _prints(rng: np.random.Generator, cloth: Array) -> None:
    """Scatter small figures (rings, stars, ellipses) over a cloth, in place."""
    for _ in range(int(rng.integers(20, 70))):
        colour = tuple(float(v) for v in _colour(rng, rng.uniform(0, 0.5)))
        x, y = (int(v) for v in rng.integers(0, SIZE, 2))
        size = int(rng.integers(6, 26))
        if rng.uniform() < 0.5:
            axes = (size, max(2, int(size * rng.uniform(0.3, 1))))
            width = -1 if rng.uniform() < 0.6 else 2
            cv2.ellipse(
                cloth, (x, y), axes, rng.uniform(0, 180), 0, 360, colour, width, cv2.LINE_AA
            )
        else:
            angle = np.arange(10) * np.pi / 5
            radius = size * np.where(np.arange(10) % 2, 0.45, 1.0)
            points = np.stack([x + radius * np.cos(angle), y + radius * np.sin(angle)], 1)
            cv2.fillPoly(cloth, [points.astype(np.int32)], colour, cv2.LINE_AA)


def any_cloth(rng: np.random.Generator) -> int:
    """Draw the number of a cloth from the wardrobe of :data:`CLOTHS`."""
    return int(rng.integers(CLOTHS))


def ward_cloth(rng: np.random.Generator, *, loud: float = 0.2) -> int:
    """Draw a cloth as wards have them: mostly pale; any other with the chance ``loud``."""
    pale = _pale_cloths()
    return any_cloth(rng) if rng.uniform() < loud else int(pale[rng.integers(len(pale))])


@lru_cache(maxsize=1)
def _pale_cloths() -> tuple[int, ...]:
    """Return the numbers of the cloths that are pale and neither cluttered nor printed."""
    plans = {number: _plan(np.random.default_rng([13, number])) for number in range(CLOTHS)}
    calm = ("plain", "stripes", "dots")
    return tuple(n for n, (kind, pale) in plans.items() if kind in calm and pale > 0.6)


def _plan(rng: np.random.Generator) -> tuple[str, float]:
    """Draw what kind of cloth it is and how pale, 0..1: the first that its generator gives."""
    kinds = ["plain", "stripes", "checks", "dots", "blobs", "prints", "clutter"]
    kind = str(rng.choice(kinds, p=[0.34, 0.12, 0.08, 0.1, 0.1, 0.16, 0.1]))
    return kind, float(rng.choice([rng.uniform(0.7, 1), rng.uniform(0, 0.7)]))


@lru_cache(maxsize=160)
def cloth(number: int) -> Array:
    """Return a cloth (size, size, 3), BGR 0..1: white linen, towel, stripes, checks, prints."""
    rng = np.random.default_rng([13, number])
    kind, pale = _plan(rng)
    base = np.broadcast_to(_colour(rng, pale), (SIZE, SIZE, 3)).copy()
    if kind == "clutter":
        grain = rng.uniform(0.03, 0.2)
        base += 0.12 * noise_field(int(rng.integers(60)), 1.5)[..., None]
        for channel in range(3):
            base[..., channel] += grain * noise_field(
                int(rng.integers(60)), float(rng.choice([1.0, 1.4, 1.8]))
            )
    else:
        mask = _mask(rng, kind)[..., None]
        base = base * (1 - mask) + _colour(rng, rng.uniform(0, 1)) * mask
        if kind == "prints":
            _prints(rng, base)
    weave = noise_field(int(rng.integers(20)), 0.3)
    base *= 1 + rng.uniform(0.01, 0.06) * weave[..., None]
    base *= 1 + 0.04 * noise_field(int(rng.integers(60)), 1.8)[..., None]
    return np.clip(base, 0.01, 1).astype(np.float32)


def lay(
    texture: Array, size_hw: tuple[int, int], scale: float, angle_rad: float, shift_xy: Array
) -> Array:
    """Sample a seamless texture over a picture; ``scale`` is picture pixels per texture pixel."""
    c, s = np.cos(angle_rad) / scale, np.sin(angle_rad) / scale
    matrix = np.array([[c, -s, shift_xy[0] + SIZE], [s, c, shift_xy[1] + SIZE]], np.float32)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(texture, matrix, size_hw[::-1], flags=flags, borderMode=cv2.BORDER_WRAP)


def lay_random(
    texture: Array, size_hw: tuple[int, int], scale: float, rng: np.random.Generator
) -> Array:
    """Sample a texture at a random place and angle."""
    return lay(texture, size_hw, scale, rng.uniform(0, 2 * np.pi), rng.uniform(0, SIZE, 2))
