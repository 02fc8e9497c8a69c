"""Contact sheets for the eye, and the rate at which pictures are rendered."""

from __future__ import annotations

import os
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from training.synthetic.render import Rendered, render
from training.synthetic.scene import sample_scene

_COLOURS = {1: (0, 90, 255), 2: (80, 230, 60)}  # hidden orange, seen green


def write_sheet(
    path: Path, count: int, seed: int, *, columns: int = 8, marks: bool = False, side: int = 160
) -> None:
    """Write ``count`` pictures side by side; ``marks`` draws their true keypoints."""
    if count < 1:
        raise ValueError("a contact sheet needs --count of at least 1")
    tiles = []
    for number in range(count):
        rendered = render(sample_scene(seed + number))
        image = marked(rendered) if marks else rendered.image
        tiles.append(cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA))
    tiles += [np.zeros_like(tiles[0])] * (-count % columns)
    rows = [np.hstack(tiles[i : i + columns]) for i in range(0, len(tiles), columns)]
    path.parent.mkdir(parents=True, exist_ok=True)
    if not cv2.imwrite(str(path), np.vstack(rows), [cv2.IMWRITE_JPEG_QUALITY, 82]):
        raise OSError(f"could not write {path}")


def marked(rendered: Rendered) -> NDArray[np.uint8]:
    """Return the picture with its true keypoints: green seen, orange hidden."""
    image = rendered.image.copy()
    for (x, y), seen in zip(rendered.keypoints_kc, rendered.visibility_k, strict=True):
        if seen:
            cv2.circle(
                image, (round(float(x)), round(float(y))), 3, _COLOURS[int(seen)], -1, cv2.LINE_AA
            )
    return image


def _render_many(task: tuple[int, int, tuple[int, int]]) -> float:
    """Render some pictures after warming up; return processor seconds a picture."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    first, count, size_hw = task
    for seed in range(first, first + 40):
        render(sample_scene(seed, size_hw))
    start = time.process_time()
    for seed in range(first + 40, first + 40 + count):
        render(sample_scene(seed, size_hw))
    return (time.process_time() - start) / count


def measure_rate(count: int, seed: int, processes: int) -> str:
    """Return a report of pictures a second of processor time: the same on a busy machine."""
    lines = [f"cores {os.cpu_count()}, processes {processes}, {count} pictures each after warm-up"]
    for size_hw in ((192, 256), (256, 256)):
        with ProcessPoolExecutor(processes) as pool:
            tasks = [(seed + 10_000 * k, count, size_hw) for k in range(processes)]
            costs = list(pool.map(_render_many, tasks))
        cost = float(np.mean(costs))
        lines.append(
            f"{size_hw[1]}×{size_hw[0]}: {1 / cost:.1f} pictures/s of processor time per core,"
            f" {processes / cost:.1f} on {processes} of them"
        )
    return "\n".join(lines)
