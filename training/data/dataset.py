"""The torch datasets: augmented pictures for training, plain crops for validation."""

from __future__ import annotations

import training.mmpose_compat  # noqa: F401  isort: skip

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from mmengine.structures import InstanceData
from mmpose.structures import PoseDataSample
from numpy.typing import NDArray
from torch.utils.data import Dataset, Sampler

from pipeline.skeleton import Skeleton
from training.data.augment import (
    camera_faults,
    cover,
    crop_affine,
    draw_affine,
    look,
    move_points,
    upright_angle,
    warp,
)
from training.data.coco import PictureSet, dataset_folders, read_pictures
from training.errors import DatasetError
from training.spec import AugmentSpec

# Side of the validation crop over the longest side of the infant's box.
VALIDATION_PADDING = 1.25
# How far from upright the runtime's crop may be when it looks upright.
VALIDATION_TURN_DEG = 35.0


def load_image(path: Path) -> NDArray[np.uint8]:
    """Read a picture as BGR; raise ``DatasetError`` naming the file."""
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise DatasetError(f"{path}: missing or not a picture")
    return image


class TrainPictures(Dataset):
    """Augmented crops; looks for newly finished dataset folders at each epoch.

    A picture of somebody in ``kept_out`` (groups of the validation set) is refused; there is no
    way round that.

    An item is a function of (seed, epoch, position) only, so a resumed run sees what an
    uninterrupted one would.
    """

    def __init__(
        self,
        roots: tuple[Path, ...],
        skeleton: Skeleton,
        augment: AugmentSpec,
        input_wh: tuple[int, int],
        *,
        seed: int = 0,
        occluded_weight: float = 0.5,
        kept_out: frozenset[str] = frozenset(),
        count: int | None = None,
    ) -> None:
        self.kept_out = kept_out
        self.count = count
        self.roots = roots
        self.skeleton = skeleton
        self.augment = augment
        self.input_wh = input_wh
        self.seed = seed
        self.occluded_weight = occluded_weight
        self.epoch = 0
        self.metainfo = {"dataset_name": skeleton.name, "num_keypoints": len(skeleton)}
        self._folders: list[Path] = []
        self.pictures: PictureSet
        self.refresh()

    def refresh(self) -> bool:
        """Take in dataset folders that were finished since; tell whether there were any."""
        folders = dataset_folders(self.roots)
        if folders == self._folders:
            return False
        pictures = read_pictures(folders, self.skeleton, "train")
        _refuse_leakage(pictures, self.kept_out)
        self.pictures = pictures.evenly(self.count or len(pictures))
        self._folders = folders
        return True

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, position: int) -> dict[str, Any]:
        rng = np.random.default_rng((self.seed, self.epoch, position))
        points = self.pictures.keypoints_nkc[position]
        box = self.pictures.boxes_n4[position]
        image = load_image(self.pictures.paths[position])
        affine, flip, away = draw_affine(
            points, box, self.skeleton, self.augment, self.input_wh, rng
        )
        image = warp(image, affine, self.input_wh, rng)
        points = move_points(points, affine, flip, self.skeleton)
        image = look(image, self.augment, rng)
        image, points = cover(image, points, self.augment, rng)
        image = camera_faults(image, self.augment, rng)
        empty = away or bool(self.pictures.empty_n[position])
        weights, present = self._weights(points, empty=empty)
        return {
            "image": image,
            "points": points,
            "weights": weights,
            "present": present,
            "key": (self.seed, self.epoch, position),
        }

    def _weights(
        self, points_kc: NDArray[np.float32], *, empty: bool
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Return what each point counts, and whether it lies in the crop."""
        if empty:
            return np.ones(len(points_kc), np.float32), np.zeros(len(points_kc), np.bool_)
        by_visibility = np.array([0.0, self.occluded_weight, 1.0], np.float32)
        weights = by_visibility[points_kc[:, 2].astype(int)]
        inside = ((points_kc[:, :2] >= 0) & (points_kc[:, :2] < self.input_wh)).all(1)
        return weights, inside & (points_kc[:, 2] > 0)


def _refuse_leakage(pictures: PictureSet, kept_out: frozenset[str]) -> None:
    """Raise ``DatasetError`` where somebody to be measured on would be learned from."""
    both = sorted(set(pictures.groups) & kept_out)
    if both:
        path = pictures.paths[pictures.groups.index(both[0])]
        raise DatasetError(
            f"{path}: {both[0]} stands on both sides, training and validation ({len(both)} such); "
            "split by infant with `cotside data split`"
        )


class ValidationPictures(Dataset):
    """Centred crops, at the direction the pictures have or near upright (``upright``)."""

    def __init__(
        self,
        pictures: PictureSet,
        skeleton: Skeleton,
        input_wh: tuple[int, int],
        *,
        upright: bool = False,
    ) -> None:
        self.pictures = pictures
        self.upright = upright
        self.skeleton = skeleton
        self.input_wh = input_wh
        self.metainfo = {"dataset_name": skeleton.name, "num_keypoints": len(skeleton)}

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, position: int) -> dict[str, Any]:
        box = self.pictures.boxes_n4[position].astype(np.float64)
        side = float(max(box[2], box[3])) * VALIDATION_PADDING
        angle = self._angle(position) if self.upright else 0.0
        affine = crop_affine(box[:2] + box[2:] / 2, side, angle, False, self.input_wh)
        image = load_image(self.pictures.paths[position])
        points = move_points(self.pictures.keypoints_nkc[position], affine, False, self.skeleton)
        return {
            "image": cv2.warpAffine(image, affine, self.input_wh, flags=cv2.INTER_LINEAR),
            "points": points,
            "weights": (points[:, 2] > 0).astype(np.float32),
            "present": points[:, 2] > 0,
        }

    def _angle(self, position: int) -> float:
        upright = upright_angle(self.pictures.keypoints_nkc[position], self.skeleton)
        if upright is None:
            return 0.0
        error = np.random.default_rng(position).uniform(-1, 1)
        return upright + float(np.deg2rad(VALIDATION_TURN_DEG) * error)


class EpochSampler(Sampler[int]):
    """Draws ``count`` positions an epoch without repeats while the pictures last.

    Of ``world`` processes that train together each takes its own, ``rank`` of them.
    """

    def __init__(
        self, dataset: TrainPictures, count: int, seed: int, rank: int = 0, world: int = 1
    ) -> None:
        self.dataset = dataset
        self.count = count
        self.seed = seed
        self.rank = rank
        self.world = world
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch whose order is drawn next."""
        self.epoch = epoch

    def __len__(self) -> int:
        return self.count // self.world

    def __iter__(self) -> Iterator[int]:
        rng = np.random.default_rng((self.seed, self.epoch, 7))
        rounds = -(-self.count // len(self.dataset))
        order = np.concatenate([rng.permutation(len(self.dataset)) for _ in range(rounds)])
        own = order[: self.count][self.rank :: self.world]
        return iter(own[: len(self)].tolist())


def collate(items: list[dict[str, Any]]) -> dict[str, Any]:
    """Make a batch as mmpose's estimators take it.

    ``inputs``: (N, 3, H, W) uint8 RGB, in channels-last memory order as the pictures lie.
    """
    stack = np.stack([item["image"] for item in items])[..., ::-1]
    inputs = torch.from_numpy(np.ascontiguousarray(stack)).permute(0, 3, 1, 2)
    height, width = stack.shape[1:3]
    samples = []
    for item in items:
        size = np.array([width, height], np.float32)
        sample = PoseDataSample(
            metainfo={
                "img_shape": (height, width),
                "input_size": size,
                "input_scale": size,
                "input_center": size / 2,
            }
        )
        sample.gt_instances = InstanceData(
            bboxes=np.array([[0, 0, width, height]], np.float32),
            bbox_scores=np.ones(1, np.float32),
            keypoints=item["points"][None, :, :2],
            visibility=item["points"][None, :, 2],
        )
        sample.gt_instance_labels = InstanceData(
            keypoints=torch.from_numpy(item["points"][None, :, :2].astype(np.float32)),
            keypoint_weights=torch.from_numpy(item["weights"][None]),
            present=torch.from_numpy(item["present"][None]),
        )
        samples.append(sample)
    return {"inputs": inputs, "data_samples": samples}
