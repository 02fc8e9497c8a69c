"""Small drawn datasets: one stick infant a picture, in any direction."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np

from pipeline.skeleton import INFANT13

# An infant on its back, head up, in units of its trunk; x to the right as seen.
_LYING = np.array(
    [
        (0, -1.6),
        (0.35, -1), (-0.35, -1),
        (0.7, -0.7), (-0.7, -0.7),
        (0.9, -1.1), (-0.9, -1.1),
        (0.25, 0), (-0.25, 0),
        (0.5, 0.4), (-0.5, 0.4),
        (0.3, 0.8), (-0.3, 0.8),
    ]
)  # fmt: skip


def write_stick_infants(folder: Path, count: int, *, seed: int = 0, side: int = 96) -> Path:
    """Write a dataset folder of stick infants; every fifth picture is an empty cot."""
    rng = np.random.default_rng(seed)
    (folder / "images").mkdir(parents=True)
    images, annotations = [], []
    for number in range(count):
        picture = np.full((side, side, 3), rng.integers(60, 140, 3), np.uint8)
        name = f"{number:04d}.jpg"
        images.append(
            {
                "id": number,
                "file_name": name,
                "width": side,
                "height": side,
                "infant": f"s{seed}-{number}",
            }
        )
        if number % 5 != 4:
            points = _place(rng, side)
            _draw(picture, points)
            annotations.append(_annotation(number, points))
        cv2.imwrite(str(folder / "images" / name), picture)
    category = {"id": 1, "name": "infant", "keypoints": list(INFANT13.keypoints)}
    document = {"images": images, "annotations": annotations, "categories": [category]}
    (folder / "annotations.json").write_text(json.dumps(document))
    return folder


def _place(rng: np.random.Generator, side: int) -> np.ndarray:
    angle = rng.uniform(-np.pi, np.pi)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    bent = _LYING + rng.normal(0, 0.05, _LYING.shape)
    return (bent + np.array([0, 0.4])) @ turn.T * side * 0.22 + side / 2


def _draw(picture: np.ndarray, points: np.ndarray) -> None:
    for start, end in INFANT13.limb_indices:
        left = "left" in INFANT13.keypoints[end]
        colour = (200, 120, 240) if left else (120, 220, 200)
        cv2.line(picture, _pixel(points[start]), _pixel(points[end]), colour, 2, cv2.LINE_AA)
    cv2.circle(picture, _pixel(points[0]), 4, (255, 255, 255), -1)


def _pixel(point: np.ndarray) -> tuple[int, int]:
    return round(float(point[0])), round(float(point[1]))


def _annotation(number: int, points: np.ndarray) -> dict:
    low, high = points.min(0), points.max(0)
    flat = np.column_stack([points, np.full(len(points), 2)]).round(2).ravel().tolist()
    return {
        "id": number + 1,
        "image_id": number,
        "category_id": 1,
        "keypoints": flat,
        "num_keypoints": 13,
        "bbox": [*low.tolist(), *(high - low).tolist()],
        "area": float(np.prod(high - low)),
        "iscrowd": 0,
    }
