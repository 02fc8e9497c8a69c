"""What travels through the pipeline: a frame, its flags, a pose.

Pictures are ``uint8`` arrays of axes (height, width, channel) in OpenCV's blue-green-red order.
Keypoints are in picture pixels, x to the right and y down, (0, 0) being the centre of the
top-left pixel. NaN coordinates mean "absent"; the frame's flags say why.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

ImageArray: TypeAlias = NDArray[np.uint8]
FloatArray: TypeAlias = NDArray[np.float32] | NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]


class FrameFlag(IntFlag):
    """What is known about one frame; stored with it as an unsigned 16-bit number."""

    NONE = 0
    NO_INFANT = 1
    LENS_COVERED = 2
    FROZEN = 4
    TOO_DARK = 8
    BLURRED = 16
    CAMERA_MOVED = 32
    HANDLED = 64
    MODEL_REJECTED = 128
    CROP_FALLBACK = 256

    @property
    def blocks_pose(self) -> bool:
        """Tell whether a frame so flagged carries no pose (its keypoints are NaN)."""
        return bool(self & _BLOCKS_POSE)

    @property
    def blocks_movement(self) -> bool:
        """Tell whether no movement is computed over a frame so flagged."""
        return bool(self & (_BLOCKS_POSE | _BLOCKS_MOVEMENT))


_BLOCKS_POSE = (
    FrameFlag.NO_INFANT | FrameFlag.LENS_COVERED | FrameFlag.TOO_DARK | FrameFlag.MODEL_REJECTED
)
_BLOCKS_MOVEMENT = FrameFlag.FROZEN | FrameFlag.CAMERA_MOVED | FrameFlag.HANDLED

FLAG_WORDS = {
    FrameFlag.NO_INFANT: "no infant seen",
    FrameFlag.LENS_COVERED: "lens covered",
    FrameFlag.FROZEN: "picture frozen",
    FrameFlag.TOO_DARK: "too dark",
    FrameFlag.BLURRED: "blurred",
    FrameFlag.CAMERA_MOVED: "camera moved",
    FrameFlag.HANDLED: "being handled",
    FrameFlag.MODEL_REJECTED: "model output rejected",
    FrameFlag.CROP_FALLBACK: "looking at the whole cot",
}


def flag_texts(flags_t: NDArray[np.uint16]) -> list[str | None]:
    """Return each frame's flags (T,) in words, None where it has none."""
    words = {
        value: ", ".join(word for flag, word in FLAG_WORDS.items() if FrameFlag(value) & flag)
        for value in np.unique(flags_t).tolist()
    }
    return [words[value] or None for value in flags_t.tolist()]


@dataclass(frozen=True, slots=True)
class Frame:
    """One decoded picture with its times.

    ``stream_us``: presentation time on the stream's own clock, integer µs, strictly rising within
    a segment. ``arrival_us``: UTC at arrival, integer µs. ``arrival_ns``: ``time.monotonic_ns()``
    at arrival (comparable across processes of one machine). ``sequence`` counts published frames
    of a capture process from 0; ``segment`` rises by one at each restart, long gap or change of
    resolution.
    """

    image_hwc: ImageArray
    stream_us: int
    arrival_us: int
    arrival_ns: int
    sequence: int
    segment: int

    @property
    def size_wh(self) -> tuple[int, int]:
        """Return (width, height) in pixels."""
        return self.image_hwc.shape[1], self.image_hwc.shape[0]


@dataclass(frozen=True, slots=True)
class Rectangle:
    """An upright rectangle in picture pixels: left, top, width, height."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Pose:
    """The estimate of one frame.

    ``keypoints_kc``: (K, 2) float32, x and y in picture pixels, NaN where absent.
    ``scores_k``: (K,) float32 in 0..1, 0 where absent.
    """

    keypoints_kc: NDArray[np.float32]
    scores_k: NDArray[np.float32]
    flags: FrameFlag

    @classmethod
    def absent(cls, n_keypoints: int, flags: FrameFlag) -> Pose:
        """Make the pose of a frame without one: all NaN, scores zero, the reason in ``flags``."""
        keypoints_kc = np.full((n_keypoints, 2), np.nan, np.float32)
        return cls(keypoints_kc, np.zeros(n_keypoints, np.float32), flags)
