"""COCO keypoints, as COCO itself, CVAT and many others write them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.annotation.formats.base import (
    FormatError,
    LabelledPicture,
    absent,
    box_of,
    numbers,
    places_of,
    read_json,
    register,
    without_places,
)
from pipeline.skeleton import INFANT13

_OWN = {"id", "file_name", "width", "height", "infant"}


@register
class Coco:
    """One JSON file with images, annotations and a category that names the points."""

    name = "coco"
    target = "annotations.json"
    keeps_occluded = True

    def read(self, path: Path, images: Path) -> list[LabelledPicture]:
        """Read the first annotation of each image; a picture without one is empty."""
        document = read_json(path)
        if not isinstance(document, dict) or not isinstance(document.get("images"), list):
            raise FormatError(f"{path}: is not COCO: it has no 'images'")
        places = {
            category["id"]: places_of(
                category.get("keypoints", []), f"{path}: category {category['id']}"
            )
            for category in document.get("categories", [])
        }
        points: dict[Any, Any] = {}
        for one in document.get("annotations", []):
            where = f"{path}: annotation {one.get('id')}"
            if one.get("image_id") in points:
                raise FormatError(f"{where}: image {one['image_id']} has another; one infant each")
            if one.get("category_id") not in places:
                raise FormatError(f"{where}: no category {one.get('category_id')}")
            points[one.get("image_id")] = _points(one, places[one["category_id"]], where)
        return [_picture(image, points.get(image.get("id")), path) for image in document["images"]]

    def write(self, pictures: Sequence[LabelledPicture], path: Path) -> None:
        """Write one category "infant"; ids begin at 1."""
        filled = [(i, one) for i, one in enumerate(pictures, start=1) if not one.is_empty]
        document = {
            "images": [_image(i, one) for i, one in enumerate(pictures, start=1)],
            "annotations": [_annotation(i, one) for i, one in filled],
            "categories": [
                {
                    "id": 1,
                    "name": "infant",
                    "keypoints": list(INFANT13.keypoints),
                    "skeleton": [[a + 1, b + 1] for a, b in INFANT13.limb_indices],
                }
            ],
        }
        path.write_text(json.dumps(document), encoding="utf-8")


def _points(annotation: dict[str, Any], places: list[int], where: str) -> Any:
    flat = annotation.get("keypoints") or []
    found = np.reshape(numbers(flat, len(flat) // 3 * 3, where), (-1, 3))
    if len(found) <= max(places):
        raise FormatError(f"{where}: holds {len(found)} points, fewer than its category names")
    return without_places(found[places])


def _picture(image: dict[str, Any], points: Any, path: Path) -> LabelledPicture:
    where = f"{path}: image {image.get('id')}"
    if not isinstance(image.get("file_name"), str):
        raise FormatError(f"{where}: has no file name")
    width, height = numbers([image.get("width"), image.get("height")], 2, where)
    infant = image.get("infant")
    subject = "" if isinstance(infant, bool) or infant is None else str(infant)
    about = {key: value for key, value in image.items() if key not in _OWN}
    points_k3 = absent() if points is None else points
    return LabelledPicture(image["file_name"], (int(width), int(height)), points_k3, subject, about)


def _image(number: int, one: LabelledPicture) -> dict[str, Any]:
    width, height = one.size_wh
    entry = {**one.about, "id": number, "file_name": one.file, "width": width, "height": height}
    return entry | ({"infant": one.subject} if one.subject else {})


def _annotation(number: int, one: LabelledPicture) -> dict[str, Any]:
    box = [round(value, 3) for value in box_of(one.points_k3)]
    return {
        "id": number,
        "image_id": number,
        "category_id": 1,
        "iscrowd": 0,
        "keypoints": [
            value
            for x, y, state in one.points_k3.tolist()
            for value in (round(x, 3), round(y, 3), int(state))
        ],
        "num_keypoints": int((one.points_k3[:, 2] > 0).sum()),
        "bbox": box,
        "area": round(box[2] * box[3], 3),
    }
