"""Where to look: the whole cot first, then after the infant, and back when it is lost.

While nobody is found, each frame looks at another place: the whole cot in each direction that the
network needs, then with room around, for an infant that fills it, then parts of it, for one that is
small. A ``CropFollower`` never trusts itself for ever. An infant that was found is looked at in all
those directions before it is followed: networks know upright bodies best. While it is followed, a
second look joins the batch every few seconds, in turn at the whole cot (is the infant elsewhere?),
closer at the followed place (is the body smaller, and what lies around it was taken for limbs?) and
at it turned round (is the body upside down?); a surer answer is taken.
Thresholds count present keypoints (pipeline/confidence.py), less what about them fits no body
(pipeline/proportions.py).
"""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pipeline.confidence import doubtful, present, without_missing
from pipeline.framing import crop_around, kept_or_moved
from pipeline.models.crop import Crop, covering
from pipeline.models.manifest import CropSpec
from pipeline.proportions import misfits
from pipeline.types import Rectangle

# A blanket to the waist leaves 7 of 13 points, one to the chest 3 to 5.
_SHARE_TO_FOLLOW = 0.38
SHARE_OF_A_BODY = 0.23
# A part of a cot holds more that looks like a limb, and nothing that says how large an infant is.
_SHARE_IN_A_PART = 0.5
_SHARE_WITHOUT_DOUBT = 0.75
_DOUBTFUL_RELOOK_S = 2.0
_SEARCH_EVERY_S = 2.0
_LOOKS_IF_SURER, _LOOKS_IF_NOT = 2, 5
_AGREE_WITHIN_BODY = 0.35
_SURER_BY = 0.05
_ROOM_FOR_THE_UNSEEN = 0.4
_CLOSER = 0.72
_TURNS_RAD = (math.pi, math.pi / 2, -math.pi / 2)
# Where the parts of a cot lie that are looked at by themselves, as shares of what they leave free.
_PART = 0.6
_PARTS_XY = ((0.5, 0.5), (0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0))
_WHOLE_LOOKS = 2
_ROOM_AROUND = 1.25


@dataclass(frozen=True)
class Sighting:
    """One crop's answer: keypoints (K, 2), scores (K,), and the crop that gave it."""

    crop: Crop
    keypoints_kc: NDArray[np.float32]
    scores_k: NDArray[np.float32]

    @cached_property
    def share(self) -> float:
        """Return the share of keypoints that are present, less what fits no body."""
        return float(body_share(self.keypoints_kc[None], self.scores_k[None])[0])

    @cached_property
    def confidence(self) -> float:
        """Return the mean score over all keypoints."""
        return float(self.scores_k.mean())

    @cached_property
    def middle_xy(self) -> tuple[float, float]:
        """Return the median place of the present keypoints; there must be one."""
        xs, ys = self.keypoints_kc[present(self.scores_k)].T.tolist()
        return statistics.median(xs), statistics.median(ys)


