"""Where to look: the whole cot first, then after the infant, and back when it is lost.

A ``CropFollower`` never trusts itself for ever: every few seconds the whole cot is looked at again
in the same batch, and when the two looks disagree twice running, the whole cot's answer is taken.
Thresholds count present keypoints (pipeline/confidence.py); sizes are in trunks or crop shares.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pipeline.confidence import present, without_missing
from pipeline.models.crop import Crop, covering, with_aspect
from pipeline.models.manifest import CropSpec
from pipeline.skeleton import INFANT13
from pipeline.types import Rectangle

_SHOULDERS = [INFANT13.index("left_shoulder"), INFANT13.index("right_shoulder")]
_HIPS = [INFANT13.index("left_hip"), INFANT13.index("right_hip")]

# A blanket to the waist leaves 7 of 13 points, one to the chest 3 to 5.
_SHARE_TO_FOLLOW = 0.38
_SHARE_OF_A_BODY = 0.3
_DOUBTFUL_RELOOK_S = 2.0
_SHARE_WITHOUT_DOUBT = 0.75
_LOOKS_IF_SURER, _LOOKS_IF_NOT = 2, 5
_AGREE_WITHIN_BODY = 0.35

_FLESH = 0.15
_DEAD_BAND = 0.06
_JUMP = 0.2
_SIZE_BAND = 1.15
_ANGLE_BAND_RAD = math.radians(20)
_STEP = 0.5
_SMALLEST_SHARE, _LARGEST_SHARE = 0.12, 1.5


@dataclass(frozen=True, slots=True)
class Sighting:
    """One crop's answer: keypoints (K, 2), scores (K,), and the crop that gave it."""

    crop: Crop
    keypoints_kc: NDArray[np.float32]
    scores_k: NDArray[np.float32]

    @property
    def share(self) -> float:
        """Return the share of keypoints that are present."""
        return float(np.mean(present(self.scores_k) & np.isfinite(self.keypoints_kc[:, 0])))

    @property
    def confidence(self) -> float:
        """Return the mean score over all keypoints."""
        return float(self.scores_k.mean())


