"""DeepLabCut's CollectedData as CSV: three rows of heads, a row a picture; no word of occlusion."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.annotation.formats.base import (
    FormatError,
    LabelledPicture,
    absent,
    places_of,
    register,
    size_of,
)
from pipeline.skeleton import INFANT13

_SCORER = "cotside"


@register
class DeepLabCut:
    """An empty cell is an absent point; occluded points are written, and read back as visible."""

    name = "deeplabcut"
    target = "CollectedData_cotside.csv"
    keeps_occluded = False

    def read(self, path: Path, images: Path) -> list[LabelledPicture]:
        """Read rows; a picture's path may stand in one column or in three."""
        heads = pd.read_csv(path, header=None, nrows=3, dtype=str)
        first = next(
            (c for c in range(heads.shape[1]) if str(heads.iloc[2, c]) in ("x", "y")), None
        )
        if first is None or str(heads.iloc[1, 0]) != "bodyparts":
            raise FormatError(f"{path}: is not CollectedData: no rows scorer, bodyparts, coords")
        parts = [str(name) for name in heads.iloc[1, first::2]]
        places = places_of(parts, str(path))
        table = pd.read_csv(path, header=None, skiprows=3, dtype=str)
        return [_picture(row, first, places, images, path) for row in table.itertuples()]

    def write(self, pictures: Sequence[LabelledPicture], path: Path) -> None:
        """Write with the picture's path in one column."""
        columns = pd.MultiIndex.from_product(
            [[_SCORER], INFANT13.keypoints, ["x", "y"]], names=["scorer", "bodyparts", "coords"]
        )
        values = [
            np.where(one.points_k3[:, 2:] > 0, one.points_k3[:, :2], np.nan).ravel()
            for one in pictures
        ]
        index = [f"labeled-data/images/{one.file}" for one in pictures]
        pd.DataFrame(values, index=index, columns=columns).to_csv(path, float_format="%.3f")


def _picture(
    row: tuple[object, ...], first: int, places: list[int], images: Path, path: Path
) -> LabelledPicture:
    file = str(row[first]).replace("\\", "/").rpartition("/")[2]
    where = f"{path}: {file}"
    points_k3 = absent()
    for k, place in enumerate(places):
        x, y = row[1 + first + 2 * place], row[2 + first + 2 * place]
        if isinstance(x, str) and isinstance(y, str):
            try:
                points_k3[k] = float(x), float(y), 2
            except ValueError:
                raise FormatError(f"{where}: {INFANT13.keypoints[k]}: is not two numbers") from None
    return LabelledPicture(file, size_of(images / file, where), points_k3)
