"""What happens beside the training steps: schedule, averaged weights, checkpoints, reports."""

from __future__ import annotations

import training.mmpose_compat  # noqa: F401  isort: skip

import csv
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import typer
from mmengine.dist import broadcast, get_world_size, is_main_process
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import EpochBasedTrainLoop, Runner
from torch import Tensor, nn

from training.checkpoint import read_checkpoint, write_checkpoint
from training.errors import CheckpointError, RunError
from training.spec import ScheduleSpec
from training.tensorboard import ScalarLog

Told = Callable[[float], None]


class Loop(EpochBasedTrainLoop):
    """Epochs that can end in the middle, when the clock says so."""

    def run_epoch(self) -> None:
        """Train over the epoch's batches until they end or the run is over."""
        self.runner.call_hook("before_train_epoch")
        self.runner.model.train()
        for position, batch in enumerate(self.dataloader):
            self.run_iter(position, batch)
            if self.stop_training:
                break
        self.runner.call_hook("after_train_epoch")
        self._epoch += 1


class ScheduleHook(Hook):
    """Sets learning rate and input size by the progress of the run: by clock, or by steps."""

    priority = "VERY_HIGH"

    def __init__(self, schedule: ScheduleSpec) -> None:
        self.schedule = schedule
        self.elapsed_before_s = 0.0
        self._started_s = time.monotonic()

    @property
    def elapsed_s(self) -> float:
        """Return the seconds trained, those before a resume included."""
        return self.elapsed_before_s + time.monotonic() - self._started_s

    def before_train(self, runner: Runner) -> None:
        """Start the clock."""
        self._started_s = time.monotonic()

    def progress(self, runner: Runner) -> float:
        """Return how much of the run is done, 0..1."""
        if self.schedule.budget_minutes is not None:
            return min(1.0, self.elapsed_s / (60 * self.schedule.budget_minutes))
        return min(1.0, runner.iter / max(1, runner.max_iters))

    def before_train_epoch(self, runner: Runner) -> None:
        """Take in new pictures and choose the input size of this epoch."""
        dataset = runner.train_dataloader.dataset
        dataset.epoch = runner.epoch
        dataset.input_wh = self.schedule.input_wh_at(self.progress(runner))
        if dataset.refresh():
            typer.echo(f"training on {len(dataset)} pictures")

    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch: Any = None) -> None:
        """Set the learning rate: linear warm-up, then half a cosine to zero."""
        progress = _agreed(self.progress(runner))
        warm = min(1.0, (runner.iter + 1) / max(1, self.schedule.warmup_steps))
        rate = (
            scaled_rate(self.schedule, get_world_size())
            * warm
            * 0.5
            * (1 + math.cos(math.pi * progress))
        )
        for group in runner.optim_wrapper.optimizer.param_groups:
            group["lr"] = rate
        if self.schedule.budget_minutes is not None and progress >= 1.0:
            runner.train_loop.stop_training = True


def scaled_rate(schedule: ScheduleSpec, world: int) -> float:
    """Return the learning rate, scaled linearly to the pictures a step (Goyal et al. 2017)."""
    if schedule.base_batch is None:
        return schedule.learning_rate
    a_step = schedule.batch_size * schedule.accumulate * world
    return schedule.learning_rate * a_step / schedule.base_batch


def _agreed(progress: float) -> float:
    """Return the first process' value: by their own clocks some would end before the others."""
    if get_world_size() == 1:
        return progress
    value = torch.tensor([progress], dtype=torch.float64)
    broadcast(value)
    return float(value)