@dataclass(slots=True)
class CropFollower:
    """Follow one infant in one cot; see the module for the rules.

    Use: estimate each of ``crops(time_us)``, give the answers to ``choose`` in their order; an
    answer that was not finite is left out.
    """

    rectangle: Rectangle
    aspect: float
    spec: CropSpec = field(default_factory=CropSpec)
    relook_s: float = 10.0
    _crop: Crop | None = None
    _quarter: int | None = None
    _misses: int = 0
    _searched_us: int | None = None
    _search_now: bool = False
    _looked_us: int = 0
    _looks: int = 0
    _doubtful: bool = False
    _disagreements: int = 0

    @property
    def current(self) -> Crop | None:
        """Return the crop that follows the infant; None while the whole cot is looked at."""
        return self._crop

    def crops(self, time_us: int) -> list[Crop]:
        """Return what to look at now."""
        if self._crop is None:
            first = self._first_quarter() + self._misses % self._directions
            quarters = range(first, first + 4) if self._search_now else [first]
            return [self._place(self._part(), quarter) for quarter in quarters]
        wait_s = _DOUBTFUL_RELOOK_S if self._doubtful else self.relook_s
        if 0 <= time_us - self._looked_us < wait_s * 1e6:
            return [self._crop]
        return [self._crop, self._second_look(self._crop)]

    def choose(self, sightings: list[Sighting], time_us: int) -> Sighting | None:
        """Take in the answers to ``crops`` and return the one to keep; None: no infant seen."""
        look = self._found if self._crop is None else self._compared
        best = look(sightings, time_us)
        if best is None:
            self._crop, self._disagreements = None, 0
        return best

    @property
    def _directions(self) -> int:
        return self.spec.directions if self.spec.any_direction else 1

    def reset(self) -> None:
        """Forget the infant: after a restart, a moved camera, another rectangle."""
        self._crop = self._quarter = self._searched_us = None
        self._search_now, self._doubtful = False, False
        self._misses = self._looked_us = self._looks = self._disagreements = 0

    def _first_quarter(self) -> int:
        """Return the direction of the first look, in quarter turns.

        It is that of the infant seen last. A network that finds infants in any direction is given
        a new cot along the side that fits best.
        """
        if self._quarter is None:
            lying = (self.rectangle.width > self.rectangle.height) != (self.aspect > 1)
            self._quarter = 1 if lying and self.spec.any_direction else 0
        return self._quarter

    def _part(self) -> Rectangle:
        """Return the part of the cot to look at, after as many looks that found nobody."""
        number = self._misses // self._directions % (_WHOLE_LOOKS + len(_PARTS_XY))
        cot = self.rectangle
        if number == 0:
            return cot
        if number < _WHOLE_LOOKS:
            return _grown(cot, _ROOM_AROUND)
        x, y = _PARTS_XY[number - _WHOLE_LOOKS]
        return Rectangle(
            cot.x + x * (1 - _PART) * cot.width,
            cot.y + y * (1 - _PART) * cot.height,
            _PART * cot.width,
            _PART * cot.height,
        )

    def _least_share(self) -> float:
        """Return the share of a body that a look at the place of now must show to be believed."""
        if self._part() == self.rectangle:
            return SHARE_OF_A_BODY
        return _SHARE_TO_FOLLOW if self._part().width > self.rectangle.width else _SHARE_IN_A_PART

    def _place(self, part: Rectangle, quarter: int) -> Crop:
        angle_rad = math.remainder(quarter * math.pi / 2, math.tau)
        return covering(part, self.aspect, angle_rad)

    def _second_look(self, crop: Crop) -> Crop:
        kind, turn = self._kind_of_look
        if kind == "whole":
            return self._place(self.rectangle, self._first_quarter())
        if kind == "closer":
            return replace(crop, size_wh=(crop.size_wh[0] * _CLOSER, crop.size_wh[1] * _CLOSER))
        turn_rad = _TURNS_RAD[turn % len(_TURNS_RAD)]
        return replace(crop, angle_rad=math.remainder(crop.angle_rad + turn_rad, math.tau))

    @property
    def _kind_of_look(self) -> tuple[str, int]:
        """Return what the next second look is, and how many times it has been turned before."""
        if self._directions == 1:
            return ("whole", "closer")[self._looks % 2], 0
        kinds = ("whole", "turned", "closer", "turned")
        return kinds[self._looks % len(kinds)], self._looks // 2

    def _found(self, sightings: list[Sighting], time_us: int) -> Sighting | None:
        """Choose among looks at one place; follow once all directions were compared."""
        least = self._least_share()
        infants = [one for one in sightings if one.share >= least and self._is_our_infant(one)]
        compared, self._search_now = self._search_now, False
        if not infants:
            self._misses += 1
            return None
        best = max(infants, key=lambda sighting: sighting.confidence)
        # From here on the direction that found somebody is the first one, of the same place.
        self._quarter = _quarter_of(best.crop)
        self._misses -= self._misses % self._directions
        if best.share < _SHARE_TO_FOLLOW:
            return best
        if not compared and self._directions > 1 and self._may_search(time_us):
            self._search_now, self._searched_us = True, time_us
            return best
        self._looked_us, self._looks, self._doubtful = time_us, 0, False
        self._follow(best)
        return best

    def _may_search(self, time_us: int) -> bool:
        since_us = None if self._searched_us is None else time_us - self._searched_us
        return since_us is None or not 0 <= since_us < _SEARCH_EVERY_S * 1e6

    def _compared(self, sightings: list[Sighting], time_us: int) -> Sighting | None:
        """Choose between the followed place and, where there is one, the second look."""
        best, second = sightings[0], sightings[-1]
        if second is not best:
            best = self._surer(best, second, time_us)
        infant = next((one for one in (best, second) if self._is_our_infant(one)), None)
        if infant is not None:
            self._follow(infant)
        return infant

    def _surer(self, followed: Sighting, second: Sighting, time_us: int) -> Sighting:
        """Return the second look's answer where it is to be believed more."""
        self._looked_us = time_us
        self._doubtful = followed.share < _SHARE_WITHOUT_DOUBT
        if self._kind_of_look[0] == "whole":
            prefers = self._is_elsewhere(second, followed)
        else:
            prefers = second.confidence > followed.confidence + _SURER_BY
        if prefers or not self._disagreements:
            self._looks += 1
            self._disagreements = 0
        return second if prefers and self._is_our_infant(second) else followed

    def _is_elsewhere(self, whole: Sighting, followed: Sighting) -> bool:
        """Tell whether the whole cot has shown the infant elsewhere for long enough."""
        sees = whole.share >= _SHARE_TO_FOLLOW and self._is_our_infant(whole)
        disagrees = sees and not _agree(whole, followed)
        self._disagreements = self._disagreements + 1 if disagrees else 0
        self._doubtful = self._doubtful or disagrees
        surer = whole.confidence >= followed.confidence
        return self._disagreements >= (_LOOKS_IF_SURER if surer else _LOOKS_IF_NOT)

    def _is_our_infant(self, sighting: Sighting) -> bool:
        """Tell whether enough points are present and most of them lie in the cot."""
        if sighting.share < SHARE_OF_A_BODY:
            return False
        (x, y), box = sighting.middle_xy, self.rectangle
        return box.x <= x <= box.x + box.width and box.y <= y <= box.y + box.height

    def _follow(self, sighting: Sighting) -> None:
        # Points in doubt belong into the picture too: a limb that is cut off is never found.
        kept = doubtful(sighting.scores_k)[:, None]
        points_kc = np.where(kept, sighting.keypoints_kc, np.nan).astype(np.float64)
        wanted = crop_around(
            points_kc, self.spec, self.aspect, self.rectangle, sighting.crop.angle_rad
        )
        room = 1 + _ROOM_FOR_THE_UNSEEN * (1 - sighting.share)
        wanted = replace(wanted, size_wh=(wanted.size_wh[0] * room, wanted.size_wh[1] * room))
        self._crop = kept_or_moved(self._crop, wanted)
        self._quarter = _quarter_of(self._crop) if self.spec.any_direction else 0


