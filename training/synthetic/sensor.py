"""What a cot camera's sensor and its electronics make of the light: grain, halos, lost colour.

Photons come at random, so the deviation of what a pixel counts grows with the root of the light
(shot noise); the electronics add as much everywhere (read noise) and each column its own offset.
Red and blue are counted by every fourth pixel and spread over the rest. Then the camera sharpens,
and keeps colour at half the resolution (4:2:0).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from training.synthetic.geometry import Array


@dataclass(frozen=True)
class Sensor:
    """One camera: ``read`` and ``shot`` deviations at full light, 0..1; ``halo`` of sharpening."""

    read: float
    shot: float
    columns: float
    halo: float
    halo_px: float
    half_colour: bool
    soft: bool
    mono: bool

    @staticmethod
    def drawn(rng: np.random.Generator, noise: float, *, mono: bool) -> Sensor:
        """Draw a camera of so much ``noise`` (deviation at middle grey, 0..1)."""
        return Sensor(
            read=noise * float(rng.uniform(0.2, 0.7)),
            shot=noise * float(rng.uniform(0.7, 1.6)),
            columns=noise * float(rng.choice([0.0, 0.12, 0.3], p=[0.5, 0.35, 0.15])),
            halo=float(rng.choice([0.0, rng.uniform(0.2, 0.6), rng.uniform(0.6, 1.3)])),
            halo_px=float(rng.uniform(0.7, 1.5)),
            half_colour=bool(rng.uniform() < 0.8),
            soft=bool(rng.uniform() < 0.4),
            mono=mono,
        )

    def counted(
        self, light: Array, fixed: np.random.Generator, frame: np.random.Generator
    ) -> Array:
        """Return linear light (H, W, 3) with the sensor's noise.

        ``fixed`` is the camera's own generator (the same in every frame), ``frame`` the frame's.
        """
        height, width = light.shape[:2]
        grain = self._grain(frame, height, width)
        column = fixed.standard_normal((1, width, 1), np.float32) * np.float32(self.columns)
        level = np.sqrt(np.clip(light, 0, 1))
        return light + grain * (self.read + self.shot * level).astype(np.float32) + column

    def _grain(self, rng: np.random.Generator, height: int, width: int) -> Array:
        if self.mono:
            grain = rng.standard_normal((height, width, 1), np.float32)
        else:
            grain = rng.standard_normal((height, width, 3), np.float32)
            half = (-(-height // 2), -(-width // 2), 2)
            few = rng.standard_normal(half, np.float32)
            spread = cv2.resize(few, (2 * half[1], 2 * half[0]), interpolation=cv2.INTER_LINEAR)
            grain[..., ::2] = spread[:height, :width]
        if self.soft:
            grain = cv2.GaussianBlur(grain, (0, 0), 0.8).reshape(grain.shape) * np.float32(1.8)
        return grain

    def finished(self, toned: Array) -> Array:
        """Return the toned picture (H, W, 3), 0..1, sharpened and with its colour thinned out."""
        if not self.half_colour and not self.halo:
            return toned
        split = cv2.cvtColor(toned, cv2.COLOR_BGR2YCrCb)
        bright, colour = split[..., :1], np.ascontiguousarray(split[..., 1:])
        if self.halo:
            wide = cv2.GaussianBlur(bright, (0, 0), self.halo_px)[..., None]
            bright = bright + np.float32(self.halo) * (bright - wide)
        if self.half_colour:
            few = cv2.resize(colour, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
            colour = cv2.resize(few, colour.shape[1::-1], interpolation=cv2.INTER_LINEAR)
        return cv2.cvtColor(np.concatenate([bright, colour], -1), cv2.COLOR_YCrCb2BGR)