class AverageHook(Hook):
    """Keeps an exponential average of weights and statistics; validation and export use it."""

    priority = "HIGH"

    def __init__(self, momentum: float) -> None:
        self.momentum = momentum
        self.average: dict[str, Tensor] = {}
        self._floating: list[str] = []

    def before_train(self, runner: Runner) -> None:
        """Start from the network's weights, unless a resume brought an average."""
        if not self.average:
            self.average = {k: v.detach().clone() for k, v in _state(runner).items()}
        self._floating = [k for k, v in self.average.items() if v.is_floating_point()]

    @torch.no_grad()
    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        """Move the average towards the weights; faster at the start, when they move most."""
        # Over about the last tenth of the steps at first, over 1/momentum steps later.
        rate = max(self.momentum, 10 / (runner.iter + 10))
        state = _state(runner)
        torch._foreach_lerp_(
            [self.average[k] for k in self._floating], [state[k] for k in self._floating], rate
        )

    def before_val_epoch(self, runner: Runner) -> None:
        """Put the average into the network."""
        self._swap(runner)

    def after_val_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        """Put the training weights back."""
        self._swap(runner)

    @torch.no_grad()
    def _swap(self, runner: Runner) -> None:
        state = _state(runner)
        for name in self._floating:
            kept = state[name].clone()
            state[name].copy_(self.average[name])
            self.average[name].copy_(kept)


class KeepHook(Hook):
    """Writes ``last.pth`` each epoch and ``best.pth`` at each better validation."""

    priority = "LOW"

    def __init__(self, work_dir: Path, schedule: ScheduleHook, average: AverageHook) -> None:
        self.work_dir = work_dir
        self.schedule = schedule
        self.average = average
        self.best = -1.0
        self.validations_since_best = 0
        self.resuming = False

    def before_train(self, runner: Runner) -> None:
        """Continue from the last checkpoint if asked to."""
        if self.resuming:
            self._resume(runner)

    def after_train_epoch(self, runner: Runner) -> None:
        """Write the last checkpoint."""
        self._write(runner, "last", epochs_done=runner.epoch + 1)

    def after_val_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        """Write the best checkpoint when this one is."""
        figure = (metrics or {}).get("trunk/PCK@0.1", -1.0)
        self.validations_since_best += 1
        if figure > self.best:
            self.best, self.validations_since_best = figure, 0
            self._write(runner, "best", epochs_done=runner.epoch)
        patience = self.schedule.schedule.patience
        if patience is not None and self.validations_since_best >= patience:
            typer.echo(f"no better validation in {patience}: the run ends here")
            runner.train_loop.stop_training = True

    def _write(self, runner: Runner, which: str, epochs_done: int) -> None:
        if is_main_process():
            write_checkpoint(self._content(runner, epochs_done), self._path(which))

    def _resume(self, runner: Runner) -> None:
        content = read_checkpoint(self._path("last"))
        try:
            _network(runner).load_state_dict(content["training_state_dict"])
            runner.optim_wrapper.optimizer.load_state_dict(content["optimizer"])
            self.average.average = content["state_dict"]
            self.schedule.elapsed_before_s = content["elapsed_s"]
            self.best = content["best"]
            self.validations_since_best = content.get("validations_since_best", 0)
            runner.train_loop._epoch = content["epochs"]
            runner.train_loop._iter = content["steps"]
        except (KeyError, RuntimeError, ValueError) as error:
            raise CheckpointError(
                f"{self._path('last')}: is not of this spec's network: {error}"
            ) from error
        torch.set_rng_state(content["torch_rng"])

    def _path(self, which: str) -> Path:
        return self.work_dir / f"{which}.pth"

    def _content(self, runner: Runner, epochs_done: int) -> dict[str, Any]:
        return {
            "state_dict": self.average.average,
            "training_state_dict": _state(runner),
            "optimizer": runner.optim_wrapper.optimizer.state_dict(),
            "elapsed_s": self.schedule.elapsed_s,
            "best": self.best,
            "validations_since_best": self.validations_since_best,
            "epochs": epochs_done,
            "steps": runner.iter,
            "torch_rng": torch.get_rng_state(),
        }


