"""CSV and Parquet: one row a frame.

``time_s``, ``flags`` and ``reason``, then ``_x``, ``_y`` (raw, in pixels) and ``_score`` of each
keypoint; an empty cell is "absent".
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from pipeline.export.base import NOTE, Take, exporter
from pipeline.types import flag_texts


@exporter("csv", ".csv")
def write_csv(take: Take, path: Path) -> None:
    """Write a CSV file with one header row."""
    pa.csv.write_csv(_table(take), str(path))


@exporter("parquet", ".parquet")
def write_parquet(take: Take, path: Path) -> None:
    """Write a Parquet file; what it is of stands in the schema's metadata."""
    pa.parquet.write_table(_table(take), str(path), compression="zstd")


def _table(take: Take) -> Any:
    columns: dict[str, Any] = {
        "time_s": pa.array(take.times_s),
        "flags": pa.array(take.flags_t),
        "reason": pa.array(flag_texts(take.flags_t)),
    }
    for k, name in enumerate(take.skeleton.keypoints):
        for axis, letter in enumerate("xy"):
            # NaN becomes an empty cell.
            values = pa.array(take.keypoints_tkc[:, k, axis], from_pandas=True)
            columns[f"{name}_{letter}"] = values
        columns[f"{name}_score"] = pa.array(take.scores_tk[:, k])
    about = {
        "subject": take.subject,
        "started": take.started.isoformat(),
        "fps": f"{take.fps:.6g}",
        "width": str(take.size_wh[0]),
        "height": str(take.size_wh[1]),
        "model": take.model,
        "software": take.software,
        "note": NOTE,
    }
    return pa.table(columns).replace_schema_metadata(about)
