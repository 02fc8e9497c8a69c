"""Stretches of unlabelled recordings, for the losses that need time and no labels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from training.data.augment import crop_affine, look
from training.data.dataset import collate
from training.errors import DatasetError
from training.spec import AugmentSpec, DataSpec

# The whole picture and this much round it: no box is known in a recording without labels.
_PADDING = 1.0


class ClipCollate:
    """Makes a batch of labelled items and adds ``clips`` (C, T, 3, H, W) uint8 RGB.

    Which stretches, and how they are turned and lit, is a function of the first item's ``key``, so
    a resumed run sees what an uninterrupted one would. All frames of a stretch are changed alike.
    """

    def __init__(self, data: DataSpec, augment: AugmentSpec) -> None:
        self.data = data
        self.augment = augment
        self.recordings = recordings_below(data.clips)

    def __call__(self, items: list[dict[str, Any]]) -> dict[str, Any]:
        """Return the batch."""
        rng = np.random.default_rng((*items[0]["key"], 11))
        height, width = items[0]["image"].shape[:2]
        clips = [self._stretch(rng, (width, height)) for _ in range(self.data.clips_per_step)]
        rgb = np.ascontiguousarray(np.stack(clips)[..., ::-1])
        return collate(items) | {"clips": torch.from_numpy(rgb).permute(0, 1, 4, 2, 3)}

    def _stretch(self, rng: np.random.Generator, size_wh: tuple[int, int]) -> NDArray[np.uint8]:
        path = self.recordings[int(rng.integers(len(self.recordings)))]
        frames = read_stretch(path, float(rng.random()), self.data.clip_frames)
        height, width = frames[0].shape[:2]
        angle = float(
            np.deg2rad(rng.uniform(-self.augment.rotation_deg, self.augment.rotation_deg))
        )
        centre = np.array([width / 2, height / 2])
        side = _PADDING * max(width, height)
        affine = crop_affine(centre, side, angle, bool(rng.random() < 0.5), size_wh)
        seed = int(rng.integers(2**31))
        # The same draws for each frame: light that flickers would be motion to learn from.
        return np.stack(
            [
                look(
                    cv2.warpAffine(frame, affine, size_wh),
                    self.augment,
                    np.random.default_rng(seed),
                )
                for frame in frames
            ]
        )


def recordings_below(folders: tuple[Path, ...]) -> list[Path]:
    """Return the recordings (*.mp4) of folders; raise ``DatasetError`` where one has none."""
    found: list[Path] = []
    for folder in folders:
        here = sorted(folder.glob("*.mp4"))
        if not here:
            raise DatasetError(f"{folder}: holds no recording (*.mp4)")
        found += here
    return found


def read_stretch(path: Path, share: float, count: int) -> list[NDArray[np.uint8]]:
    """Read ``count`` frames in a row from a share (0..1) of the way through a recording.

    Raises ``DatasetError`` naming a file that is too short or cannot be read.
    """
    video = cv2.VideoCapture(str(path))
    try:
        spare = int(video.get(cv2.CAP_PROP_FRAME_COUNT)) - count
        if spare < 0:
            raise DatasetError(f"{path}: has fewer than {count} frames, or is no recording")
        video.set(cv2.CAP_PROP_POS_FRAMES, int(share * (spare + 1)))
        frames = []
        for _ in range(count):
            good, frame = video.read()
            if not good:
                raise DatasetError(f"{path}: ends before it says it does")
            frames.append(frame)
        return frames
    finally:
        video.release()
