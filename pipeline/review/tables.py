"""The tables of a video: one row a frame, the same columns as CSV and as Parquet.

``frame``; ``time_s`` since the video's first picture; ``flags`` and ``reason`` (why there is no
pose, or no movement); ``quantity_of_motion`` in trunks a second; then of each keypoint, in pixels
of the picture: ``_x`` and ``_y`` smoothed (by the smoother that the Parquet file and the summary
name), ``_raw_x`` and ``_raw_y`` as the network gave them, and ``_score``. An empty cell is "not
known". No date and no name is in them.
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
from numpy.typing import NDArray

from db.folders import CSV_FILE, PARQUET_FILE
from pipeline.review.series import Minute
from pipeline.review.whole import half_file
from pipeline.skeleton import INFANT13
from pipeline.types import flag_texts

_POINT_COLUMNS = ("x", "y", "raw_x", "raw_y", "score")


def columns() -> list[str]:
    """Return the names of the columns, in order."""
    points = [f"{name}_{column}" for name in INFANT13.keypoints for column in _POINT_COLUMNS]
    return ["frame", "time_s", "flags", "reason", "quantity_of_motion", *points]


def _schema(about: dict[str, str]) -> Any:
    kinds: dict[str, Any] = {
        "frame": pa.int64(),
        "time_s": pa.float64(),
        "flags": pa.uint16(),
        "reason": pa.string(),
    }
    fields = [pa.field(name, kinds.get(name, pa.float32())) for name in columns()]
    return pa.schema(fields, metadata=about)


class Tables:
    """Writes both tables as it goes; the files appear under their names when they are whole."""

    def __init__(self, folder: Path, about: dict[str, str]) -> None:
        self._schema = _schema(about)
        self._finals = [folder / CSV_FILE, folder / PARQUET_FILE]
        self._parts = [half_file(path) for path in self._finals]
        self._csv = pa.csv.CSVWriter(str(self._parts[0]), self._schema)
        self._parquet = pa.parquet.ParquetWriter(
            str(self._parts[1]), self._schema, compression="zstd"
        )
        self._n_rows = 0

    def __enter__(self) -> Tables:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._csv.close()
        self._parquet.close()
        for part, final in zip(self._parts, self._finals, strict=True):
            if kind is None:
                part.replace(final)
            else:
                part.unlink(missing_ok=True)

    def add(
        self,
        minute: Minute,
        smooth_tkc: NDArray[np.floating],
        motion_t: NDArray[np.float64],
        started_us: int,
    ) -> None:
        """Write the frames of a minute; (T, K, 2) and (T,) are of all the block's frames."""
        inside_t = minute.inside_t
        block = minute.block
        times_us = block.times_us[inside_t]
        raw_tkc, scores_tk = block.keypoints_tkc[inside_t], block.scores_tk[inside_t]
        own_tkc = smooth_tkc[inside_t].astype(np.float32)
        flags_t = block.flags_t[inside_t]
        arrays = [
            pa.array(np.arange(self._n_rows, self._n_rows + len(times_us))),
            pa.array((times_us - started_us) / 1e6),
            pa.array(flags_t),
            pa.array(flag_texts(flags_t)),
            _numbers(motion_t[inside_t]),
        ]
        for k in range(len(INFANT13)):
            for points in (own_tkc, raw_tkc):
                arrays += [_numbers(points[:, k, axis]) for axis in (0, 1)]
            arrays.append(_numbers(scores_tk[:, k]))
        batch = pa.record_batch(arrays, schema=self._schema)
        self._csv.write_batch(batch)
        self._parquet.write_batch(batch)
        self._n_rows += len(times_us)


def _numbers(values_t: NDArray[Any]) -> Any:
    return pa.array(values_t.astype(np.float32), from_pandas=True)  # NaN becomes an empty cell
