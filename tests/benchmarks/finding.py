"""How often the live path finds an infant: in clips that show one, and where there is none.

Run: ``python -m tests.benchmarks.finding [--clips FILE …] [--empty FOLDER] [--model FOLDER]``. Each
clip is a camera's frames in their order; one that has its truth beside it (``NAME.json``, as the
demo's clips) also tells how many of its visible limb joints were found within 0.2 trunk lengths.
Each picture of an ``--empty`` dataset (rendered without an infant: ``cotside synth images
--empty``) is a camera that shows nothing else for ``--frames`` frames, long enough for the follower
to look at every part in every direction.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.confidence import without_missing
from pipeline.estimate import Estimator
from pipeline.models import PoseModel, load_model
from pipeline.skeleton import INFANT13
from pipeline.types import Frame, ImageArray

_FPS = 15


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=Path, nargs="*", default=[])
    parser.add_argument("--empty", type=Path)
    parser.add_argument("--pictures", type=int, default=300)
    parser.add_argument("--frames", type=int, default=30)
    parser.add_argument("--model", type=Path)
    options = parser.parse_args()
    model = load_model(options.model, "cpu")
    for clip in options.clips:
        print(json.dumps(report(model, clip)), flush=True)
    if options.empty is not None:
        print(json.dumps(false_poses(model, options.empty, options.pictures, options.frames)))


def pictures_of(clip: Path) -> Iterator[ImageArray]:
    """Yield the pictures (H, W, 3) BGR of a clip."""
    with av.open(str(clip)) as container:
        for frame in container.decode(video=0):
            yield frame.to_ndarray(format="bgr24")


def report(model: PoseModel, clip: Path) -> dict[str, object]:
    """Return what was found in a clip, and how much of its truth where that is known."""
    points_tkc = poses_of(model, pictures_of(clip))
    said: dict[str, object] = {"clip": clip.name, "frames with a pose": share_found(points_tkc)}
    if clip.with_suffix(".json").exists():
        truth = json.loads(clip.with_suffix(".json").read_text(encoding="utf-8"))
        said |= _within(points_tkc, truth)
    return said


def _within(points_tkc: NDArray[np.float32], truth: dict[str, Any]) -> dict[str, float]:
    limbs = [k for k, name in enumerate(INFANT13.keypoints) if name != "nose"]
    visible = np.array(truth["visibility_tk"])[:, limbs] == 2
    away = points_tkc[:, limbs] - np.array(truth["keypoints_tkc"])[:, limbs]
    near = np.linalg.norm(away, axis=2) <= 0.2 * truth["movement"]["trunk_px"]
    present = np.isfinite(points_tkc[:, limbs, 0])
    return {
        "visible joints found within 0.2 trunk": float(near[visible].mean()),
        "joints shown that are within 0.2 trunk": float(near[visible & present].mean()),
    }


def poses_of(model: PoseModel, pictures: Iterator[ImageArray]) -> NDArray[np.float32]:
    """Return what the live path would show (T, K, 2), NaN where a point or all are missing."""
    estimator: Estimator[int] = Estimator(model)
    shown = []
    for number, image in enumerate(pictures):
        time_us = round(number * 1e6 / _FPS)
        frame = Frame(image, time_us, time_us, time_us * 1000, number, 0)
        pose = estimator.estimate({0: frame})[0]
        shown.append(without_missing(pose.keypoints_kc, pose.scores_k))
    return np.stack(shown)


def share_found(points_tkc: NDArray[np.float32]) -> float:
    """Return the share of frames with a pose."""
    return float(np.isfinite(points_tkc).any(axis=(1, 2)).mean())


def false_poses(model: PoseModel, folder: Path, most: int, frames: int) -> dict[str, object]:
    """Return the share of empty pictures that give a pose at least once, and of such frames."""
    paths = sorted(folder.glob("**/*.jpg"))
    paths = paths[:: max(1, len(paths) // most)][:most]
    shares = [share_found(poses_of(model, _held(cv2.imread(str(path)), frames))) for path in paths]
    return {
        "empty pictures": len(paths),
        "ever a pose": float(np.mean(np.array(shares) > 0)),
        "frames with a pose": float(np.mean(shares)),
    }


def _held(image: ImageArray, frames: int) -> Iterator[ImageArray]:
    """Yield one picture again and again with a camera's noise: without it, it would be frozen."""
    rng = np.random.default_rng(0)
    for _ in range(frames):
        yield np.clip(image + rng.normal(0, 2, image.shape), 0, 255).astype(np.uint8)


if __name__ == "__main__":
    main()
