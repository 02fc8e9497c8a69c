"""Label Studio's JSON: a task a picture, a region a point, "occluded" in the region's note."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from pipeline.annotation.formats.base import (
    FormatError,
    LabelledPicture,
    absent,
    numbers,
    read_json,
    register,
    size_of,
)
from pipeline.skeleton import INFANT13

_OCCLUDED = "occluded"


@register
class LabelStudio:
    """Places are per cent of the picture; a point without a region is absent."""

    name = "label-studio"
    target = "annotations.json"
    keeps_occluded = True

    def read(self, path: Path, images: Path) -> list[LabelledPicture]:
        """Read the first annotation of every task that was not cancelled."""
        tasks = read_json(path)
        if not isinstance(tasks, list) or not all(isinstance(task, dict) for task in tasks):
            raise FormatError(f"{path}: is not Label Studio's JSON: a list of tasks")
        return [_picture(task, images, path) for task in tasks]

    def write(self, pictures: Sequence[LabelledPicture], path: Path) -> None:
        """Write tasks whose pictures are named by their files."""
        tasks = [
            {
                "id": number,
                "data": {"image": one.file} | ({"subject": one.subject} if one.subject else {}),
                "annotations": [{"id": number, "result": _regions(number, one)}],
            }
            for number, one in enumerate(pictures, start=1)
        ]
        path.write_text(json.dumps(tasks), encoding="utf-8")


def _regions(number: int, one: LabelledPicture) -> list[dict[str, Any]]:
    width, height = one.size_wh
    return [
        {
            "id": f"{number}-{name}",
            "type": "keypointlabels",
            "from_name": "points",
            "to_name": "image",
            "original_width": width,
            "original_height": height,
            "value": {
                "x": 100 * x / width,
                "y": 100 * y / height,
                "width": 0.5,
                "keypointlabels": [name],
            },
        }
        | ({"meta": {"text": [_OCCLUDED]}} if state == 1 else {})
        for name, (x, y, state) in zip(INFANT13.keypoints, one.points_k3.tolist(), strict=True)
        if state
    ]


def _picture(task: dict[str, Any], images: Path, path: Path) -> LabelledPicture:
    where = f"{path}: task {task.get('id')}"
    data = task.get("data", {})
    address = data.get("image") if isinstance(data, dict) else None
    if not isinstance(address, str):
        raise FormatError(f"{where}: names no image")
    # Files that Label Studio serves itself stand behind ?d=; uploads behind a folder of its own.
    file = unquote(address.rpartition("?d=")[2])
    file = file if (images / file).is_file() else file.rpartition("/")[2]
    answers = [one for one in task.get("annotations", []) if not one.get("was_cancelled")]
    points_k3, size_wh = absent(), (0, 0)
    for region in answers[0].get("result", []) if answers else []:
        if region.get("type") != "keypointlabels":
            continue
        name = str((region.get("value", {}).get("keypointlabels") or [""])[0])
        if name in INFANT13.keypoints:
            place = f"{where}: {name}"
            points_k3[INFANT13.index(name)], size_wh = _point(region, place)
    if not size_wh[0]:
        size_wh = size_of(images / file, where)
    subject = data.get("subject", "")
    return LabelledPicture(file, size_wh, points_k3, subject if isinstance(subject, str) else "")


def _point(region: dict[str, Any], where: str) -> tuple[list[float], tuple[int, int]]:
    sizes = [region.get("original_width"), region.get("original_height")]
    width, height = numbers(sizes, 2, where)
    x, y = numbers([region["value"].get("x"), region["value"].get("y")], 2, where)
    notes = region.get("meta", {}).get("text", [])
    state = 1 if _OCCLUDED in notes else 2
    return [x * width / 100, y * height / 100, state], (int(width), int(height))
