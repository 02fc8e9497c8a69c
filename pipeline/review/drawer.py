"""Draws smoothed poses into the overlay: pictures wait until the smoother knows what follows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.drawing import draw_pose
from pipeline.review.overlay import OverlayWriter, fitted
from pipeline.smoothing import offline_smoother
from pipeline.types import ImageArray, Pose

# Of what waits, the older part is drawn; the newer is what the smoother looks ahead to.
_HELD_US, _MOST_HELD = 1_000_000, 40
_LOOKED_AHEAD_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class DrawOptions:
    """What is to be drawn. ``overlay``: the file of this piece of the overlay, None for none.

    ``blur_faces``: in the thumbnail; an overlay without faces is made when all poses are known.
    """

    overlay: Path | None
    blur_faces: bool = False
    smoother: str = "butterworth"


@dataclass(slots=True)
class _Held:
    """A pose and, until it is drawn, its picture at the overlay's size and the scale of that."""

    time_us: int
    pose: Pose
    picture: ImageArray | None
    scale: float


class Drawer:
    """Takes the poses of one part in order; does nothing where no overlay is wanted."""

    def __init__(self, options: DrawOptions, size_wh: tuple[int, int]) -> None:
        self._options, self._size_wh = options, size_wh
        self._smooth = offline_smoother(options.smoother)
        self._writer: OverlayWriter | None = None
        self._held: list[_Held] = []
        self._n_drawn = 0

    def take(self, time_us: int, pose: Pose, image_hwc: ImageArray | None) -> None:
        """Take a pose and its picture; None: a picture beside the part, known but not drawn."""
        if self._options.overlay is None:
            return
        picture, scale = (None, 1.0) if image_hwc is None else fitted(image_hwc, self._size_wh)
        self._held.append(_Held(time_us, pose, picture, scale))
        waiting = len(self._held) - self._n_drawn
        if waiting >= _MOST_HELD or time_us - self._held[self._n_drawn].time_us >= _HELD_US:
            self._draw_until(len(self._held) - int(waiting * _LOOKED_AHEAD_SHARE))

    def finish_stretch(self) -> None:
        """Draw all that waits: what follows does not belong to it."""
        self._draw_until(len(self._held))
        self._held, self._n_drawn = [], 0

    def close(self) -> None:
        """Draw all that waits and finish the file."""
        self.finish_stretch()
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()

    def abandon(self) -> None:
        """Let go of an unfinished file; does nothing after ``close``."""
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.abandon()

    def _draw_until(self, stop: int) -> None:
        if stop <= self._n_drawn:
            return
        times_us = np.array([held.time_us for held in self._held], np.int64)
        raw_tkc = np.stack([held.pose.keypoints_kc for held in self._held])
        scores_tk = np.stack([held.pose.scores_k for held in self._held])
        smooth_tkc = self._smooth(times_us, raw_tkc, scores_tk)
        # What is too doubtful to smooth is drawn as it was seen: hollow.
        shown_tkc = np.where(np.isfinite(smooth_tkc), smooth_tkc, raw_tkc)
        for n in range(self._n_drawn, stop):
            held = self._held[n]
            if held.picture is not None:
                points_kc = shown_tkc[n] * np.float32(held.scale)
                draw_pose(held.picture, points_kc, scores_tk[n])
                self._open().add(held.picture, held.time_us)
                held.picture = None
        # The last second of what is drawn stays known to the smoother.
        first = max(0, stop - _MOST_HELD)
        del self._held[:first]
        self._n_drawn = stop - first

    def _open(self) -> OverlayWriter:
        if self._writer is None:
            if self._options.overlay is None:
                raise RuntimeError("a picture was to be drawn without an overlay")
            self._writer = OverlayWriter(self._options.overlay, self._size_wh)
        return self._writer
