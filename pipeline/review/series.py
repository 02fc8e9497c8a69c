"""A stored recording, minute by minute, so that memory does not grow with a video's length."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from db.codec import KeypointBlock
from db.series import KeypointSeries
from db.store import Store
from db.times import MINUTE_US
from pipeline.movement import Track, make_track, trunk_px
from pipeline.movement.wander import of_bundled_model
from pipeline.smoothing import OfflineSmoother

# Frames beside a minute spare the filter its ends.
_MARGIN_US = 2_000_000
_TRUNK_FRAMES_A_MINUTE = 120


@dataclass(frozen=True, slots=True)
class Minute:
    """One minute of a recording: its frames, and some beside them for the filter.

    ``inside_t``: (T,) which of the ``block``'s frames are the minute's own. ``breaks_us``: times at
    which a segment begins.
    """

    minute_us: int
    block: KeypointBlock
    inside_t: NDArray[np.bool_]
    breaks_us: tuple[int, ...]
    size_wh: tuple[int, int]

    def track(self, trunk_length_px: float | None) -> Track:
        """Return the filtered series, the frames beside the minute included."""
        block = self.block
        return make_track(
            block,
            breaks_us=self.breaks_us,
            trunk_length_px=trunk_length_px,
            wander=of_bundled_model(),
        )

    def refined(self, smoother: OfflineSmoother) -> NDArray[np.float32]:
        """Return the keypoints (T, K, 2) by an offline smoother, each segment on its own.

        Every frame is seen with those before and after it, over the minute's ends too; NaN where
        the smoother gives nothing.
        """
        block = self.block
        cuts = np.searchsorted(block.times_us, np.array(self.breaks_us, np.int64))
        parts = [
            smoother(block.times_us[part], block.keypoints_tkc[part], block.scores_tk[part])
            for part in np.split(np.arange(len(block)), cuts)
        ]
        return np.concatenate(parts)


def minutes(store: Store, recording_id: int) -> Iterator[Minute]:
    """Yield the minutes of a recording that hold frames, in order."""
    segments = store.segments(recording_id)
    if not segments:
        return
    from_us = segments[0].started_us - segments[0].started_us % MINUTE_US
    until_us = max(segment.ended_us or segment.started_us for segment in segments)
    for minute_us in range(from_us, until_us + 1, MINUTE_US):
        minute = minute_at(store, recording_id, minute_us)
        if minute is not None:
            yield minute


def minute_at(store: Store, recording_id: int, minute_us: int) -> Minute | None:
    """Return the minute of a recording that begins at ``minute_us``; None where it has no frame."""
    series = store.keypoints(
        recording_id=recording_id,
        from_us=minute_us - _MARGIN_US,
        to_us=minute_us + MINUTE_US + _MARGIN_US,
    )
    times_us = series.block.times_us
    inside_t = (times_us >= minute_us) & (times_us < minute_us + MINUTE_US)
    if not inside_t.any():
        return None
    return Minute(minute_us, series.block, inside_t, _breaks(series), _size(series))


def session_trunk_px(store: Store, recording_id: int) -> float | None:
    """Return the recording's trunk length, by up to 120 frames of each minute; None: never seen."""
    points, scores = [], []
    for minute in minutes(store, recording_id):
        own = minute.block.keypoints_tkc[minute.inside_t]
        every = max(1, len(own) // _TRUNK_FRAMES_A_MINUTE)
        points.append(own[::every])
        scores.append(minute.block.scores_tk[minute.inside_t][::every])
    if not points:
        return None
    length_px = trunk_px(np.concatenate(points), np.concatenate(scores))
    return length_px if np.isfinite(length_px) else None


def _breaks(series: KeypointSeries) -> tuple[int, ...]:
    return tuple(int(series.block.times_us[run.start]) for run in series.runs[1:])


def _size(series: KeypointSeries) -> tuple[int, int]:
    return series.runs[-1].width, series.runs[-1].height
