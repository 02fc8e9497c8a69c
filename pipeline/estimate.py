"""From frames to poses: one batch over all cots, one follower and one quality watch a cot."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import numpy as np

from pipeline.errors import InferenceFailed
from pipeline.models.crop import Crop
from pipeline.models.session import PoseModel
from pipeline.quality import QualityWatch
from pipeline.settings import RectangleSettings
from pipeline.skeleton import INFANT13
from pipeline.tracking import CropFollower, Sighting
from pipeline.types import Frame, FrameFlag, Pose, Rectangle

CotId = TypeVar("CotId", bound=Hashable)


def pixels(rectangle: RectangleSettings, size_wh: tuple[int, int]) -> Rectangle:
    """Turn fractions of a picture into picture pixels, cut to what lies in the picture."""
    width, height = size_wh
    left, top = rectangle.x * width, rectangle.y * height
    return Rectangle(
        left,
        top,
        max(1.0, min(rectangle.width * width, width - left)),
        max(1.0, min(rectangle.height * height, height - top)),
    )


@dataclass(slots=True)
class _Cot:
    """What is known of one cot; made anew when its picture size changes."""

    size_wh: tuple[int, int]
    segment: int
    follower: CropFollower
    quality: QualityWatch = field(default_factory=QualityWatch)


def _relook_s(number: int) -> float:
    """Spread the second looks of cots that started together: 9 to 11 s, by the golden ratio."""
    return 9 + 2 * (number * 0.618 % 1)


@dataclass(slots=True)
class EstimatorCounts:
    """What went wrong since the start, for the System page.

    ``rejected``: frames whose model output was not finite. ``failures``: batches that the session
    could not run even when rebuilt; ``trouble`` is the last such line, None when all is well.
    """

    rejected: int = 0
    failures: int = 0
    trouble: str | None = None


class Estimator(Generic[CotId]):
    """Estimate the poses of many cots with one model. Not for several threads at once."""

    def __init__(self, model: PoseModel) -> None:
        self.model = model
        self.counts = EstimatorCounts()
        self._rectangles: dict[CotId, RectangleSettings] = {}
        self._cots: dict[CotId, _Cot] = {}
        self._started = 0

    def watch(self, cot_id: CotId, rectangle: RectangleSettings | None = None) -> None:
        """Set a cot's rectangle (None: the whole picture); a changed one starts anew."""
        wanted = rectangle or RectangleSettings()
        if self._rectangles.get(cot_id) != wanted:
            self._rectangles[cot_id] = wanted
            self._cots.pop(cot_id, None)

    def forget(self, cot_id: CotId) -> None:
        """Drop what is known of a cot."""
        self._rectangles.pop(cot_id, None)
        self._cots.pop(cot_id, None)

    def use_model(self, model: PoseModel) -> None:
        """Change the model; every cot is looked at anew."""
        self.model = model
        for cot in self._cots.values():
            old = cot.follower
            cot.follower = CropFollower(
                old.rectangle, model.aspect, model.manifest.crop, old.relook_s
            )

    def crop(self, cot_id: CotId) -> Crop | None:
        """Return the crop that follows a cot's infant; None while the whole cot is looked at."""
        known = self._cots.get(cot_id)
        return known.follower.current if known else None

    def camera_moves(self, cot_id: CotId) -> int:
        """Return how often the cot's camera was found moved since it was first seen."""
        known = self._cots.get(cot_id)
        return known.quality.camera.moves if known else 0

    def estimate(self, frames: Mapping[CotId, Frame]) -> dict[CotId, Pose]:
        """Estimate the pose of each cot's frame, all in one batch.

        A frame without a pose has NaN keypoints and the reason in its flags; nothing is raised for
        a single bad frame or a failing session (see ``counts``).
        """
        flags: dict[CotId, FrameFlag] = {}
        crops: dict[CotId, list[Crop]] = {}
        for cot_id, frame in frames.items():
            cot = self._cot(cot_id, frame)
            flags[cot_id] = cot.quality.check(frame.image_hwc, frame.stream_us)
            if not flags[cot_id].blocks_pose:
                crops[cot_id] = cot.follower.crops(frame.stream_us)
        sightings = self._sightings(frames, crops)
        poses = {
            cot_id: self._pose(cot_id, frame, sightings.get(cot_id), flags[cot_id])
            for cot_id, frame in frames.items()
        }
        return {cot_id: self._with_hands(cot_id, pose) for cot_id, pose in poses.items()}

    def _cot(self, cot_id: CotId, frame: Frame) -> _Cot:
        """Return a cot's state, started anew with a new segment or size.

        Within one size the quality watch goes on across segments: a camera moved while it was
        away is still found moved.
        """
        known = self._cots.get(cot_id)
        if known is not None and known.size_wh == frame.size_wh:
            if known.segment != frame.segment:
                known.segment = frame.segment
                known.follower.reset()
            return known
        rectangle = pixels(self._rectangles.setdefault(cot_id, RectangleSettings()), frame.size_wh)
        self._started += 1
        follower = CropFollower(
            rectangle, self.model.aspect, self.model.manifest.crop, _relook_s(self._started)
        )
        cot = self._cots[cot_id] = _Cot(frame.size_wh, frame.segment, follower)
        return cot

    def _sightings(
        self, frames: Mapping[CotId, Frame], crops: Mapping[CotId, list[Crop]]
    ) -> dict[CotId, list[Sighting]]:
        """Run all crops in one batch; a rejected output leaves no sighting."""
        found: dict[CotId, list[Sighting]] = {cot_id: [] for cot_id in crops}
        asked = [(cot_id, crop) for cot_id, several in crops.items() for crop in several]
        images = [frames[cot_id].image_hwc for cot_id, _ in asked]
        try:
            keypoints_nkc, scores_nk = self.model.estimate(images, [crop for _, crop in asked])
        except InferenceFailed as error:
            self.counts.failures += 1
            self.counts.trouble = str(error)
            return found
        self.counts.trouble = None
        for (cot_id, crop), keypoints_kc, scores_k in zip(
            asked, keypoints_nkc, scores_nk, strict=True
        ):
            if np.isfinite(keypoints_kc).all():
                found[cot_id].append(Sighting(crop, keypoints_kc, scores_k))
            else:
                self.counts.rejected += 1
        return found

    def _pose(
        self, cot_id: CotId, frame: Frame, sightings: list[Sighting] | None, flags: FrameFlag
    ) -> Pose:
        """Choose among a cot's sightings; None: its picture was not looked at."""
        if sightings is None:
            return Pose.absent(len(INFANT13), flags)
        if not sightings:
            return Pose.absent(len(INFANT13), flags | FrameFlag.MODEL_REJECTED)
        follower = self._cots[cot_id].follower
        if follower.current is None:
            flags |= FrameFlag.CROP_FALLBACK
        chosen = follower.choose(sightings, frame.stream_us)
        if chosen is None:
            return Pose.absent(len(INFANT13), flags | FrameFlag.NO_INFANT)
        return Pose(chosen.keypoints_kc, chosen.scores_k, flags)

    def _with_hands(self, cot_id: CotId, pose: Pose) -> Pose:
        """Flag the pose of an infant that somebody's hands are at."""
        quality = self._cots[cot_id].quality
        return quality.with_hands(pose, quality.glance)
