"""Movement over weeks and months: bins made by the database, so that no minute has to be read."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Float, func, select, type_coerce

from db.engine import reading
from db.schema import MinuteRollup, Recording
from db.topic import Topic


class MotionBins(NamedTuple):
    """Bins (B,), rising, of a span's minutes; those in which nothing was recorded are left out.

    ``starts_us``: UTC µs. ``low``, ``mean``, ``high``: of the minutes' quantity of motion in
    trunk/s, NaN where no minute of the bin is assessable. ``known``: how many are; ``recorded``:
    how many there are.
    """

    starts_us: NDArray[np.int64]
    low: NDArray[np.float64]
    mean: NDArray[np.float64]
    high: NDArray[np.float64]
    known: NDArray[np.int64]
    recorded: NDArray[np.int64]


class BinReader(Topic):
    """Reads movement in bins."""

    def motion_bins(self, cot_id: int, from_us: int, to_us: int, width_us: int) -> MotionBins:
        """Return a cot's minutes with ``from_us <= minute < to_us`` in bins of ``width_us``.

        Bins start at multiples of the width. Of two recordings in one minute both count.
        """
        quantity = type_coerce(MinuteRollup.quantity_of_motion_mean, Float)
        start = (MinuteRollup.minute_us - MinuteRollup.minute_us % int(width_us)).label("bin_us")
        query = (
            select(
                start,
                func.min(quantity),
                func.avg(quantity),
                func.max(quantity),
                func.count(quantity),
                func.count(),
            )
            .join(Recording, MinuteRollup.recording_id == Recording.id)
            .where(Recording.cot_id == cot_id, Recording.started_us < int(to_us))
            .where(MinuteRollup.minute_us >= int(from_us), MinuteRollup.minute_us < int(to_us))
            .group_by("bin_us")
            .order_by("bin_us")
        )
        with reading(self._engine) as session:
            rows = session.execute(query).all()
        starts_us, low, mean, high, known, recorded = list(zip(*rows, strict=True)) or [()] * 6
        return MotionBins(
            np.array(starts_us, np.int64),
            np.array(low, np.float64),
            np.array(mean, np.float64),
            np.array(high, np.float64),
            np.array(known, np.int64),
            np.array(recorded, np.int64),
        )