@dataclass(slots=True)
class CropFollower:
    """Follow one infant in one cot; see the module for the rules.

    Use: ``crops = follower.crops(time_us)`` (one crop, or two when it is time to look at the whole
    cot again), estimate each, ``sighting = follower.choose(sightings, time_us)``.
    """

    rectangle: Rectangle
    aspect: float
    spec: CropSpec = field(default_factory=CropSpec)
    relook_s: float = 10.0
    _crop: Crop | None = None
    _looked_us: int | None = None
    _quarter: int | None = None
    _doubtful: bool = False
    _disagreements: int = 0

    @property
    def current(self) -> Crop | None:
        """Return the crop that follows the infant; None while the whole cot is looked at."""
        return self._crop

    def whole_cot(self) -> Crop:
        """Return a crop of the whole cot.

        A network that finds infants in any direction is given the cot along the side that fits
        best, then, one direction a frame while nobody is found, the others; once an infant was
        seen, the direction nearest to its own.
        """
        if not self.spec.any_direction:
            return covering(self.rectangle, self.aspect)
        if self._quarter is None:
            lying = (self.rectangle.width > self.rectangle.height) != (self.aspect > 1)
            self._quarter = 1 if lying else 0
        return covering(self.rectangle, self.aspect, _wrapped(self._quarter * math.pi / 2))

    def crops(self, time_us: int) -> list[Crop]:
        """Return what to look at now: the followed crop first, the whole cot if it is time."""
        if self._crop is None:
            return [self.whole_cot()]
        wait_s = _DOUBTFUL_RELOOK_S if self._doubtful else self.relook_s
        due = self._looked_us is None or not 0 <= time_us - self._looked_us < wait_s * 1e6
        return [self._crop, self.whole_cot()] if due else [self._crop]

    def choose(self, sightings: list[Sighting], time_us: int) -> Sighting | None:
        """Take in the answers to ``crops`` and return the one to keep; None: no infant seen."""
        best, whole = sightings[0], sightings[-1]
        if self._crop is None or len(sightings) == 2:
            self._looked_us = time_us
        if len(sightings) == 2 and self._prefers(whole, best):
            best = whole
        if not self._is_our_infant(best):
            best = whole
        if not self._is_our_infant(best):
            self._lose()
            return None
        self._follow(best)
        return best

    def reset(self) -> None:
        """Forget the infant: after a restart, a moved camera, another rectangle."""
        self._crop = self._looked_us = self._quarter = None
        self._disagreements, self._doubtful = 0, False

    def _prefers(self, whole: Sighting, followed: Sighting) -> bool:
        """Tell whether the whole cot has shown the infant elsewhere for long enough."""
        sees = whole.share >= _SHARE_TO_FOLLOW and self._is_our_infant(whole)
        disagrees = sees and not self._agree(whole, followed)
        self._disagreements = self._disagreements + 1 if disagrees else 0
        self._doubtful = disagrees or followed.share < _SHARE_WITHOUT_DOUBT
        surer = whole.confidence >= followed.confidence
        return self._disagreements >= (_LOOKS_IF_SURER if surer else _LOOKS_IF_NOT)

    def _agree(self, a: Sighting, b: Sighting) -> bool:
        both = present(a.scores_k) & present(b.scores_k)
        if both.sum() < 2:
            return False
        gap = np.linalg.norm(a.keypoints_kc[both] - b.keypoints_kc[both], axis=1)
        points_kc = without_missing(a.keypoints_kc, a.scores_k)
        body = np.nanmax(points_kc, axis=0) - np.nanmin(points_kc, axis=0)
        return bool(np.median(gap) < _AGREE_WITHIN_BODY * float(body.max()))

    def _is_our_infant(self, sighting: Sighting) -> bool:
        """Tell whether enough points are present and most of them lie in the cot."""
        if sighting.share < _SHARE_OF_A_BODY:
            return False
        points = sighting.keypoints_kc[present(sighting.scores_k)]
        x, y = np.median(points, axis=0)
        box = self.rectangle
        return bool(box.x <= x <= box.x + box.width and box.y <= y <= box.y + box.height)

    def _lose(self) -> None:
        """Go back to the whole cot; where that was looked at already, try another direction."""
        if self._crop is None:
            self._quarter = ((self._quarter or 0) + 1) % 4
        self._crop, self._disagreements = None, 0

    def _follow(self, sighting: Sighting) -> None:
        if self._crop is None and sighting.share < _SHARE_TO_FOLLOW:
            return
        self._crop = self._kept_or_moved(self._wanted(sighting))
        self._quarter = round(self._crop.angle_rad / (math.pi / 2)) % 4

    def _wanted(self, sighting: Sighting) -> Crop:
        """Return the crop that holds all present points, padded, turned by the trunk."""
        points = without_missing(sighting.keypoints_kc, sighting.scores_k).astype(np.float64)
        angle = self._angle(points)
        cos, sin = math.cos(angle), math.sin(angle)
        to_crop = np.array([[cos, -sin], [sin, cos]])
        turned = points[np.isfinite(points[:, 0])] @ to_crop
        low, high = turned.min(axis=0), turned.max(axis=0)
        flesh = _FLESH * float((high - low).max())
        width, height = (high - low + 2 * flesh) * self.spec.padding
        center = to_crop @ ((low + high) / 2)
        box = Crop((float(center[0]), float(center[1])), (float(width), float(height)), angle)
        return self._bounded(box)

    def _bounded(self, crop: Crop) -> Crop:
        side = max(self.rectangle.width, self.rectangle.height)
        width, height = with_aspect(*crop.size_wh, self.aspect)
        longest = max(width, height)
        factor = float(np.clip(longest, _SMALLEST_SHARE * side, _LARGEST_SHARE * side)) / longest
        return Crop(crop.center_xy, (width * factor, height * factor), crop.angle_rad)

    def _angle(self, points_kc: NDArray[np.float64]) -> float:
        """Return the angle that sets the trunk upright; the last one where it is not known."""
        last = self._crop.angle_rad if self._crop else 0.0
        if not self.spec.upright:
            return 0.0
        shoulders, hips = points_kc[_SHOULDERS], points_kc[_HIPS]
        if np.isnan(shoulders[:, 0]).all() or np.isnan(hips[:, 0]).all():
            return last
        up = np.nanmean(shoulders, axis=0) - np.nanmean(hips, axis=0)
        if not up.any():
            return last
        return math.atan2(up[0], -up[1])

    def _kept_or_moved(self, wanted: Crop) -> Crop:
        """Keep the crop inside a dead band, so that it does not shake the keypoints."""
        now = self._crop
        if now is None:
            return wanted
        size = now.size_wh[1]
        away = math.dist(now.center_xy, wanted.center_xy) / size
        growth = wanted.size_wh[1] / size
        turn = _wrapped(wanted.angle_rad - now.angle_rad)
        if away > _JUMP:
            return wanted
        calm = away < _DEAD_BAND and 1 / _SIZE_BAND < growth < _SIZE_BAND
        if calm and abs(turn) < _ANGLE_BAND_RAD:
            return now
        center = tuple(
            a + _STEP * (b - a) for a, b in zip(now.center_xy, wanted.center_xy, strict=True)
        )
        step = 1.0 if growth > 1 else _STEP
        size *= growth**step
        angle = now.angle_rad
        if abs(turn) >= _ANGLE_BAND_RAD:
            angle = wanted.angle_rad
        return Crop((center[0], center[1]), (size * self.aspect, size), angle)


def _wrapped(angle_rad: float) -> float:
    return math.remainder(angle_rad, math.tau)
