"""What bounds training on a CPU: marching a body, composing a picture, a training step.

``python -m tests.benchmarks.training_speed`` prints processor time and pictures a second on one
core; on a busy machine the wall says less.
"""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
import torch

from training import build
from training.spec import AugmentSpec, ComposeSpec, LossSpec, NetworkSpec
from training.synthetic.bodies import Bodies, march_body, write_shard
from training.synthetic.compose import Composer
from training.synthetic.render import render
from training.synthetic.scene import sample_scene

NETWORKS = ("lite_hrnet_18", "infant_unet", "infant_lite0")


def each_ms(work, count: int) -> float:
    """Return processor milliseconds of ``work(number)``, after three to warm up."""
    for number in range(3):
        work(number)
    start = time.process_time()
    for number in range(count):
        work(number)
    return round(1e3 * (time.process_time() - start) / count, 2)


def step_rate(name: str, side: int, *, bfloat16: bool, batch: int = 32) -> float:
    """Return training pictures a second of processor time."""
    model = build.build_model(NetworkSpec(name=name), LossSpec())
    model = model.to(memory_format=torch.channels_last)
    for module in model.modules():
        module.training = True
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, fused=True)
    pictures = torch.randn(batch, 3, side, side).contiguous(memory_format=torch.channels_last)
    targets = torch.full((batch, 13, 2), side / 8)
    seen = torch.ones(batch, 13)

    def step(_: int) -> None:
        with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
            raw = model.head.forward(model.backbone(pictures))
        raw = raw[0] if isinstance(raw, tuple) else raw
        loss = model.head.loss_module(raw.float(), targets, seen, seen > 0)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return round(1e3 * batch / each_ms(step, 4), 1)


def main() -> None:
    """Measure and print as JSON."""
    torch.set_num_threads(1)
    cv2.setNumThreads(0)
    figures: dict[str, float] = {
        "full render 160x160 ms": each_ms(lambda n: render(sample_scene(n, (160, 160))), 20),
        "body ms": each_ms(march_body, 20),
    }
    with tempfile.TemporaryDirectory() as folder:
        write_shard(Path(folder) / "bodies_0.npy", 0, 12)
        spec = ComposeSpec(bodies=Path(folder))
        composer = Composer(Bodies(Path(folder)), spec, AugmentSpec())
        figures["composed picture 96x96 ms"] = each_ms(
            lambda n: composer.compose(np.random.default_rng(n), 96), 300
        )
    for name in NETWORKS:
        for bfloat16 in (False, True):
            kind = "bfloat16" if bfloat16 else "float32"
            rate = step_rate(name, 96, bfloat16=bfloat16)
            figures[f"{name} {kind} 96x96 pictures/s"] = rate
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
