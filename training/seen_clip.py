"""What a model finds in a rendered clip, beside the clip's truth."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from db.codec import KeypointBlock
from pipeline.models.session import PoseModel
from pipeline.movement.sources import block_of_video
from training.errors import DatasetError


@dataclass(frozen=True, slots=True)
class SeenClip:
    """Found points, and the true ones (T, K, 2) in px with visibilities (T, K), frame by frame."""

    block: KeypointBlock
    true_tkc: NDArray[np.float64]
    visibility_tk: NDArray[np.int64]


def seen_clip(film: Path, model: PoseModel) -> SeenClip:
    """Look at a clip of `cotside synth video`; raise ``DatasetError`` without its truth."""
    beside = film.with_suffix(".json")
    try:
        truth = json.loads(beside.read_text(encoding="utf-8"))
        true_tkc = np.array(truth["keypoints_tkc"], np.float64)
        visibility_tk = np.array(truth["visibility_tk"], np.int64)
    except (OSError, KeyError, ValueError) as error:
        raise DatasetError(f"{beside}: is not the truth of a rendered clip: {error}") from None
    block = block_of_video(film, model)
    return SeenClip(block, true_tkc[: len(block)], visibility_tk[: len(block)])
