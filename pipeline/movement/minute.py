"""A minute's row from its frames: the same for the monitor, as they come, and for a recomputation.

What was watched and what the camera promised is known only while it happens; the rest follows from
the stored frames alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from db.codec import KeypointBlock
from db.schema import MinuteRollup as MinuteRow
from db.times import MINUTE_US
from pipeline.movement.rollup import roll_up
from pipeline.movement.rows import rollup_row
from pipeline.movement.track import trunk_px
from pipeline.movement.wander import of_bundled_model

# Frames beside a minute spare the filter its ends.
MARGIN_US = 2_000_000
# Shorter gaps are frames left out by a busy machine; the coverage tells of those.
_SILENCE_US = 500_000
CAMERA_SILENT = "no picture"
NOT_MONITORED = "not monitored"
Span = tuple[int, int]


class TrunkMemory:
    """The trunk's length as last seen, for minutes in which a blanket hides the hips."""

    def __init__(self) -> None:
        self._trunk_px: float | None = None
        self._seen_us = 0

    def look(self, block: KeypointBlock, breaks_us: Sequence[int]) -> float | None:
        """Return the trunk seen in a block of frames, else the last one of the same segment.

        ``breaks_us``: rising times at which a new segment began; those since the last look and
        within the block are enough. In a new segment the camera may stand elsewhere.
        """
        if not len(block):
            return self._trunk_px
        if any(self._seen_us < at_us <= block.times_us[-1] for at_us in breaks_us):
            self._trunk_px = None
        seen_px = trunk_px(block.keypoints_tkc, block.scores_tk)
        if math.isfinite(seen_px):
            self._trunk_px = seen_px
        self._seen_us = int(block.times_us[-1])
        return self._trunk_px


def minute_row(
    block: KeypointBlock,
    minute_us: int,
    *,
    expected_fps: float | None,
    breaks_us: Sequence[int],
    trunk_length_px: float | None,
    missing: dict[str, int] | None = None,
    watched_us: Span | None = None,
) -> MinuteRow:
    """Return the row, without its recording, of the minute that starts at ``minute_us``.

    ``block``: the frames from 2 s before it to 2 s after it, as they are stored. ``missing``: the
    frames that never came, by the reason, where that is on record; else it is counted from
    ``watched_us``, the span in which somebody watched.
    """
    figures = roll_up(
        block,
        minute_us,
        expected_fps=expected_fps,
        breaks_us=breaks_us,
        trunk_length_px=trunk_length_px,
        wander=of_bundled_model(),
    )
    if missing is None:
        whole_us = (minute_us, minute_us + MINUTE_US)
        missing = never_came(block, watched_us or whole_us, figures.frames_expected / 60)
    return rollup_row(figures, missing)


def never_came(block: KeypointBlock, watched_us: Span, fps: float) -> dict[str, int]:
    """Return, in frames of one minute, how long nobody watched and how long no picture came."""
    from_us, to_us = watched_us
    inside = block.times_us[(block.times_us >= from_us) & (block.times_us < to_us)]
    gaps_us = np.diff(np.concatenate([[from_us], inside, [to_us]]))
    spans_us = {
        NOT_MONITORED: MINUTE_US - (to_us - from_us),
        CAMERA_SILENT: int(gaps_us[gaps_us > _SILENCE_US].sum()),
    }
    # A camera that never came has no rate: its seconds are counted instead.
    counts = {word: round(us / 1e6 * (fps or 1)) for word, us in spans_us.items()}
    return {word: count for word, count in counts.items() if count}
