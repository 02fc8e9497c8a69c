"""From a spec to mmpose and mmengine objects, in Python; no config file is read or executed."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
import typer
from mmengine.dataset import DefaultSampler
from mmengine.dist import get_rank, get_world_size
from mmengine.logging import MMLogger
from mmpose.registry import MODELS
from torch import nn
from torch.utils.data import DataLoader

import training.heads
import training.losses
import training.mmpose_compat
import training.zoo.lean
import training.zoo.unet
from pipeline.models.manifest import CalibrationSpec, read_manifest
from pipeline.skeleton import SKELETONS, Skeleton
from training.checkpoint import Loaded, load_weights
from training.data.clips import ClipCollate
from training.data.coco import PictureSet, dataset_folders, read_pictures
from training.data.composed import ComposedPictures, collate_stacked
from training.data.dataset import EpochSampler, TrainPictures, ValidationPictures, collate
from training.data.unlabelled import UnlabelledCollate
from training.distill import Distiller
from training.errors import SpecError
from training.losses.morphology import MorphologyLoss
from training.losses.temporal import TemporalLoss
from training.published import is_model_folder, weights_file
from training.read_back import load_folder
from training.self_train import SelfTrainer
from training.spec import ComposeSpec, DistillSpec, LossSpec, NetworkSpec, TrainSpec
from training.synthetic.body import PARTS
from training.zoo import Network, network

# ImageNet's channel statistics on the 0..255 scale, RGB: what published weights were trained with.
MEAN_RGB = (123.675, 116.28, 103.53)
STD_RGB = (58.395, 57.12, 57.375)
# Between processes that train together: each composes pictures of its own.
_SEEDS_APART = 1_000_003
# SimCC bins a pixel, as published.
SIMCC_RATIO = 2.0


def skeleton_named(name: str) -> Skeleton:
    """Return a known skeleton; raise ``SpecError`` naming them."""
    try:
        return SKELETONS[name]
    except KeyError:
        raise SpecError(f"unknown skeleton {name!r}; known: {', '.join(SKELETONS)}") from None


def model_config(spec: NetworkSpec, loss: LossSpec, input_wh: tuple[int, int]) -> dict[str, Any]:
    """Return the mmpose config of a network with its head and loss, for an input size."""
    entry = network(spec.name)
    head = {
        "type": _head_type(entry, loss),
        "in_channels": entry.out_channels,
        "out_channels": len(skeleton_named(spec.skeleton)),
        "loss": _loss_config(entry, loss),
        **_head_size(entry, input_wh),
        **_parts(entry, loss),
        **entry.head,
    }
    return {
        "type": "InfantEstimator",
        "data_preprocessor": {
            "type": "InfantPreprocessor",
            "mean": list(MEAN_RGB),
            "std": list(STD_RGB),
        },
        "backbone": entry.backbone,
        "head": head,
        "test_cfg": {"flip_test": False},
    }


def _head_type(entry: Network, loss: LossSpec) -> str:
    if entry.head_kind == "heatmap":
        return "InfantOffsetHead" if loss.kind == "offset" else "InfantHeatmapHead"
    return {"simcc": "InfantSimccHead", "rtmcc": "InfantRTMCCHead"}[entry.head_kind]


def _head_size(entry: Network, input_wh: tuple[int, int]) -> dict[str, Any]:
    if not entry.fixed_size:
        return {"stride": entry.stride, "deconv_out_channels": None}
    return {
        "input_size": input_wh,
        "in_featuremap_size": tuple(side // entry.stride for side in input_wh),
        "simcc_split_ratio": SIMCC_RATIO,
    }


def _parts(entry: Network, loss: LossSpec) -> dict[str, Any]:
    if not loss.parts_weight:
        return {}
    if entry.answer != "heatmap":
        raise SpecError(f"loss.parts_weight: {entry.name} has no map on which to tell parts apart")
    return {"parts": 1 + len(PARTS), "parts_weight": loss.parts_weight}


def _loss_config(entry: Network, loss: LossSpec) -> dict[str, Any]:
    known = training.losses.LOSSES[entry.answer]
    kind = loss.kind or next(iter(known))
    if kind not in known:
        raise SpecError(
            f"loss.kind: {entry.name} gives {entry.answer} answers, which learn by "
            f"{', '.join(known)}; not by {kind}"
        )
    sigma = {} if loss.sigma is None else {"sigma": loss.sigma}
    return {"type": known[kind].__name__, **sigma}


def construct(
    spec: NetworkSpec, loss: LossSpec, input_wh: tuple[int, int] = (192, 256)
) -> nn.Module:
    """Build a network whose weights are yet to be given."""
    # mmengine would print every tensor that it initialises.
    MMLogger.get_current_instance().setLevel(logging.WARNING)
    model = MODELS.build(model_config(spec, loss, input_wh))
    skeleton = skeleton_named(spec.skeleton)
    model.head.morphology = loss.morphology and MorphologyLoss(loss.morphology, skeleton)
    model.head.temporal = loss.temporal and TemporalLoss(loss.temporal, skeleton)
    return model


def build_model(
    spec: NetworkSpec, loss: LossSpec, input_wh: tuple[int, int] = (192, 256)
) -> nn.Module:
    """Build and initialise a network; load weights by name where the spec names some."""
    model = construct(spec, loss, input_wh)
    model.init_weights()
    for source in (spec.load_from, spec.trunk):
        if source is not None:
            loaded = weights_into(model, source, skeleton_named(spec.skeleton))
            typer.echo("\n  ".join([f"weights of {source}:", *loaded.lines()]))
    return model


def weights_into(model: nn.Module, source: Path | str, skeleton: Skeleton) -> Loaded:
    """Give a network the weights of a file, of a model folder or of a known name."""
    if is_model_folder(source):
        return load_folder(model, Path(source), skeleton)
    return load_weights(model, weights_file(source), skeleton)


def model_for(spec: TrainSpec) -> nn.Module:
    """Build the network of a whole spec, at the input size that it ends with.

    Raises ``SpecError`` where the sizes change and the network's head fits one only.
    """
    sizes = {stage.input_wh for stage in spec.schedule.stages}
    if network(spec.network.name).fixed_size and len(sizes) > 1:
        raise SpecError(
            f"schedule.stages: {spec.network.name} is built for one input size; "
            f"give one stage, not {len(sizes)} sizes"
        )
    model = build_model(spec.network, spec.loss, spec.schedule.final_input_wh)
    if spec.distill is not None:
        model.distiller = distiller_for(spec, spec.distill)
    if spec.self_train is not None:
        folder = spec.self_train.calibration
        scale = CalibrationSpec() if folder is None else read_manifest(folder).calibration
        skeleton = skeleton_named(spec.network.skeleton)
        model.self_trainer = SelfTrainer(spec.self_train, model, skeleton, scale)
    return model


def distiller_for(spec: TrainSpec, distill: DistillSpec) -> Distiller:
    """Build the teacher of a spec with its weights.

    Raises ``SpecError`` where the two networks' answers cannot be compared.
    """
    pupil, teacher = network(spec.network.name), network(distill.teacher)
    if distill.logits > 0:
        if pupil.answer != teacher.answer:
            raise SpecError(
                f"distill.teacher: {teacher.name} gives {teacher.answer} answers, {pupil.name} "
                f"{pupil.answer} ones; set distill.logits = 0 to learn from its features only"
            )
        if spec.loss.kind in ("bce", "mse", "offset"):
            raise SpecError(f"distill.logits: answers learned by {spec.loss.kind} are no shares")
    asked = NetworkSpec(name=teacher.name, skeleton=spec.network.skeleton)
    model = construct(asked, LossSpec(), spec.schedule.final_input_wh)
    missing = weights_into(model, distill.checkpoint, skeleton_named(asked.skeleton)).untouched
    if missing:
        raise SpecError(f"{distill.checkpoint}: has no {missing[0]} of {teacher.name}")
    return Distiller(distill, model, pupil.out_channels, teacher.out_channels)


def train_loader(spec: TrainSpec) -> DataLoader:
    """Build the loader of augmented pictures, or of composed ones where the spec says how."""
    if spec.compose is not None:
        if spec.data.clips or spec.self_train is not None:
            raise SpecError("what has no labels goes with kept pictures, not composed ones")
        return _composed_loader(spec, spec.compose)
    validation = validation_pictures(spec)
    dataset = TrainPictures(
        spec.data.train,
        skeleton_named(spec.network.skeleton),
        spec.augment,
        spec.schedule.input_wh_at(0.0),
        seed=spec.run.seed,
        occluded_weight=spec.loss.occluded_weight,
        kept_out=frozenset(validation.groups) if validation else frozenset(),
        count=spec.data.train_count,
    )
    return DataLoader(
        dataset,
        batch_size=spec.schedule.batch_size,
        sampler=EpochSampler(
            dataset, spec.data.samples_per_epoch, spec.run.seed, get_rank(), get_world_size()
        ),
        num_workers=spec.run.workers,
        collate_fn=_collate(spec),
        drop_last=True,
        worker_init_fn=_one_thread,
    )


def _collate(spec: TrainSpec) -> Callable[[list[dict[str, Any]]], dict[str, Any]]:
    if spec.data.clips and spec.self_train is not None:
        raise SpecError("self_train: give either pictures or data.clips, not both")
    if spec.self_train is not None:
        return UnlabelledCollate(spec.self_train, spec.augment)
    return ClipCollate(spec.data, spec.augment) if spec.data.clips else collate


def _composed_loader(spec: TrainSpec, compose: ComposeSpec) -> DataLoader:
    dataset = ComposedPictures(
        compose,
        spec.augment,
        spec.schedule.input_wh_at(0.0),
        seed=spec.run.seed + _SEEDS_APART * get_rank(),
        occluded_weight=spec.loss.occluded_weight,
        length=spec.data.samples_per_epoch // get_world_size(),
    )
    return DataLoader(
        dataset,
        batch_size=spec.schedule.batch_size,
        num_workers=spec.run.workers,
        collate_fn=collate_stacked,
        drop_last=True,
        worker_init_fn=_one_thread,
    )


def validation_pictures(spec: TrainSpec) -> PictureSet | None:
    """Read all pictures to validate on; None where the spec has none."""
    folders = dataset_folders(spec.data.val)
    if not folders:
        return None
    return read_pictures(folders, skeleton_named(spec.network.skeleton), "val")


def validation_loader(spec: TrainSpec) -> DataLoader | None:
    """Build the loader of validation crops, evenly taken; None where the spec has none."""
    pictures = validation_pictures(spec)
    if pictures is None:
        return None
    dataset = ValidationPictures(
        pictures.evenly(spec.data.val_count),
        skeleton_named(spec.network.skeleton),
        spec.schedule.final_input_wh,
        upright=spec.augment.upright > 0.5,
    )
    sampler = DefaultSampler(dataset, shuffle=False)
    return DataLoader(dataset, batch_size=32, sampler=sampler, num_workers=0, collate_fn=collate)


def learn_morphology(model: nn.Module, pictures: PictureSet) -> None:
    """Fit the morphology loss of a network, where it has one, to the labels it will learn from."""
    if model.head.morphology is None:
        return
    full = pictures.keypoints_nkc[~pictures.empty_n]
    model.head.morphology.learn(
        torch.from_numpy(full[..., :2].copy()), torch.from_numpy((full[..., 2] > 0).astype("f4"))
    )


def _one_thread(worker: int) -> None:
    torch.set_num_threads(1)
    import cv2

    cv2.setNumThreads(1)


def seed_everything(seed: int) -> None:
    """Seed Python, numpy and torch."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
