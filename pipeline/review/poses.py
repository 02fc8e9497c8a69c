"""Poses of one video's pictures, several pictures a batch.

Live, each picture waits for the one before, whose pose says where to look. Here the network takes
a third of a second of pictures at once, all looked at in the same place: the crop leaves room for
what a limb does in that time, and follows from batch to batch by the rules of pipeline/tracking.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.models.crop import Crop
from pipeline.models.session import PoseModel
from pipeline.quality import Glance, QualityWatch
from pipeline.skeleton import INFANT13
from pipeline.tracking import CropFollower, Sighting
from pipeline.types import FrameFlag, ImageArray, Pose, Rectangle

BATCH_US = 350_000
MOST_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class Look:
    """A picture to be looked at: (H, W, 3) BGR, its time in µs and what its quality says.

    ``glance``: what tells other people's hands in it, once its pose is known.
    """

    image_hwc: ImageArray
    time_us: int
    flags: FrameFlag
    glance: Glance | None = None


class VideoEyes:
    """Follows the infant of one video; made anew with another picture size."""

    def __init__(self, model: PoseModel, size_wh: tuple[int, int]) -> None:
        self._model = model
        rectangle = Rectangle(0, 0, *size_wh)
        self._follower = CropFollower(rectangle, model.aspect, model.manifest.crop)
        self._quality = QualityWatch()

    def judge(self, image_hwc: ImageArray, time_us: int) -> Look:
        """Judge a picture's quality; every picture, in order, before it is looked at."""
        flags = self._quality.check(image_hwc, time_us)
        return Look(image_hwc, time_us, flags, self._quality.glance)

    def start_anew(self) -> None:
        """Forget where the infant was: a gap lies before the next picture."""
        self._follower.reset()

    def poses(self, looks: Sequence[Look]) -> list[Pose]:
        """Return the pose of each picture; they lie in order, within ``BATCH_US``.

        Raises ``InferenceFailed`` when the session fails twice.
        """
        return [
            self._quality.with_hands(pose, look.glance)
            for pose, look in zip(self._estimated(looks), looks, strict=True)
        ]

    def _estimated(self, looks: Sequence[Look]) -> list[Pose]:
        poses = [Pose.absent(len(INFANT13), look.flags) for look in looks]
        waiting = [n for n, look in enumerate(looks) if not look.flags.blocks_pose]
        while waiting:
            # Where nobody is followed yet, the next crops depend on this picture's answer.
            count = len(waiting) if self._follower.current is not None else 1
            found = self._sightings([looks[n] for n in waiting[:count]])
            done = 0
            for n, sightings in zip(waiting, found, strict=False):
                poses[n] = self._pose(looks[n], sightings)
                done += 1
                if self._follower.current is None:
                    break
            del waiting[:done]
        return poses

    def _sightings(self, looks: Sequence[Look]) -> list[list[Sighting]]:
        """Run all crops of some pictures in one batch; an output not finite leaves no sighting."""
        asked: list[tuple[int, Crop]] = []
        for number, look in enumerate(looks):
            current = self._follower.current
            crops = [current] if number and current else self._follower.crops(look.time_us)
            asked += [(number, crop) for crop in crops]
        images = [looks[number].image_hwc for number, _ in asked]
        keypoints_nkc, scores_nk = self._model.estimate(images, [crop for _, crop in asked])
        found: list[list[Sighting]] = [[] for _ in looks]
        for (number, crop), keypoints_kc, scores_k in zip(
            asked, keypoints_nkc, scores_nk, strict=True
        ):
            if np.isfinite(keypoints_kc).all():
                found[number].append(Sighting(crop, keypoints_kc, scores_k))
        return found

    def _pose(self, look: Look, sightings: list[Sighting]) -> Pose:
        flags = look.flags
        if not sightings:
            return Pose.absent(len(INFANT13), flags | FrameFlag.MODEL_REJECTED)
        if self._follower.current is None:
            flags |= FrameFlag.CROP_FALLBACK
        chosen = self._follower.choose(sightings, look.time_us)
        if chosen is None:
            return Pose.absent(len(INFANT13), flags | FrameFlag.NO_INFANT)
        return Pose(chosen.keypoints_kc, chosen.scores_k, flags)
