"""Train a network from a spec: ``python -m training.train SPEC [--resume]``.

Several processes or GPUs: ``torchrun --nproc-per-node N -m training.train SPEC``.
"""

from __future__ import annotations

import training.mmpose_compat  # noqa: F401  isort: skip

import hashlib
import json
import os
import platform
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Annotated

import torch
import typer
from mmengine.device import get_device
from mmengine.dist import get_world_size, is_main_process
from mmengine.evaluator import Evaluator
from mmengine.model import MMDistributedDataParallel
from mmengine.optim import OptimWrapper
from mmengine.runner import Runner
from torch import nn

from training import build
from training.data.coco import dataset_folders
from training.data.dataset import TrainPictures
from training.data.version import read_version
from training.errors import RunError, TrainingError
from training.hooks import (
    AverageHook,
    KeepHook,
    Loop,
    ReportHook,
    ScheduleHook,
    TellHook,
    Told,
)
from training.metrics import TrunkPCK
from training.muon import Muon, muon_groups
from training.published import is_model_folder, weights_sha256
from training.settle import settle
from training.spec import ScheduleSpec, TrainSpec, load_spec

# Over so many batches norms of a network that was read back find their statistics.
_SETTLING_BATCHES = 24


class Bfloat16Wrapper(OptimWrapper):
    """Runs the network in bfloat16 where torch holds that to be safe; weights stay float32.

    mmengine's own wrapper refuses to do so on a CPU.
    """

    @contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        """Enter autocast beside what the base class does."""
        device = next(model.parameters()).device.type
        with super().optim_context(model), torch.autocast(device, torch.bfloat16):
            yield


def make_runner(
    spec: TrainSpec, *, resume: bool = False, told: Told | None = None
) -> tuple[Runner, KeepHook]:
    """Build the mmengine runner of a spec, and the hook that resumes it if asked to."""
    torch.set_num_threads(spec.run.threads)
    if spec.run.deterministic:
        torch.use_deterministic_algorithms(True, warn_only=True)
    build.seed_everything(spec.run.seed)
    if launched_together():
        _join_the_others()
    schedule = ScheduleHook(spec.schedule)
    average = AverageHook(spec.schedule.ema_momentum)
    keep = KeepHook(spec.run.work_dir, schedule, average)
    keep.resuming = resume
    report = ReportHook(
        spec.run.work_dir, schedule, spec.run.report_every_steps, tensorboard=spec.run.tensorboard
    )
    telling = [] if told is None else [TellHook(schedule, told)]
    model = build.model_for(spec)
    hooks = [schedule, average, keep, report, *telling]
    return _runner(spec, model, hooks, fresh=not resume), keep


def _runner(spec: TrainSpec, model: nn.Module, hooks: list, *, fresh: bool) -> Runner:
    if spec.run.channels_last:
        model = model.to(memory_format=torch.channels_last)
    validation = build.validation_loader(spec)
    epochs = 10**6 if spec.schedule.budget_minutes is not None else spec.schedule.epochs
    spec.run.work_dir.mkdir(parents=True, exist_ok=True)
    loader = build.train_loader(spec)
    if spec.loss.morphology is not None and isinstance(loader.dataset, TrainPictures):
        build.learn_morphology(model, loader.dataset.pictures)
    if fresh and is_model_folder(spec.network.load_from):
        settle(model, islice(loader, _SETTLING_BATCHES))
        if model.self_trainer is not None:
            model.self_trainer.begin_as(model)
    if spec.run.compile:
        # In place, so that the names of its tensors stay.
        model.backbone.compile()
    optimizer = _optimizer(model, spec.schedule)
    if launched_together():
        # mmengine's own wrapping names a GPU for each process, also where there is none.
        model = MMDistributedDataParallel(module=model.to(get_device()), broadcast_buffers=False)
    return Runner(
        model=model,
        work_dir=str(spec.run.work_dir),
        experiment_name=spec.name,
        # mmengine prints pages at each start; ReportHook prints what a person wants to know.
        log_level="WARNING",
        train_dataloader=loader,
        val_dataloader=validation,
        train_cfg={"type": Loop, "max_epochs": epochs, "val_interval": spec.run.val_every_epochs},
        val_cfg={} if validation else None,
        val_evaluator=Evaluator(TrunkPCK()) if validation else None,
        optim_wrapper={
            "type": Bfloat16Wrapper if spec.run.bfloat16 else OptimWrapper,
            "optimizer": optimizer,
            "clip_grad": {"max_norm": spec.schedule.gradient_clip},
            "accumulative_counts": spec.schedule.accumulate,
        },
        launcher="pytorch" if launched_together() else "none",
        default_hooks=dict.fromkeys(["timer", "logger", "param_scheduler", "checkpoint"]),
        custom_hooks=hooks,
        default_scope="mmpose",
        randomness={"seed": spec.run.seed},
    )


