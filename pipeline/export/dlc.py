"""DeepLabCut's table of predictions, as CSV: three rows of heads, then a row a frame."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.export.base import Take, exporter

_SCORER = "cotside"


@exporter("dlc", ".csv")
def write_dlc(take: Take, path: Path) -> None:
    """Write scorer, bodyparts and coords (x, y, likelihood) over the frames' numbers."""
    heads = pd.MultiIndex.from_product(
        [[_SCORER], take.skeleton.keypoints, ["x", "y", "likelihood"]],
        names=["scorer", "bodyparts", "coords"],
    )
    values_tkv = np.concatenate([take.keypoints_tkc, take.scores_tk[..., None]], axis=2)
    table = pd.DataFrame(values_tkv.reshape(len(take.times_s), -1), columns=heads)
    table.to_csv(path, float_format="%.4f")
