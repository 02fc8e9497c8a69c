"""Tell a moved camera from a moving infant: does most of the picture shift at once?

Once a second the edges of the small grey picture are compared, block by block, with a slowly
renewed reference, by phase correlation (Kuglin and Hines 1975). An infant moves some blocks; a
pushed camera moves most of those that have texture. Limits are ours.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.types import ImageArray

_CHECK_EVERY_S = 1.0
_BLOCKS_ACROSS, _BLOCKS_DOWN = 4, 3
_FEWEST_BLOCKS = 4
_MOVED_PX = 1.5
_STILL_PX = 0.7
_RESPONSE = 0.2
_WHOLE_RESPONSE = 0.12
_TEXTURE = 3.0
_MOVED_SHARE = 0.6
_CHECKS_TO_MOVE = 3
_CHECKS_TO_SETTLE = 5
_CHECKS_TO_GIVE_UP = 30
_RENEWAL = 0.03

Grey = NDArray[np.float32]


@dataclass(slots=True)
class CameraMotion:
    """Watch one camera's framing. ``moves`` counts the times it was found moved."""

    moves: int = 0
    _reference: Grey | None = None
    _previous: Grey | None = None
    _checked_us: int | None = None
    _moved: bool = False
    _run: int = 0
    _lost: int = 0
    _windows: dict[tuple[int, int], Grey] = field(default_factory=dict)

    def check(self, grey: ImageArray, time_us: int) -> bool:
        """Take one small grey picture; tell whether the camera is moving or was just moved.

        After a move the flag stays until the picture has been steady for 5 s; that framing is then
        the new reference.
        """
        last_us = self._checked_us
        if last_us is not None and 0 <= time_us - last_us < _CHECK_EVERY_S * 1e6:
            return self._moved
        self._checked_us = time_us
        edges = _edges(grey)
        if self._reference is None or self._reference.shape != edges.shape:
            self._reference = self._previous = edges
            return self._moved
        if self._moved:
            self._settle(edges)
        else:
            self._compare(edges)
        self._previous = edges
        return self._moved

    def reset(self) -> None:
        """Forget the framing: another camera or resolution."""
        self._reference = self._previous = self._checked_us = None
        self._moved, self._run, self._lost = False, 0, 0

    def _compare(self, edges: Grey) -> None:
        reference = self._reference
        if reference is None:
            return
        shifted, found = self._shifted(reference, edges, _MOVED_PX)
        self._run = self._run + 1 if shifted else 0
        self._lost = 0 if found else self._lost + 1
        if self._run >= _CHECKS_TO_MOVE:
            self._moved, self._run = True, 0
            self.moves += 1
        elif self._lost >= _CHECKS_TO_GIVE_UP:
            self._reference, self._lost = edges, 0
        elif not shifted and found:
            cv2.accumulateWeighted(edges, reference, _RENEWAL)

    def _settle(self, edges: Grey) -> None:
        if self._previous is None:
            return
        shifted, found = self._shifted(self._previous, edges, _STILL_PX)
        self._run = self._run + 1 if found and not shifted else 0
        if self._run >= _CHECKS_TO_SETTLE:
            self._reference, self._moved, self._run = edges.copy(), False, 0

    def _shifted(self, before: Grey, after: Grey, least_px: float) -> tuple[bool, bool]:
        """Return (most textured blocks shifted, the two pictures have anything in common)."""
        height, width = before.shape[0] // _BLOCKS_DOWN, before.shape[1] // _BLOCKS_ACROSS
        shifts_px = []
        textured = 0
        for row in range(_BLOCKS_DOWN):
            for column in range(_BLOCKS_ACROSS):
                y, x = row * height, column * width
                here = (slice(y, y + height), slice(x, x + width))
                if min(before[here].mean(), after[here].mean()) < _TEXTURE:
                    continue
                textured += 1
                shift_px, response = self._shift(before[here], after[here])
                if response >= _RESPONSE:
                    shifts_px.append(shift_px)
        if len(shifts_px) >= max(_FEWEST_BLOCKS, textured / 2):
            moved = sum(shift_px >= least_px for shift_px in shifts_px)
            return moved >= _MOVED_SHARE * len(shifts_px), True
        shift_px, response = self._shift(before, after)
        return response >= _WHOLE_RESPONSE and shift_px >= least_px, response >= _WHOLE_RESPONSE

    def _shift(self, before: Grey, after: Grey) -> tuple[float, float]:
        height, width = before.shape
        window = self._windows.get((width, height))
        if window is None:
            window = np.asarray(cv2.createHanningWindow((width, height), cv2.CV_32F), np.float32)
            self._windows[(width, height)] = window
        (dx, dy), response = cv2.phaseCorrelate(
            np.ascontiguousarray(before), np.ascontiguousarray(after), window
        )
        return float(np.hypot(dx, dy)), float(response)


def _edges(grey: ImageArray) -> Grey:
    smooth = cv2.GaussianBlur(grey, (3, 3), 0)
    across = cv2.Sobel(smooth, cv2.CV_32F, 1, 0, ksize=3)
    down = cv2.Sobel(smooth, cv2.CV_32F, 0, 1, ksize=3)
    return np.asarray(cv2.magnitude(across, down), np.float32)
