"""Parts of a picture set that are judged apart: by what pictures say, and by direction."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.models.single import upright_angle
from training.data.coco import PictureSet
from training.data.stats import STRATA

# A stratum of fewer pictures says too little.
LEAST_PICTURES = 5
_MOST_VALUES = 8
_DIRECTIONS = ("head up", "head left", "head down", "head right")


def strata_of(pictures: PictureSet) -> dict[str, dict[str, NDArray[np.intp]]]:
    """Return, by stratum and value, the rows of the pictures with an infant that have it.

    Strata with one value only, or with too many, and values of few pictures are left out.
    """
    columns: dict[str, list[Any]] = {
        key: [image.get(key) for image in pictures.strata] for key in STRATA
    }
    columns["direction"] = [direction_of(points) for points in pictures.keypoints_nkc]
    found = {}
    for key, values in columns.items():
        rows = _rows_by_value(values, ~pictures.empty_n)
        if 1 < len(rows) <= _MOST_VALUES:
            found[key] = rows
    return found


def direction_of(points_k3: NDArray[np.float32]) -> str | None:
    """Return where the head lies as the picture stands; None where the trunk is not known."""
    known = np.where(points_k3[:, 2:] > 0, points_k3[:, :2], np.float32(np.nan))
    angle = upright_angle(known)
    if angle is None:
        return None
    # The crop's angle sets the trunk upright: a quarter turn of it means a head to the right.
    return _DIRECTIONS[round(-angle / (math.pi / 2)) % 4]


def _rows_by_value(values: list[Any], counted: NDArray[np.bool_]) -> dict[str, NDArray[np.intp]]:
    names = sorted({str(value) for value in values if value is not None})
    rows = {
        name: np.flatnonzero(counted & np.array([str(value) == name for value in values]))
        for name in names
    }
    return {name: chosen for name, chosen in rows.items() if len(chosen) >= LEAST_PICTURES}
