"""Measure an exported model: ``python -m training.evaluate MODEL --images D --clips D``.

What is measured is the model folder, through the runtime's own session and decoder. Errors are in
trunk lengths (mid-shoulder to mid-hip, at least a quarter of the box's side).
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import cv2
import numpy as np
import typer
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

from pipeline.errors import CotsideError
from pipeline.models.crop import Crop
from pipeline.models.manifest import CalibrationSpec
from pipeline.models.session import PoseModel, load_model
from pipeline.models.single import find, upright_angle
from pipeline.skeleton import INFANT13
from pipeline.types import Rectangle
from training.data.coco import PictureSet, dataset_folders, read_pictures
from training.data.dataset import load_image
from training.errors import DatasetError, TrainingError
from training.metrics import share_within, trunk_errors

Look = Literal["search", "as it lies", "upright"]
LOOKS: tuple[Look, ...] = ("search", "upright")
# The runtime's crop round a body is its keypoints' extent and this share of it for the flesh.
_FLESH = 0.15
_CALIBRATION_POINTS = 12
# A threshold under which at most this share of an empty picture's points may be called present.
_FALSE_PRESENT = 0.02
_THRESHOLD_RANGE = (0.25, 0.6)
_CALIBRATION_STEP = 1e-3


def look_at(
    model: PoseModel,
    image: NDArray[np.uint8],
    truth_kc: NDArray[np.float32],
    box_4: NDArray[np.float32],
    look: Look,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Estimate one picture; ``upright`` is told the true direction, as a followed crop knows it."""
    box = Rectangle(*(float(value) for value in box_4))
    if look != "upright":
        return find(model, image, box, search=look == "search")
    angle = upright_angle(truth_kc[:, :2]) if truth_kc[:, 2].any() else 0.0
    side = max(box.width, box.height) * model.manifest.crop.padding
    centre = (box.x + (box.width - 1) / 2, box.y + (box.height - 1) / 2)
    keypoints, scores = model.estimate([image], [Crop(centre, (side, side), angle or 0.0)])
    return keypoints[0], scores[0]


def measure(
    model: PoseModel, pictures: PictureSet, look: Look
) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Return errors in trunks (N, K), inf for none, and scores (N, K) of a picture set."""
    found = np.empty_like(pictures.keypoints_nkc[..., :2])
    scores = np.empty(found.shape[:2], np.float32)
    for row, path in enumerate(pictures.paths):
        truth, box = pictures.keypoints_nkc[row], pictures.boxes_n4[row]
        found[row], scores[row] = look_at(model, load_image(path), truth, box, look)
    return trunk_errors(found, pictures.keypoints_nkc, pictures.boxes_n4), scores


def report(
    errors: NDArray[np.float64], scores: NDArray[np.float32], pictures: PictureSet
) -> dict[str, Any]:
    """Return the shares within 0.1 and 0.2 trunks of visible points, and what scores say."""
    full = ~pictures.empty_n
    visibility = pictures.keypoints_nkc[full, :, 2]
    occluded = visibility == 1
    return {
        "pictures": len(pictures),
        "pck_0.1": share_within(errors[full], visibility, 0.1),
        "pck_0.2": share_within(errors[full], visibility, 0.2),
        "pck_0.2_occluded": float((errors[full][occluded] <= 0.2).mean())
        if occluded.any()
        else None,
        "median_score_visible": float(np.median(scores[full][visibility == 2])),
        "median_score_empty": float(np.median(scores[~full])) if (~full).any() else None,
    }


def fit_calibration(
    errors: NDArray[np.float64], scores: NDArray[np.float32], pictures: PictureSet
) -> CalibrationSpec:
    """Fit score → probability of lying within 0.1 trunk; choose where a point is present.

    Points that are absent or in empty pictures count as wrong. Isotonic regression (Barlow et al.
    1972), thinned to a few points.
    """
    known = (pictures.keypoints_nkc[..., 2] > 0) | pictures.empty_n[:, None]
    right = (errors <= 0.1) & (pictures.keypoints_nkc[..., 2] > 0)
    raw, hit = scores[known].astype(np.float64), right[known].astype(np.float64)
    order = np.argsort(raw, kind="stable")
    fitted = isotonic_regression(hit[order]).x
    spots = np.unique(np.linspace(0, len(order) - 1, _CALIBRATION_POINTS * 8).astype(int))
    groups = np.array_split(spots, _CALIBRATION_POINTS)
    x = np.array([raw[order][group].mean() for group in groups])
    y = np.array([fitted[group].mean() for group in groups])
    x, y = _rising(np.concatenate([[0.0], x, [1.0]]), np.concatenate([y[:1], y, y[-1:]]))
    empty = np.interp(scores[pictures.empty_n], x, y).ravel()
    limit = float(np.quantile(empty, 1 - _FALSE_PRESENT)) if empty.size else 0.0
    threshold = float(np.clip(limit + 0.01, *_THRESHOLD_RANGE))
    return CalibrationSpec(
        kind="isotonic",
        x=tuple(round(float(v), 5) for v in x),
        y=tuple(round(float(v), 5) for v in y),
        threshold=round(threshold, 4),
    )


def _rising(
    x: NDArray[np.float64], y: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Keep points whose x clearly rises, the last one always; make y rise or stay."""
    kept = [0]
    for place in range(1, len(x) - 1):
        if x[kept[-1]] + _CALIBRATION_STEP < x[place] < x[-1] - _CALIBRATION_STEP:
            kept.append(place)
    kept.append(len(x) - 1)
    return x[kept], np.maximum.accumulate(y[kept]).clip(0, 1)