class ReportHook(Hook):
    """Prints a line with the time left, writes the CSV log, and ends a run that lost its loss."""

    priority = "LOW"

    def __init__(
        self,
        work_dir: Path,
        schedule: ScheduleHook,
        every_steps: int = 50,
        *,
        tensorboard: bool = False,
    ) -> None:
        self.path = work_dir / "log.csv"
        self.schedule = schedule
        self.scalars = ScalarLog(work_dir / "tensorboard") if tensorboard else None
        self.every_steps = every_steps
        self._losses: list[float] = []
        self._shares: list[float] = []
        self._since_s = time.monotonic()
        self._samples = 0

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        """Count the step; report every so many."""
        loss = float(torch.as_tensor(outputs["loss"]).detach())
        if not math.isfinite(loss):
            raise RunError(
                f"step {runner.iter}: the loss is {loss}; lower the learning rate and --resume "
                "from the last checkpoint, which is good"
            )
        self._losses.append(loss)
        if "share_learned" in outputs:
            self._shares.append(float(outputs["share_learned"]))
        self._samples += len(data_batch["inputs"])
        if len(self._losses) >= self.every_steps and is_main_process():
            self._report(runner)

    def after_val_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        """Report a validation."""
        if not is_main_process():
            return
        figures = {name: round(value, 4) for name, value in (metrics or {}).items()}
        typer.echo(f"epoch {runner.epoch}: validation {figures}")
        self._write(runner, loss="", speed="", figures=figures)

    def _report(self, runner: Runner) -> None:
        loss = sum(self._losses) / len(self._losses)
        speed = self._samples / max(time.monotonic() - self._since_s, 1e-6)
        progress = self.schedule.progress(runner)
        left_s = self.schedule.elapsed_s * (1 - progress) / max(progress, 1e-6)
        width = runner.train_dataloader.dataset.input_wh[0]
        rate = runner.optim_wrapper.optimizer.param_groups[0]["lr"]
        typer.echo(
            f"step {runner.iter + 1} epoch {runner.epoch}: loss {loss:.4f} {speed:.1f} pictures/s "
            f"width {width} rate {rate:.2e} {progress:.0%} done, {left_s / 60:.0f} min left"
            f"{_learned_from(self._shares)}"
        )
        self._write(runner, loss=f"{loss:.5f}", speed=f"{speed:.2f}", figures={})
        self._losses, self._shares = [], []
        self._samples, self._since_s = 0, time.monotonic()

    def _write(self, runner: Runner, loss: str, speed: str, figures: dict[str, float]) -> None:
        if self.scalars is not None:
            said = {"loss": loss, "pictures_per_s": speed}
            numbers = {name: float(text) for name, text in said.items() if text}
            self.scalars.write(runner.iter, numbers | figures)
        fresh = not self.path.exists()
        with self.path.open("a", newline="", encoding="utf-8") as file:
            out = csv.writer(file)
            if fresh:
                out.writerow("step epoch elapsed_s loss pictures_per_s pck_0.1 pck_0.2".split())
            out.writerow(
                [
                    runner.iter,
                    runner.epoch,
                    f"{self.schedule.elapsed_s:.1f}",
                    loss,
                    speed,
                    figures.get("trunk/PCK@0.1", ""),
                    figures.get("trunk/PCK@0.2", ""),
                ]
            )


def _learned_from(shares: list[float]) -> str:
    """Say how much of what has no labels was learned from; nothing where all has labels."""
    if not shares:
        return ""
    return f"; of the points without labels {sum(shares) / len(shares):.1%} learned from"


class TellHook(Hook):
    """Tells at each step how much of the run is done, 0..1."""

    priority = "LOWEST"

    def __init__(self, schedule: ScheduleHook, told: Told) -> None:
        self.schedule, self.told = schedule, told

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        """Tell."""
        self.told(self.schedule.progress(runner))


def _network(runner: Runner) -> nn.Module:
    """Return the network itself, also where several processes train it."""
    return runner.model.module if is_model_wrapper(runner.model) else runner.model


def _state(runner: Runner) -> dict[str, Tensor]:
    return _network(runner).state_dict()
