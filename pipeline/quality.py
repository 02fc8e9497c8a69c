"""Judge each picture cheaply: covered, dark, frozen, blurred; with its pose, handled.

Everything is measured on a small grey picture (about 160 pixels wide, the green channel sampled),
so one frame costs a few tenths of a millisecond whatever the camera. Whether the camera itself was
moved is judged once a second by pipeline/camera_motion.py; whether hands are at the infant, once
the pose is known, by pipeline/handling.py. Thresholds are ours, in grey levels.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from cv2.typing import MatLike

from pipeline.camera_motion import CameraMotion
from pipeline.handling import HandlingWatch
from pipeline.types import FrameFlag, ImageArray, Pose

_SAMPLED_WIDTH = 320
_FROZEN_AFTER_S = 5.0

_EDGE_SHARE = 0.99
_NO_EDGES = 3
_NOISE_AS_EDGES = 1.6
_BRIGHT_SHARE = 0.99
_DARK, _BLACK = 32, 12

_BLURRED_SHARE = 0.35
_BLURRED_AFTER_S = 1.0
_SHARPNESS_FLOOR = 1e-4
_SHARPNESS_MEMORY_S, _BLURRED_MEMORY_S = 60.0, 900.0
_CONTRAST_FLOOR = 25.0


@dataclass(frozen=True, slots=True)
class Glance:
    """What is kept of a picture until its pose is known: (h, w) grey, small pixels a pixel, µs."""

    grey: ImageArray
    scale: float
    time_us: int


@dataclass(slots=True)
class QualityWatch:
    """Watch one camera's pictures; call ``check`` with every frame, in order.

    ``glance``: of the frame last checked; None where nothing can be seen in it.
    """

    camera: CameraMotion = field(default_factory=CameraMotion)
    handling: HandlingWatch = field(default_factory=HandlingWatch)
    glance: Glance | None = None
    _sampled: ImageArray | None = None
    _last_us: int | None = None
    _same_since_us: int | None = None
    _log_sharpness: float | None = None
    _blurred_since_us: int | None = None

    def check(self, image_hwc: ImageArray, time_us: int) -> FrameFlag:
        """Return the flags of one (H, W, 3) picture at its stream time."""
        gap_s = 0.0 if self._last_us is None else (time_us - self._last_us) / 1e6
        if gap_s < 0:
            self._same_since_us = self._blurred_since_us = None
            gap_s = 0.0
        self._last_us, self.glance = time_us, None
        sampled = _sampled(image_hwc)
        flags = FrameFlag.FROZEN if self._is_frozen(sampled, time_us) else FrameFlag.NONE
        grey = np.asarray(
            cv2.resize(sampled, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8
        )
        unusable = _covered_or_dark(grey)
        if unusable:
            return flags | unusable
        if self._is_blurred(grey, time_us, gap_s):
            flags |= FrameFlag.BLURRED
        if self.camera.check(grey, time_us):
            return flags | FrameFlag.CAMERA_MOVED
        self.glance = Glance(grey, grey.shape[1] / image_hwc.shape[1], time_us)
        return flags

    def with_hands(self, pose: Pose, glance: Glance | None) -> Pose:
        """Return a pose, flagged where other people's hands are at the infant; poses in order.

        ``glance``: what ``check`` kept of its picture.
        """
        if pose.flags & FrameFlag.CAMERA_MOVED:
            self.handling.reset()
        if glance is None:
            return pose
        handled = self.handling.check(glance.grey, glance.scale, pose, glance.time_us)
        return replace(pose, flags=pose.flags | FrameFlag.HANDLED) if handled else pose

    def reset(self) -> None:
        """Forget the past: another camera, or another resolution."""
        self.camera.reset()
        self.handling.reset()
        self.glance = None
        self._sampled = self._last_us = self._same_since_us = None
        self._log_sharpness = self._blurred_since_us = None

    def _is_frozen(self, sampled: ImageArray, time_us: int) -> bool:
        """Tell whether the picture has been the same, bit for bit, for 5 s of stream time."""
        same = self._sampled is not None and np.array_equal(sampled, self._sampled)
        if not same or self._same_since_us is None:
            self._sampled, self._same_since_us = sampled, time_us
            return False
        return time_us - self._same_since_us >= _FROZEN_AFTER_S * 1e6

    def _is_blurred(self, grey: ImageArray, time_us: int, gap_s: float) -> bool:
        """Tell whether fine detail has been far below this scene's own for a second."""
        now = math.log(max(_sharpness(grey), _SHARPNESS_FLOOR))
        usual = now if self._log_sharpness is None else self._log_sharpness
        blurred = now < usual + math.log(_BLURRED_SHARE) or now <= math.log(_SHARPNESS_FLOOR)
        memory_s = _BLURRED_MEMORY_S if blurred else _SHARPNESS_MEMORY_S
        self._log_sharpness = usual + (now - usual) * -math.expm1(-gap_s / memory_s)
        if not blurred:
            self._blurred_since_us = None
            return False
        if self._blurred_since_us is None:
            self._blurred_since_us = time_us
        return time_us - self._blurred_since_us >= _BLURRED_AFTER_S * 1e6


def _sampled(image_hwc: ImageArray) -> ImageArray:
    step = max(1, image_hwc.shape[1] // _SAMPLED_WIDTH)
    return np.ascontiguousarray(image_hwc[::step, ::step, 1])


def _covered_or_dark(grey: ImageArray) -> FrameFlag:
    """Find a lens without any edge before it, and a picture too dark to see in.

    A scene in focus has edges somewhere; a hand, a blanket or a cap before the lens has at most
    smooth shading and the sensor's noise.
    """
    smooth = cv2.blur(grey, (5, 5))
    bright = _level(smooth, _BRIGHT_SHARE)
    across = cv2.convertScaleAbs(cv2.Sobel(smooth, cv2.CV_16S, 1, 0, ksize=1))
    down = cv2.convertScaleAbs(cv2.Sobel(smooth, cv2.CV_16S, 0, 1, ksize=1))
    edges = _level(cv2.add(across, down), _EDGE_SHARE)
    noise = _level(cv2.absdiff(grey, smooth), 0.5)
    if edges <= max(_NO_EDGES, _NOISE_AS_EDGES * noise) or bright < _BLACK:
        return FrameFlag.LENS_COVERED
    return FrameFlag.TOO_DARK if bright < _DARK else FrameFlag.NONE


def _level(grey: MatLike, share: float) -> int:
    """Return the grey level that a share of the pixels does not exceed."""
    counts = np.cumsum(cv2.calcHist([grey], [0], None, [256], [0, 256]).ravel())
    return int(np.searchsorted(counts, share * counts[-1]))


def _sharpness(grey: ImageArray) -> float:
    """Return the variance of the Laplacian over that of the picture, so that dimming is no blur."""
    _, detail = cv2.meanStdDev(cv2.Laplacian(grey, cv2.CV_16S))
    _, contrast = cv2.meanStdDev(grey)
    return float(detail[0, 0] ** 2 / (contrast[0, 0] ** 2 + _CONTRAST_FLOOR))
