"""Training pictures composed as they are asked for (``training.synthetic.compose``), and echoed.

Composing costs about as much as a training step on one core, so each picture is shown a few times,
turned by quarter turns and mirrored anew, before another takes its place (data echoing, Choi et
al. 2019). The store lies in memory that the loader's workers share.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import torch
from mmengine.structures import InstanceData
from mmpose.structures import PoseDataSample
from torch.utils.data import Dataset

from pipeline.skeleton import INFANT13
from training.spec import AugmentSpec, ComposeSpec
from training.synthetic.bodies import Bodies
from training.synthetic.compose import MIRRORED_PARTS, PARTS_STRIDE, Composer, Sample

_ABSENT = -1.0


class ComposedPictures(Dataset):
    """Pictures composed of kept bodies; an item is ``image``, ``points``, ``weights``, ``present``.

    With ``echo`` 1 an item is a function of (seed, epoch, position); with more it also depends on
    what the store holds.
    """

    def __init__(
        self,
        spec: ComposeSpec,
        augment: AugmentSpec,
        input_wh: tuple[int, int],
        *,
        seed: int = 0,
        occluded_weight: float = 0.5,
        length: int = 2000,
    ) -> None:
        # OpenCV's threads do not outlive the fork of a loader's worker, which then waits for ever.
        cv2.setNumThreads(0)
        self.spec = spec
        self.input_wh = input_wh
        self.seed = seed
        self.occluded_weight = occluded_weight
        self.length = length
        self.epoch = 0
        self.composer = Composer(Bodies(spec.bodies), spec, augment)
        self.metainfo = {"dataset_name": INFANT13.name, "num_keypoints": len(INFANT13)}
        self._side = 0
        self._stored()

    def __len__(self) -> int:
        return self.length

    def refresh(self) -> bool:
        """Take in bodies kept since; make the store anew when the size of the input changed."""
        self._stored()
        return self.composer.refresh()

    def _stored(self) -> None:
        if self._side == self.input_wh[0]:
            return
        self._side, count = self.input_wh[0], self.spec.store
        shape = (count, self._side, self._side, 3)
        self._images = torch.zeros(shape, dtype=torch.uint8).share_memory_()
        cells = self._side // PARTS_STRIDE
        self._parts = torch.zeros((count, cells, cells), dtype=torch.uint8).share_memory_()
        self._points = torch.zeros((count, len(INFANT13), 3)).share_memory_()
        # How often a place's picture may still be shown; below 0: nothing was composed there yet.
        self._left = torch.zeros(count, dtype=torch.int32).share_memory_()

    def __getitem__(self, position: int) -> dict[str, Any]:
        rng = np.random.default_rng((self.seed, self.epoch, position))
        if self.spec.echo == 1:
            return self._item(self.composer.compose(rng, self._side))
        info = torch.utils.data.get_worker_info()
        step, first = (info.num_workers, info.id) if info else (1, 0)
        place = first + step * int(rng.integers(self.spec.store // step))
        if self._left[place] <= 0:
            self._keep(place, self.composer.compose(rng, self._side))
        self._left[place] -= 1
        points = self._points[place].numpy()
        stored = Sample(
            self._images[place].numpy(),
            points,
            bool((points[:, 2] == _ABSENT).all()),
            self._parts[place].numpy(),
        )
        return self._item(turned(stored, rng, self.spec.quarter_turns))

    def _keep(self, place: int, sample: Sample) -> None:
        points = sample.points_k3.copy()
        points[:, 2] = _ABSENT if sample.empty else points[:, 2]
        self._images[place] = torch.from_numpy(sample.image)
        self._points[place] = torch.from_numpy(points)
        self._parts[place] = torch.from_numpy(sample.parts)
        self._left[place] = self.spec.echo

    def _item(self, sample: Sample) -> dict[str, Any]:
        points = sample.points_k3.astype(np.float32)
        if sample.empty:
            weights, present = np.ones(len(points), np.float32), np.zeros(len(points), np.bool_)
        else:
            by_visibility = np.array([0.0, self.occluded_weight, 1.0], np.float32)
            inside = ((points[:, :2] >= 0) & (points[:, :2] < self._side)).all(1)
            present = inside & (points[:, 2] > 0)
            weights = by_visibility[points[:, 2].astype(int).clip(0, 2)]
        return {
            "image": sample.image,
            "points": points,
            "weights": weights,
            "present": present,
            "parts": sample.parts,
        }


def turned(sample: Sample, rng: np.random.Generator, quarter_turns: float) -> Sample:
    """Return a square picture mirrored and turned by quarters by chance, with its truth."""
    image, points, parts = sample.image, sample.points_k3.copy(), sample.parts
    side = image.shape[0]
    if rng.random() < 0.5:
        image, parts = image[:, ::-1], MIRRORED_PARTS[parts[:, ::-1]]
        points = points[list(INFANT13.flip_indices)]
        points[:, 0] = side - 1 - points[:, 0]
    if rng.random() < quarter_turns:
        times = int(rng.integers(4))
        image, parts = np.rot90(image, times), np.rot90(parts, times)
        for _ in range(times):
            points[:, :2] = np.stack([points[:, 1], side - 1 - points[:, 0]], 1)
    return Sample(image, points, sample.empty, parts)


def collate_stacked(items: list[dict[str, Any]]) -> dict[str, Any]:
    """Stack items into one batch with one label for all: no object a picture to move."""
    stack = np.stack([item["image"] for item in items])[..., ::-1]
    sample = PoseDataSample()
    sample.gt_instance_labels = InstanceData(
        keypoints=torch.from_numpy(np.stack([item["points"][:, :2] for item in items])),
        keypoint_weights=torch.from_numpy(np.stack([item["weights"] for item in items])),
        present=torch.from_numpy(np.stack([item["present"] for item in items])),
        parts=torch.from_numpy(np.stack([item["parts"] for item in items])),
    )
    inputs = torch.from_numpy(np.ascontiguousarray(stack)).permute(0, 3, 1, 2)
    return {"inputs": inputs, "data_samples": [sample]}
