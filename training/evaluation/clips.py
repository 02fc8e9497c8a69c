"""Measure a model on rendered clips, whose truth is known in every frame."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.models.session import PoseModel
from training.errors import DatasetError
from training.evaluation.looking import Look, look_at
from training.metrics import share_within, trunk_errors

# The runtime's crop round a body is its keypoints' extent and this share of it for the flesh.
_FLESH = 0.15


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
