"""CSV: a row a picture; ``_x``, ``_y`` and ``_state`` of every point, an empty cell is absent."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from pipeline.annotation.formats.base import (
    FormatError,
    LabelledPicture,
    absent,
    numbers,
    register,
)
from pipeline.skeleton import INFANT13

_ABOUT = ["file", "width", "height", "subject"]
_STATES = {"absent": 0, "occluded": 1, "visible": 2}
_WORDS = {state: word for word, state in _STATES.items()}


@register
class Table:
    """Columns are found by their heads, so others may stand between them."""

    name = "csv"
    target = "annotations.csv"
    keeps_occluded = True

    def read(self, path: Path, images: Path) -> list[LabelledPicture]:
        """Read rows under the heads."""
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            wanted = [*_ABOUT[:3], *_heads()]
            missing = [head for head in wanted if head not in (reader.fieldnames or [])]
            if missing:
                raise FormatError(f"{path}: line 1: has no column {missing[0]}")
            return [_picture(row, f"{path}: line {reader.line_num}") for row in reader]

    def write(self, pictures: Sequence[LabelledPicture], path: Path) -> None:
        """Write heads and rows."""
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([*_ABOUT, *_heads()])
            for one in pictures:
                cells: list[object] = [one.file, *one.size_wh, one.subject]
                for x, y, state in one.points_k3.tolist():
                    placed = [f"{x:.3f}", f"{y:.3f}"] if state else ["", ""]
                    cells += [*placed, _WORDS[int(state)]]
                writer.writerow(cells)


def _heads() -> list[str]:
    return [f"{name}_{part}" for name in INFANT13.keypoints for part in ("x", "y", "state")]


def _picture(row: dict[str, str | None], where: str) -> LabelledPicture:
    width, height = numbers([row["width"], row["height"]], 2, where)
    points_k3 = absent()
    for k, name in enumerate(INFANT13.keypoints):
        word = row[f"{name}_state"] or ""
        if word not in _STATES:
            raise FormatError(f"{where}: {name}: its state is {word!r}; {', '.join(_STATES)}")
        if _STATES[word]:
            x, y = numbers([row[f"{name}_x"], row[f"{name}_y"]], 2, f"{where}: {name}")
            points_k3[k] = x, y, _STATES[word]
    size_wh = (int(width), int(height))
    return LabelledPicture(row["file"] or "", size_wh, points_k3, row.get("subject") or "")
