"""One part of one video: its poses, and its piece of the overlay."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

from db.codec import KeypointBlock
from pipeline.drawing import draw_pose
from pipeline.face import Circle
from pipeline.models.session import PoseModel
from pipeline.movement import trunk_px
from pipeline.review.blurred import blur_heads
from pipeline.review.drawer import Drawer, DrawOptions
from pipeline.review.heads import circles_of
from pipeline.review.overlay import fitted, overlay_size
from pipeline.review.plan import Part, VideoPlan
from pipeline.review.poses import BATCH_US, MOST_AT_ONCE, Look, VideoEyes
from pipeline.review.reading import PartReader, Shot
from pipeline.skeleton import INFANT13
from pipeline.types import Pose

# A frozen picture shows after 5 s; the follower looks again after 2 s where it is in doubt.
_JUDGED_LEAD_US, _POSED_LEAD_US = 6_000_000, 3_000_000
_TRAIL_US = 600_000
# Of very large pictures fewer are taken at once, so that a worker stays below its 1 GB.
_MOST_BATCH_BYTES = 150_000_000
_THUMBNAIL_WIDTH = 320
_THUMBNAIL_EVERY_US = 1_000_000


@dataclass(frozen=True, slots=True)
class Stretch:
    """Frames of one size without a gap, from ``first`` on; ``begins``: a gap or another size lies
    before it. False where it goes on from the part before.
    """

    first: int
    size_wh: tuple[int, int]
    begins: bool


@dataclass(frozen=True, slots=True)
class PartResult:
    """The raw poses of a part; ``block.times_us`` count from the video's first picture.

    ``thumbnail``: a small JPEG of its surest picture with the pose drawn, and how sure it is.
    """

    number: int
    block: KeypointBlock
    stretches: tuple[Stretch, ...]
    bad_times: int
    thumbnail: tuple[float, bytes]


def work_part(
    model: PoseModel,
    plan: VideoPlan,
    part: Part,
    options: DrawOptions,
    tell: Callable[[int], None],
) -> PartResult:
    """Estimate a part; ``tell`` hears of each batch how many of the part's pictures are done.

    Raises ``SourceError`` and ``InferenceFailed``. What comes back depends on the file, the part
    and the model alone.
    """
    worker = _PartWorker(model, plan, part, options, tell)
    try:
        return worker.run()
    finally:
        worker.abandon()


@dataclass(slots=True)
class _Waiting:
    """A picture that was read and judged, and waits for its batch."""

    shot: Shot
    look: Look


@dataclass(slots=True)
class _Gathered:
    """What the part has given so far."""

    times_us: list[int] = field(default_factory=list)
    poses: list[Pose] = field(default_factory=list)
    stretches: list[Stretch] = field(default_factory=list)
    thumbnail: tuple[float, bytes] = (-1.0, b"")
    thumbnail_us: int = -_THUMBNAIL_EVERY_US

    def add(self, shot: Shot, pose: Pose) -> None:
        size_wh = shot.picture.size_wh
        if shot.begins or not self.stretches:
            self.stretches.append(Stretch(len(self.poses), size_wh, shot.begins))
        self.times_us.append(shot.time_us)
        self.poses.append(pose)

    def block(self) -> KeypointBlock:
        return _block(self.times_us, self.poses)


def _block(times_us: Sequence[int], poses: Sequence[Pose]) -> KeypointBlock:
    if not poses:
        return KeypointBlock.empty(len(INFANT13))
    return KeypointBlock(
        np.array(times_us, np.int64),
        np.array([int(pose.flags) for pose in poses], np.uint16),
        np.stack([pose.keypoints_kc for pose in poses]),
        np.stack([pose.scores_k for pose in poses]),
    )


class _PartWorker:
    def __init__(
        self,
        model: PoseModel,
        plan: VideoPlan,
        part: Part,
        options: DrawOptions,
        tell: Callable[[int], None],
    ) -> None:
        self._model, self._plan, self._part = model, plan, part
        self._tell = tell
        self._reader = PartReader(plan, part, _JUDGED_LEAD_US, _TRAIL_US)
        self._start_us = part.start_us - plan.first_us if part.has_times else 0
        self._eyes: VideoEyes | None = None
        self._size_wh = (0, 0)
        self._batch: list[_Waiting] = []
        self._gathered = _Gathered()
        self._options = options
        self._most_at_once = MOST_AT_ONCE
        self._drawer = Drawer(options, overlay_size((plan.info.width, plan.info.height)))

    def run(self) -> PartResult:
        for shot in self._reader.shots():
            self._take(shot)
        self._flush()
        self._drawer.close()
        gathered = self._gathered
        return PartResult(
            self._part.number,
            gathered.block(),
            tuple(gathered.stretches),
            self._reader.bad_times,
            gathered.thumbnail,
        )

    def abandon(self) -> None:
        self._drawer.abandon()

    def _take(self, shot: Shot) -> None:
        size_wh = shot.picture.size_wh
        if shot.begins or size_wh != self._size_wh:
            self._begin(size_wh)
        eyes = self._eyes or VideoEyes(self._model, size_wh)
        self._eyes = eyes
        look = eyes.judge(shot.picture.image_hwc, shot.time_us)
        if shot.time_us < self._start_us - _POSED_LEAD_US:
            return
        self._batch.append(_Waiting(shot, look))
        span_us = shot.time_us - self._batch[0].shot.time_us
        if len(self._batch) >= self._most_at_once or span_us >= BATCH_US:
            self._flush()

    def _begin(self, size_wh: tuple[int, int]) -> None:
        """A gap or another picture size lies before what comes now: nothing reaches across."""
        self._flush()
        self._drawer.finish_stretch()
        if self._eyes is not None and size_wh == self._size_wh:
            self._eyes.start_anew()
        else:
            self._eyes, self._size_wh = None, size_wh
            in_memory = _MOST_BATCH_BYTES // (3 * size_wh[0] * size_wh[1])
            self._most_at_once = max(1, min(MOST_AT_ONCE, in_memory))

    def _flush(self) -> None:
        batch, self._batch = self._batch, []
        if not batch or self._eyes is None:
            return
        poses = self._eyes.poses([one.look for one in batch])
        for done, pose, circles in zip(batch, poses, self._heads(batch, poses), strict=True):
            if done.shot.inside:
                self._gathered.add(done.shot, pose)
                self._look_for_thumbnail(done, pose, circles)
            picture = done.look.image_hwc if done.shot.inside else None
            self._drawer.take(done.shot.time_us, pose, picture)
        self._tell(len(self._gathered.poses))

    def _heads(self, batch: list[_Waiting], poses: list[Pose]) -> list[tuple[Circle, ...] | None]:
        """Return where the head may be in each picture; None where no face is to be blurred."""
        if not self._options.blur_faces:
            return [None] * len(batch)
        block = _block([done.shot.time_us for done in batch], poses)
        length_px = trunk_px(block.keypoints_tkc, block.scores_tk)
        return [*circles_of(block, length_px if np.isfinite(length_px) else None)]

    def _look_for_thumbnail(
        self, done: _Waiting, pose: Pose, circles: tuple[Circle, ...] | None
    ) -> None:
        # A picture that has to be blurred all over is taken only where there is no other.
        gathered, sure = self._gathered, float(pose.scores_k.mean()) - (circles == ())
        early = done.shot.time_us < gathered.thumbnail_us + _THUMBNAIL_EVERY_US
        if early or sure <= gathered.thumbnail[0]:
            return
        gathered.thumbnail_us = done.shot.time_us
        height, width = done.look.image_hwc.shape[:2]
        size_wh = (_THUMBNAIL_WIDTH, max(1, round(_THUMBNAIL_WIDTH * height / width)))
        picture, scale = fitted(done.look.image_hwc, size_wh)
        if circles is not None:
            blur_heads(picture, circles, scale)
        draw_pose(picture, pose.keypoints_kc * np.float32(scale), pose.scores_k)
        jpeg = cv2.imencode(".jpg", picture, (cv2.IMWRITE_JPEG_QUALITY, 72))[1].tobytes()
        gathered.thumbnail = (sure, jpeg)