def clip_frames(
    path: Path, every: int
) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.float32]]]:
    """Yield (picture, truth (K, 3), box (4,)) of every so many frames of a rendered clip."""
    truth = json.loads(path.read_text(encoding="utf-8"))
    keypoints = np.array(truth["keypoints_tkc"], np.float32)
    visibility = np.array(truth["visibility_tk"], np.float32)
    video = cv2.VideoCapture(str(path.with_suffix(".mp4")))
    for frame in range(len(keypoints)):
        good, image = video.read()
        if not good:
            raise DatasetError(f"{path.with_suffix('.mp4')}: ends at frame {frame}")
        if frame % every or not visibility[frame].any():
            continue
        points = np.column_stack([keypoints[frame], visibility[frame]])
        yield image, points, _body_box(points)


def _body_box(points_kc: NDArray[np.float32]) -> NDArray[np.float32]:
    known = points_kc[points_kc[:, 2] > 0, :2]
    low, high = known.min(0), known.max(0)
    flesh = _FLESH * (high - low).max()
    return np.concatenate([low - flesh, high - low + 2 * flesh]).astype(np.float32)


def measure_clips(model: PoseModel, folder: Path, every: int, look: Look) -> dict[str, Any]:
    """Return the report over the frames of all clips (``*.json`` beside ``*.mp4``) of a folder."""
    errors, scores, truths = [], [], []
    for path in sorted(folder.glob("*.json")):
        for image, truth, box in clip_frames(path, every):
            found, score = look_at(model, image, truth, box, look)
            errors.append(trunk_errors(found[None], truth[None], box[None])[0])
            scores.append(score)
            truths.append(truth)
    if not truths:
        raise DatasetError(f"{folder}: holds no clip with its truth (*.json beside *.mp4)")
    visibility = np.stack(truths)[..., 2]
    return {
        "frames": len(truths),
        "pck_0.1": share_within(np.stack(errors), visibility, 0.1),
        "pck_0.2": share_within(np.stack(errors), visibility, 0.2),
        "median_score_visible": float(np.median(np.stack(scores)[visibility == 2])),
    }


def evaluate(
    model: PoseModel, images: Path | None, clips: Path | None, count: int, every: int
) -> dict[str, Any]:
    """Measure on pictures and clips, by search and told the direction."""
    result: dict[str, Any] = {"model": model.manifest.name, "version": model.manifest.version}
    if images is not None:
        pictures = read_pictures(dataset_folders([images]), INFANT13)
        pictures = pictures.take(range(0, len(pictures), max(1, math.ceil(len(pictures) / count))))
        result["images"] = {
            look: report(*measure(model, pictures, look), pictures) for look in LOOKS
        }
    if clips is not None:
        result["clips"] = {look: measure_clips(model, clips, every, look) for look in LOOKS}
    return result


def main(
    model: Annotated[Path, typer.Argument(help="model folder")],
    images: Annotated[Path | None, typer.Option(help="dataset folder")] = None,
    clips: Annotated[Path | None, typer.Option(help="folder of clips with truth")] = None,
    count: Annotated[int, typer.Option(help="pictures to take")] = 500,
    every: Annotated[int, typer.Option(help="take every n-th frame of a clip")] = 5,
) -> None:
    """Measure an exported model and print the figures as JSON."""
    try:
        typer.echo(json.dumps(evaluate(load_model(model), images, clips, count, every), indent=1))
    except (TrainingError, CotsideError) as error:
        typer.echo(f"cotside: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    typer.run(main)
