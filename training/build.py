"""From a spec to mmpose and mmengine objects, in Python; no config file is read or executed."""

from __future__ import annotations

import logging
import random
from typing import Any

import numpy as np
import torch
from mmengine.logging import MMLogger
from mmpose.registry import MODELS
from torch import nn
from torch.utils.data import DataLoader

import training.head
import training.losses
import training.mmpose_compat
import training.zoo.lean
import training.zoo.unet
from pipeline.skeleton import SKELETONS, Skeleton
from training.checkpoint import load_weights
from training.data.coco import dataset_folders, read_pictures
from training.data.composed import ComposedPictures, collate_stacked
from training.data.dataset import EpochSampler, TrainPictures, ValidationPictures, collate
from training.errors import SpecError
from training.spec import ComposeSpec, LossSpec, NetworkSpec, TrainSpec
from training.synthetic.body import PARTS
from training.zoo import network

# ImageNet's channel statistics on the 0..255 scale, RGB: what published weights were trained with.
MEAN_RGB = (123.675, 116.28, 103.53)
STD_RGB = (58.395, 57.12, 57.375)


def skeleton_named(name: str) -> Skeleton:
    """Return a known skeleton; raise ``SpecError`` naming them."""
    try:
        return SKELETONS[name]
    except KeyError:
        raise SpecError(f"unknown skeleton {name!r}; known: {', '.join(SKELETONS)}") from None


def model_config(spec: NetworkSpec, loss: LossSpec) -> dict[str, Any]:
    """Return the mmpose config of a network with its head and loss."""
    entry = network(spec.name)
    head = {
        "type": "InfantHeatmapHead",
        "in_channels": entry.out_channels,
        "out_channels": len(skeleton_named(spec.skeleton)),
        "stride": entry.stride,
        "deconv_out_channels": None,
        "loss": {"type": training.losses.LOSSES[loss.kind].__name__, "sigma": loss.sigma},
        "parts": 1 + len(PARTS),
        "parts_weight": loss.parts_weight,
        **entry.head,
    }
    return {
        "type": "TopdownPoseEstimator",
        "data_preprocessor": {
            "type": "InfantPreprocessor",
            "mean": list(MEAN_RGB),
            "std": list(STD_RGB),
        },
        "backbone": entry.backbone,
        "head": head,
        "test_cfg": {"flip_test": False},
    }


def build_model(spec: NetworkSpec, loss: LossSpec) -> nn.Module:
    """Build and initialise a network; load weights by name where the spec names some."""
    # mmengine would print every tensor that it initialises.
    MMLogger.get_current_instance().setLevel(logging.WARNING)
    model = MODELS.build(model_config(spec, loss))
    model.init_weights()
    if spec.load_from is not None:
        load_weights(model, spec.load_from)
    return model


def train_loader(spec: TrainSpec) -> DataLoader:
    """Build the loader of augmented pictures, or of composed ones where the spec says how."""
    if spec.compose is not None:
        return _composed_loader(spec, spec.compose)
    dataset = TrainPictures(
        spec.data.train,
        skeleton_named(spec.network.skeleton),
        spec.augment,
        spec.schedule.input_wh_at(0.0),
        seed=spec.run.seed,
        occluded_weight=spec.loss.occluded_weight,
    )
    return DataLoader(
        dataset,
        batch_size=spec.schedule.batch_size,
        sampler=EpochSampler(dataset, spec.data.samples_per_epoch, spec.run.seed),
        num_workers=spec.run.workers,
        collate_fn=collate,
        drop_last=True,
        worker_init_fn=_one_thread,
    )


def _composed_loader(spec: TrainSpec, compose: ComposeSpec) -> DataLoader:
    dataset = ComposedPictures(
        compose,
        spec.augment,
        spec.schedule.input_wh_at(0.0),
        seed=spec.run.seed,
        occluded_weight=spec.loss.occluded_weight,
        length=spec.data.samples_per_epoch,
    )
    return DataLoader(
        dataset,
        batch_size=spec.schedule.batch_size,
        num_workers=spec.run.workers,
        collate_fn=collate_stacked,
        drop_last=True,
        worker_init_fn=_one_thread,
    )


def validation_loader(spec: TrainSpec) -> DataLoader | None:
    """Build the loader of validation crops, evenly taken; None where the spec has none."""
    folders = dataset_folders(spec.data.val)
    if not folders:
        return None
    skeleton = skeleton_named(spec.network.skeleton)
    pictures = read_pictures(folders, skeleton)
    step = max(1, len(pictures) // spec.data.val_count)
    chosen = pictures.take(range(0, len(pictures), step))
    dataset = ValidationPictures(
        chosen, skeleton, spec.schedule.final_input_wh, upright=spec.augment.upright > 0.5
    )
    return DataLoader(dataset, batch_size=32, num_workers=0, collate_fn=collate)


def _one_thread(worker: int) -> None:
    torch.set_num_threads(1)
    import cv2

    cv2.setNumThreads(1)


def seed_everything(seed: int) -> None:
    """Seed Python, numpy and torch."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
