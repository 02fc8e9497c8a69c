"""Train a refiner over time: ``python -m training.temporal.train SPEC``.

Learns from rendered infants' motions (tracks.py) as a detector would find them (noise.py): minutes
on one CPU core. Writes the folder that the runtime reads.
"""

from __future__ import annotations

import json
import math
import sys
import time
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer
from numpy.typing import NDArray
from torch import Tensor, nn

from pipeline.confidence import present
from pipeline.skeleton import INFANT13
from pipeline.smoothing.base import body_scale
from pipeline.smoothing.stretches import stretches
from training.checkpoint import write_checkpoint
from training.errors import RunError, TrainingError
from training.temporal.export import export_refiner
from training.temporal.network import WindowRefiner
from training.temporal.noise import DetectorNoise
from training.temporal.spec import RefinerSchedule, RefinerSpec, load_refiner_spec
from training.temporal.tracks import TRAINING_SEED, Seen, read_tracks, windows

_WARMUP_STEPS = 30
_KEEP = 0.98
_REPORT_EVERY = 50
# Errors below these, in body lengths, are as good as none.
_FINE, _FINE_STEP = 0.005, 0.002


def build_refiner(spec: RefinerSpec) -> WindowRefiner:
    """Build the network of a spec, untrained."""
    size = spec.network
    return WindowRefiner(
        joints=len(INFANT13),
        width=size.width,
        layers=size.layers,
        heads=size.heads,
        mixes=size.mixes,
        causal=size.form == "causal",
    )


def make_batch(
    seen: Seen, noise: DetectorNoise, rng: np.random.Generator
) -> tuple[dict[str, Tensor], Tensor, Tensor]:
    """Return the network's inputs, the targets (N, T, K, 2) and where they count (N, T, K).

    The target has the detector's steady error: no filter can know it, and it would only blur what
    can be learned.
    """
    found = noise.see(seen.points_ntkc, seen.times_nt, rng)
    known = present(found.scores)
    times_us = np.rint(seen.times_nt * 1e6).astype(np.int64)
    runs = stretches(times_us, known)
    gaps = np.where(known[..., None], found.points, np.nan)
    scale = np.array([body_scale(window) for window in gaps])[:, None, None, None]
    origin = np.nan_to_num(_first_known(gaps))
    points = np.nan_to_num((gaps - origin) / scale)
    target = (seen.points_ntkc + found.steady - origin) / scale
    arrays = {
        "points": points,
        "seen": known,
        "scores": found.scores,
        "runs": runs,
        "times_s": seen.times_nt - seen.times_nt[:, -1:],
    }
    inputs = {name: _tensor(value) for name, value in arrays.items()}
    return inputs, _tensor(target), _tensor(runs >= 0)


def _tensor(values: NDArray) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(values, np.float32))


def _first_known(points_ntkc: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each keypoint's first known place (N, 1, K, 2); NaN where there is none."""
    first = np.isfinite(points_ntkc[..., 0]).argmax(axis=1)[:, None, :, None]
    return np.take_along_axis(points_ntkc, first, axis=1)


def refiner_loss(found: Tensor, target: Tensor, counts: Tensor, calm: float) -> Tensor:
    """Return the mean error of place, and ``calm`` times that of the steps between frames."""
    error = found - target
    place = _length(error, _FINE)
    step = _length(error[:, 1:] - error[:, :-1], _FINE_STEP)
    both = counts[:, 1:] * counts[:, :-1]
    return (place * counts).sum() / counts.sum() + calm * (step * both).sum() / both.sum()


def _length(vectors: Tensor, fine: float) -> Tensor:
    return ((vectors**2).sum(-1) + fine**2).sqrt() - fine


def train_refiner(spec: RefinerSpec) -> nn.Module:
    """Train; return the averaged network. Raises ``RunError`` where the loss is lost."""
    torch.set_num_threads(1)
    torch.manual_seed(spec.schedule.seed)
    rng = np.random.default_rng(spec.schedule.seed)
    motion = spec.motion
    joints = read_tracks(motion.file, motion.count, motion.seconds, TRAINING_SEED)
    net, noise, schedule = build_refiner(spec), DetectorNoise(), spec.schedule
    optimizer = torch.optim.AdamW(net.parameters(), lr=schedule.learning_rate, weight_decay=0.01)
    average = {name: value.detach().clone() for name, value in net.state_dict().items()}
    started_s, losses = time.monotonic(), []
    for step in range(schedule.steps):
        progress = max(
            step / schedule.steps, (time.monotonic() - started_s) / (60 * schedule.minutes)
        )
        if progress >= 1:
            break
        for group in optimizer.param_groups:
            group["lr"] = _rate(schedule, step, progress)
        seen = windows(joints, rng, schedule.windows, spec.network.frames, motion.rates_fps)
        inputs, target, counts = make_batch(seen, noise, rng)
        loss = refiner_loss(net(**inputs), target, counts, schedule.calm)
        if not math.isfinite(loss.item()):
            raise RunError(f"step {step}: the loss is {loss.item()}; lower the learning rate")
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        keep = min(_KEEP, step / (step + 10))
        for name, value in net.state_dict().items():
            average[name].lerp_(value, 1 - keep)
        losses.append(loss.item())
        if (step + 1) % _REPORT_EVERY == 0:
            mean = sum(losses[-_REPORT_EVERY:]) / _REPORT_EVERY
            spent_s = time.monotonic() - started_s
            typer.echo(f"step {step + 1}: loss {mean:.4f}, {progress:.0%} done in {spent_s:.0f} s")
    net.load_state_dict(average)
    return net


def _rate(schedule: RefinerSchedule, step: int, progress: float) -> float:
    warm = min(1.0, (step + 1) / _WARMUP_STEPS)
    return schedule.learning_rate * warm * 0.5 * (1 + math.cos(math.pi * progress))


def main(
    spec: Annotated[Path, typer.Argument(help="the refiner's spec (TOML)")],
) -> None:
    """Train a refiner over time and write its folder."""
    try:
        read = load_refiner_spec(spec)
        net = train_refiner(read)
        read.work_dir.mkdir(parents=True, exist_ok=True)
        write_checkpoint({"state_dict": net.state_dict()}, read.work_dir / "last.pth")
        typer.echo(json.dumps(export_refiner(read, net)))
    except TrainingError as error:
        typer.echo(f"cotside: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    typer.run(main)
