"""YOLO pose: a text file a picture, in fractions of it; ``data.yaml`` names the points."""

from __future__ import annotations

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
    register,
    size_of,
    without_places,
)
from pipeline.export.base import needed
from pipeline.skeleton import INFANT13

_DATA = "data.yaml"


@register
class Yolo:
    """The path is the folder ``labels``; ``data.yaml`` lies beside it, with ``kpt_names``."""

    name = "yolo"
    target = "labels"
    keeps_occluded = True

    def read(self, path: Path, images: Path) -> list[LabelledPicture]:
        """Read a text file for every picture; a picture without one, or an empty one, is empty."""
        about = path.parent / _DATA
        content = needed("yaml", self.name).safe_load(about.read_text(encoding="utf-8"))
        names = _names(content, about)
        places = places_of(names, str(about))
        pictures = sorted(one for one in images.iterdir() if one.is_file())
        return [_picture(one, path / f"{one.stem}.txt", len(names), places) for one in pictures]

    def write(self, pictures: Sequence[LabelledPicture], path: Path) -> None:
        """Write the folder of labels and ``data.yaml`` beside it."""
        path.mkdir(parents=True, exist_ok=True)
        names = ", ".join(INFANT13.keypoints)
        lines = (
            "path: .",
            "train: images",
            "val: images",
            "names: {0: infant}",
            f"kpt_shape: [{len(INFANT13)}, 3]",
            f"flip_idx: {list(INFANT13.flip_indices)}",
            f"kpt_names: {{0: [{names}]}}",
        )
        (path.parent / _DATA).write_text("\n".join(lines) + "\n", encoding="utf-8")
        for one in pictures:
            file = (path / one.file).with_suffix(".txt")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("" if one.is_empty else _line(one), encoding="utf-8")


def _names(content: Any, about: Path) -> list[str]:
    named = content.get("kpt_names") if isinstance(content, dict) else None
    names = named.get(0) if isinstance(named, dict) else named
    if not isinstance(names, list):
        raise FormatError(f"{about}: names no points; add kpt_names: {{0: [nose, ...]}}")
    return [str(name) for name in names]


def _line(one: LabelledPicture) -> str:
    width, height = one.size_wh
    left, top, wide, high = box_of(one.points_k3)
    box = ((left + wide / 2) / width, (top + high / 2) / height, wide / width, high / height)
    values = [f"{value:.8f}" for value in box]
    for x, y, state in one.points_k3.tolist():
        values += [f"{x / width:.8f}", f"{y / height:.8f}", str(int(state))]
    return f"0 {' '.join(values)}\n"


def _picture(image: Path, text: Path, count: int, places: list[int]) -> LabelledPicture:
    size_wh = size_of(image, str(text))
    lines = text.read_text(encoding="utf-8").split("\n") if text.is_file() else []
    filled = [line for line in lines if line.strip()]
    if len(filled) > 1:
        raise FormatError(f"{text}: line 2: another infant; one a picture")
    points_k3 = absent()
    for line in filled:
        values = numbers(line.split(), 5 + 3 * count, f"{text}: line 1")
        found = np.reshape(values[5:], (-1, 3))[places]
        points_k3 = without_places(found * (*size_wh, 1))
    return LabelledPicture(image.name, size_wh, points_k3)