def launched_together() -> bool:
    """Tell whether ``torchrun`` started this process as one of several."""
    return "RANK" in os.environ and "WORLD_SIZE" in os.environ


def _join_the_others() -> None:
    # mmengine's own way asks for a GPU in every case.
    if torch.cuda.is_available():
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    torch.distributed.init_process_group("nccl" if torch.cuda.is_available() else "gloo")


def _optimizer(model: nn.Module, schedule: ScheduleSpec) -> torch.optim.Optimizer:
    rates = {"lr": schedule.learning_rate, "weight_decay": schedule.weight_decay}
    if schedule.optimizer == "muon":
        return Muon(muon_groups(model), **rates)
    return torch.optim.AdamW(model.parameters(), fused=True, **rates)


def write_run_manifest(spec: TrainSpec, n_pictures: int) -> None:
    """Write what this run was made of beside its checkpoints."""
    begun_from = spec.network.load_from
    packages = ("torch", "mmpose", "mmengine", "numpy", "opencv-python")
    manifest = {
        "spec": spec.model_dump(mode="json"),
        "load_from_sha256": begun_from and weights_sha256(begun_from),
        "pictures_at_start": n_pictures,
        "datasets": {
            str(folder): _stated_version(folder)
            for folder in dataset_folders((*spec.data.train, *spec.data.val))
        },
        "code_sha256": code_digest(),
        "processes": get_world_size(),
        "packages": {name: version(name) for name in ("cotside", *packages)},
        "python": platform.python_version(),
        "machine": platform.machine(),
        "cuda": torch.cuda.is_available(),
    }
    path = spec.run.work_dir / "run.json"
    path.write_text(json.dumps(manifest, indent=1), encoding="utf-8")


def _stated_version(folder: Path) -> str | None:
    version = read_version(folder)
    return version.hash if version else None


def code_digest() -> str:
    """Return the SHA-256 of this package's source: which code a run was made with."""
    root = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        digest.update(f"{path.relative_to(root)}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()


def train(spec: TrainSpec, *, resume: bool = False, told: Told | None = None) -> Path:
    """Train to the end; return the last checkpoint. ``told`` hears at each step how much is done.

    Raises ``TrainingError`` with one line; the last good checkpoint stays.
    """
    try:
        runner, _ = make_runner(spec, resume=resume, told=told)
        if is_main_process():
            write_run_manifest(spec, len(runner.train_dataloader.dataset))
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", category=FutureWarning)
            runner.train()
    except torch.OutOfMemoryError as error:
        raise RunError(
            f"out of memory with {spec.schedule.batch_size} pictures a batch; halve "
            "schedule.batch_size, double schedule.accumulate, and --resume from the last "
            "checkpoint, which is good"
        ) from error
    except OSError as error:
        raise RunError(
            f"{spec.run.work_dir}: {error.strerror or error}; the last checkpoint is kept, "
            "--resume goes on from it"
        ) from error
    return spec.run.work_dir / "last.pth"


def main(
    spec: Annotated[Path, typer.Argument(help="the training spec (TOML)")],
    resume: Annotated[bool, typer.Option(help="continue from the last checkpoint")] = False,
) -> None:
    """Train a network from a spec."""
    try:
        print(train(load_spec(spec), resume=resume))  # noqa: T201
    except TrainingError as error:
        typer.echo(f"cotside: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    typer.run(main)
