"""Tell when somebody's hands are at the infant: a moving thing that reaches in from the border.

On a small grey picture, what differs from a slowly renewed background and is not the infant (a
band around its last keypoints) is gathered into patches. A patch that comes from the border of the
picture, reaches the infant and has moved lately is a hand or an arm; so is a very large moving
patch in the cot. What lies still melts into the background. Ours; limits were tuned on rendered
clips and measured on others (tests/benchmarks/handling.py). It sees no hand that is as bright as
what lies under it, and takes a toy or a blanket that somebody pushes in for a hand.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.confidence import without_missing
from pipeline.skeleton import INFANT13
from pipeline.types import ImageArray, Pose

# Hands are there for seconds; a tenth of one is as good as every frame, at a third of the cost.
_LOOK_EVERY_S = 0.095
_LEAST_DIFFERENCE = 14.0
_NOISE_TIMES = 5.0
_BEFORE_S = 0.35
_BACKGROUND_S, _FOREGROUND_S = 20.0, 300.0
_LIGHTS_SHARE = 0.6
_REACHING_SHARE, _LARGE_SHARE = 0.012, 0.10
# While the infant is not found its own limbs may be taken for hands: only large ones count.
_BLIND_SHARE = 0.05
_MOVED_SHARE = 0.04
_MOVED_MEMORY_S = 4.0
_ONSET_S, _RELEASE_S = 0.15, 0.8
_BAND_TRUNKS, _HEAD_TRUNKS, _NEAR_TRUNKS = 0.24, 0.42, 0.45
_POSE_MEMORY_S = 20.0

Grey = NDArray[np.float32]
Mask = NDArray[np.uint8]
Pixels = NDArray[np.bool_]
_SHOULDERS = [INFANT13.index("left_shoulder"), INFANT13.index("right_shoulder")]
_HIPS = [INFANT13.index("left_hip"), INFANT13.index("right_hip")]


@dataclass(slots=True)
class HandlingWatch:
    """Watch one cot's pictures for other people's hands; call ``check`` with every frame."""

    _background: Grey | None = None
    _before: list[tuple[int, Grey]] = field(default_factory=list)
    _moved_us: Grey | None = None
    _infant: tuple[int, Mask, Mask] | None = None
    _last_us: int = 0
    _handled: bool = False
    _since_us: int | None = None
    _seen_us: int | None = None

    def check(self, grey: ImageArray, scale: float, pose: Pose, time_us: int) -> bool:
        """Take a small grey picture and the frame's pose; tell whether the infant is handled.

        ``scale``: small pixels a picture pixel. Times are the stream's; one that goes back or
        leaps by over 10 s starts anew. Frames closer than 0.1 s to the last one looked at are given
        its answer.
        """
        gap_s = (time_us - self._last_us) / 1e6
        if self._background is not None and 0 <= gap_s < _LOOK_EVERY_S:
            return self._handled
        self._handled = self._look(grey, scale, pose, time_us, gap_s)
        return self._handled

    def _look(self, grey: ImageArray, scale: float, pose: Pose, time_us: int, gap_s: float) -> bool:
        half = cv2.resize(grey, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        now, scale = cv2.blur(half, (3, 3)).astype(np.float32), scale / 2
        self._last_us = time_us
        if self._background is None or self._background.shape != now.shape or not 0 < gap_s < 10:
            self._begin(now)
            return False
        self._remember_infant(pose, scale, now.shape, time_us)
        patches = self._patches(now, time_us)
        self._renew(now, patches, gap_s)
        return self._settled(patches is not None and bool(patches.any()), time_us)

    def reset(self) -> None:
        """Forget the past: another camera or resolution, a moved camera."""
        self._background = self._infant = self._since_us = self._seen_us = None
        self._handled = False

    def _begin(self, now: Grey) -> None:
        self.reset()
        self._background = now.copy()
        self._before = [(self._last_us, now)]
        self._moved_us = np.full(now.shape, -np.inf, np.float32)

    def _remember_infant(
        self, pose: Pose, scale: float, shape: tuple[int, ...], time_us: int
    ) -> None:
        points = without_missing(pose.keypoints_kc, pose.scores_k)
        trunk = points[_SHOULDERS].mean(axis=0) - points[_HIPS].mean(axis=0)
        length = float(np.hypot(*trunk)) * scale
        if math.isfinite(length) and length > 2:
            body = _Body(points * scale)
            own = body.drawn(_BAND_TRUNKS * length, _HEAD_TRUNKS * length, shape)
            wide, head = _NEAR_TRUNKS + _BAND_TRUNKS, _NEAR_TRUNKS + _HEAD_TRUNKS
            near = body.drawn(wide * length, head * length, shape)
            self._infant = (time_us, own, near)

    def _patches(self, now: Grey, time_us: int) -> Mask | None:
        """Return the patches (1) that are hands; None where the light changed all over."""
        background, moved_us = self._background, self._moved_us
        if background is None or moved_us is None:
            return None
        away = now - background
        away -= float(np.median(away))
        size = np.abs(away)
        limit = max(_LEAST_DIFFERENCE, _NOISE_TIMES * float(np.median(size)))
        differs = (size > limit).astype(np.uint8)
        self._note_moves(now, limit, time_us)
        if differs.mean() > _LIGHTS_SHARE:
            self._begin(now)
            return None
        own, near = self._places(now.shape, time_us)
        differs[own > 0] = 0
        differs = cv2.morphologyEx(differs, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
        count, labels, stats, _ = cv2.connectedComponentsWithStats(differs)
        recent = moved_us >= time_us / 1e6 - _MOVED_MEMORY_S
        hands = np.zeros(now.shape, np.uint8)
        for label in range(1, count):
            if self._is_hand(labels == label, stats[label], near, recent):
                hands[labels == label] = 1
        return hands

    def _note_moves(self, now: Grey, limit: float, time_us: int) -> None:
        while len(self._before) > 1 and time_us - self._before[1][0] >= _BEFORE_S * 1e6:
            self._before.pop(0)
        if self._moved_us is not None:
            self._moved_us[np.abs(now - self._before[0][1]) > limit] = time_us / 1e6
        self._before.append((time_us, now))

    def _places(self, shape: tuple[int, ...], time_us: int) -> tuple[Mask, Mask]:
        """Return where the infant is and what is near it; all is near while it is not known."""
        if self._infant is not None and time_us - self._infant[0] < _POSE_MEMORY_S * 1e6:
            return self._infant[1], self._infant[2]
        return np.zeros(shape, np.uint8), np.ones(shape, np.uint8)

    def _is_hand(
        self,
        patch: NDArray[np.bool_],
        stats: NDArray[np.int32],
        near: Mask,
        recent: NDArray[np.bool_],
    ) -> bool:
        x, y, width, height, area = (int(value) for value in stats)
        share = area / patch.size
        least = _BLIND_SHARE if near.all() else _REACHING_SHARE
        if share < least or float(recent[patch].mean()) < _MOVED_SHARE:
            return False
        rows, columns = patch.shape
        at_border = x <= 1 or y <= 1 or x + width >= columns - 1 or y + height >= rows - 1
        reaches = bool(near[patch].any())
        return reaches and (at_border or share >= _LARGE_SHARE)

    def _renew(self, now: Grey, patches: Mask | None, gap_s: float) -> None:
        if self._background is None:
            return
        share = np.full(now.shape, -math.expm1(-gap_s / _BACKGROUND_S), np.float32)
        if patches is not None:
            share[patches > 0] = -math.expm1(-gap_s / _FOREGROUND_S)
        self._background += share * (now - self._background)

    def _settled(self, seen: bool, time_us: int) -> bool:
        """Tell whether hands have been seen for 0.15 s, or were within the last 0.8 s."""
        if seen:
            self._since_us = time_us if self._since_us is None else self._since_us
            if time_us - self._since_us >= _ONSET_S * 1e6:
                self._seen_us = time_us
        else:
            self._since_us = None
        return self._seen_us is not None and time_us - self._seen_us < _RELEASE_S * 1e6


class _Body:
    """An infant's known points (K, 2) in small pixels, ready to be drawn."""

    def __init__(self, points_kc: NDArray[np.floating]) -> None:
        known = np.isfinite(points_kc).all(axis=1)
        whole = np.where(known[:, None], points_kc, 0).round().astype(np.int32)
        self._points = {k: tuple(xy) for k, xy in enumerate(whole.tolist()) if known[k]}
        corners = [_SHOULDERS[0], _SHOULDERS[1], _HIPS[1], _HIPS[0]]
        self._trunk = whole[corners] if known[corners].all() else None

    def drawn(self, limb_px: float, head_px: float, shape: tuple[int, ...]) -> Mask:
        """Draw it (1) as lines that reach ``limb_px`` to each side, with a disc at the nose."""
        mask, points = np.zeros(shape, np.uint8), self._points
        thick = max(1, round(2 * limb_px))
        for a, b in INFANT13.limb_indices:
            if a in points and b in points:
                cv2.line(mask, points[a], points[b], 1, thick)
        for k, centre in points.items():
            cv2.circle(mask, centre, round(head_px if k == 0 else limb_px), 1, -1)
        if self._trunk is not None:
            cv2.fillConvexPoly(mask, self._trunk, 1)
        return mask
