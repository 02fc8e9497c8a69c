"""The camera: from the world in trunk lengths to the picture in pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.synthetic.geometry import Array, Cones, turn


@dataclass(frozen=True)
class View:
    """A camera over the cot.

    ``yaw`` turns the picture in its plane, ``tilt`` leans the camera away from straight above,
    towards ``azimuth``; ``distance`` is in trunk lengths (weak perspective: near things grow);
    ``scale`` is pixels per trunk length; ``centre`` (x, y) is where the world's origin falls.
    """

    size_hw: tuple[int, int]
    yaw_deg: float
    tilt_deg: float
    azimuth_deg: float
    distance: float
    scale: float
    centre: tuple[float, float]

    @property
    def rotation(self) -> Array:
        """Return the 3×3 matrix from world axes to picture axes (y down, z to the camera)."""
        azimuth = np.radians(self.azimuth_deg)
        lean = turn("z", azimuth) @ turn("x", np.radians(self.tilt_deg)) @ turn("z", -azimuth)
        flip = np.diag(np.array([1, -1, 1], np.float32))
        return flip @ turn("z", np.radians(self.yaw_deg)) @ lean

    def _magnified(self, points: Array) -> tuple[Array, Array]:
        turned = points @ self.rotation.T
        growth = 1 / np.maximum(1 - turned[..., 2:] / self.distance, 0.3)
        return turned, growth

    def project(self, points: Array) -> Array:
        """Return (..., 3): x, y in pixels (pixel centres are whole numbers), z in pixels."""
        turned, growth = self._magnified(points)
        pixels = turned * growth * self.scale
        pixels[..., 2] = turned[..., 2] * self.scale
        pixels[..., 0] += self.centre[0]
        pixels[..., 1] += self.centre[1]
        return pixels.astype(np.float32)

    def cones(self, cones: Cones) -> Cones:
        """Return cones in picture pixels."""
        _, growth_a = self._magnified(cones.a)
        _, growth_b = self._magnified(cones.b)
        return Cones(
            self.project(cones.a),
            self.project(cones.b),
            (cones.radius_a * self.scale * growth_a[:, 0]).astype(np.float32),
            (cones.radius_b * self.scale * growth_b[:, 0]).astype(np.float32),
            cones.part,
        )

    def ground(self) -> Array:
        """Return the height (H, W) in pixels of the mattress plane."""
        normal = self.rotation[:, 2]
        height, width = self.size_hw
        y, x = np.mgrid[0:height, 0:width].astype(np.float32)
        slope = (-normal / max(float(normal[2]), 0.2)).astype(np.float32)
        plane = slope[0] * (x - self.centre[0]) + slope[1] * (y - self.centre[1])
        return plane.astype(np.float32)


def framed(view: View, cones: Cones, fill: float, offset_xy: Array) -> View:
    """Return the view moved and scaled so that the cones fill ``fill`` of the picture's short side.

    ``offset_xy`` shifts the infant off the centre, as a fraction of the picture.
    """
    low, high = bounds(view, cones)
    short = min(view.size_hw)
    scale = view.scale * fill * short / max(float((high - low).max()), 1e-3)
    middle = (0.5 * (low + high) - np.array(view.centre)) * scale / view.scale
    size_wh = np.array(view.size_hw[::-1], np.float64)
    centre = size_wh / 2 - 0.5 - middle + offset_xy * size_wh
    return View(
        view.size_hw,
        view.yaw_deg,
        view.tilt_deg,
        view.azimuth_deg,
        view.distance,
        scale,
        (float(centre[0]), float(centre[1])),
    )


def bounds(view: View, cones: Cones) -> tuple[Array, Array]:
    """Return the corners (low, high) in pixels of the cones' silhouettes."""
    seen = view.cones(cones)
    ends = np.concatenate([seen.a[:, :2], seen.b[:, :2]])
    radius = np.concatenate([seen.radius_a, seen.radius_b])[:, None]
    return (ends - radius).min(0), (ends + radius).max(0)