def body_share(
    keypoints_nkc: NDArray[np.float32], scores_nk: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Return how much of a body N answers (N, K, 2), (N, K) show: (N,), at most 1.

    The share of keypoints that are present; each proportion that no infant shows takes a point off.
    """
    seen = present(scores_nk) & np.isfinite(keypoints_nkc[..., 0])
    return np.asarray((seen.sum(axis=1) - misfits(keypoints_nkc)) / seen.shape[1], np.float64)


def _agree(a: Sighting, b: Sighting) -> bool:
    """Tell whether two sightings show the same body in the same place."""
    both = present(a.scores_k) & present(b.scores_k)
    if both.sum() < 2:
        return False
    gap = np.linalg.norm(a.keypoints_kc[both] - b.keypoints_kc[both], axis=1)
    points_kc = without_missing(a.keypoints_kc, a.scores_k)
    body = np.nanmax(points_kc, axis=0) - np.nanmin(points_kc, axis=0)
    return bool(np.median(gap) < _AGREE_WITHIN_BODY * float(body.max()))


def _grown(rectangle: Rectangle, factor: float) -> Rectangle:
    width, height = rectangle.width * factor, rectangle.height * factor
    left = rectangle.x - (width - rectangle.width) / 2
    return Rectangle(left, rectangle.y - (height - rectangle.height) / 2, width, height)


def _quarter_of(crop: Crop) -> int:
    return round(crop.angle_rad / (math.pi / 2)) % 4
