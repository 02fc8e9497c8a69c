"""Minutes made anew from the stored keypoints, after the measures have changed.

Goes through recordings an hour at a time, one transaction each, and leaves minutes alone that this
version has made already: what was interrupted goes on where it stopped.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from db.errors import CodecError
from db.minutes import KnownMinute
from db.schema import MinuteRollup, Recording
from db.series import KeypointSeries
from db.store import Store
from db.times import MINUTE_US
from pipeline.movement.base import MOVEMENT_VERSION
from pipeline.movement.minute import (
    CAMERA_SILENT,
    MARGIN_US,
    NOT_MONITORED,
    TrunkMemory,
    minute_row,
)

_log = logging.getLogger(__name__)
_PIECE_US = 60 * MINUTE_US
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Recomputed:
    """How many minutes were made anew, were of this version already, or had to be left.

    ``left``: minutes whose frames are no longer stored, or damaged; their old figures stay.
    """

    made: int = 0
    current: int = 0
    left: int = 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which minutes to make anew: UTC µs [from, to), of one cot or all; ``again``: current too."""

    cot_id: int | None = None
    from_us: int | None = None
    to_us: int | None = None
    again: bool = False

    def takes(self, minute_us: int) -> bool:
        """Tell whether a minute lies in the span."""
        after = self.from_us is None or minute_us + MINUTE_US > self.from_us
        return after and (self.to_us is None or minute_us < self.to_us)


def recompute(store: Store, wanted: Wanted, progress: Progress = lambda *_: None) -> Recomputed:
    """Make minutes anew; ``progress`` is told (done, of how many recordings)."""
    recordings = store.recordings(wanted.cot_id, wanted.from_us, wanted.to_us)
    done = Recomputed()
    for number, recording in enumerate(reversed(recordings)):
        progress(number, len(recordings))
        done = _of_recording(store, recording, wanted, done)
    progress(len(recordings), len(recordings))
    return done


def _of_recording(
    store: Store, recording: Recording, wanted: Wanted, done: Recomputed
) -> Recomputed:
    minutes = [m for m in store.known_minutes(recording.id) if wanted.takes(m.minute_us)]
    due = []
    for minute in minutes:
        if minute.version == MOVEMENT_VERSION and not wanted.again:
            done = replace(done, current=done.current + 1)
        elif minute.frames_seen and not minute.has_frames:
            done = replace(done, left=done.left + 1)
        else:
            due.append(minute)
    fps_by_segment = {segment.id: segment.fps for segment in store.segments(recording.id)}
    trunk = TrunkMemory()
    expected_us = None
    for _, piece in groupby(due, key=lambda minute: minute.minute_us // _PIECE_US):
        piece_due = list(piece)
        try:
            if piece_due[0].minute_us != expected_us:
                trunk = _remembered(store, recording, piece_due[0].minute_us)
            store.put_minutes(_rows(store, recording, piece_due, trunk, fps_by_segment))
        except CodecError as error:
            _log.warning("recording %d: %s; its old figures stay", recording.id, error)
            done = replace(done, left=done.left + len(piece_due))
            continue
        expected_us = piece_due[-1].minute_us + MINUTE_US
        done = replace(done, made=done.made + len(piece_due))
    return done


def _rows(
    store: Store,
    recording: Recording,
    due: Sequence[KnownMinute],
    trunk: TrunkMemory,
    fps_by_segment: dict[int, float | None],
) -> list[MinuteRollup]:
    series = _read(store, recording, due[0].minute_us, due[-1].minute_us + MINUTE_US)
    breaks_us = _breaks(series)
    fps = next((fps_by_segment.get(run.segment_id) for run in series.runs), None)
    rows = []
    for minute in due:
        start_us, end_us = minute.minute_us, minute.minute_us + MINUTE_US
        block = series.block.between(start_us - MARGIN_US, end_us + MARGIN_US)
        row = minute_row(
            block,
            start_us,
            expected_fps=fps if minute.frames_expected is None else minute.frames_expected / 60,
            breaks_us=breaks_us,
            trunk_length_px=trunk.look(block, breaks_us),
            missing=_on_record(minute),
            watched_us=_watched(recording, start_us),
        )
        row.recording_id = recording.id
        rows.append(row)
    return rows


def _on_record(minute: KnownMinute) -> dict[str, int] | None:
    """Return what the monitor noted as never come: keypoints cannot tell it afterwards."""
    if minute.reasons is None:
        return None
    words = (NOT_MONITORED, CAMERA_SILENT)
    return {word: minute.reasons[word] for word in words if word in minute.reasons}


def _watched(recording: Recording, minute_us: int) -> tuple[int, int]:
    ended_us = recording.ended_us or minute_us + MINUTE_US
    from_us = min(max(minute_us, recording.started_us), minute_us + MINUTE_US)
    return from_us, max(from_us, min(minute_us + MINUTE_US, ended_us))


def _read(store: Store, recording: Recording, from_us: int, to_us: int) -> KeypointSeries:
    return store.keypoints(
        recording_id=recording.id, from_us=from_us - MARGIN_US, to_us=to_us + MARGIN_US
    )


def _breaks(series: KeypointSeries) -> list[int]:
    return [int(series.block.times_us[run.start]) for run in series.runs[1:]]


def _remembered(store: Store, recording: Recording, before_us: int) -> TrunkMemory:
    """Return what the monitor remembered of the trunk, looking back an hour at a time."""
    until_us = before_us
    while until_us > recording.started_us:
        from_us = max(until_us - _PIECE_US, recording.started_us)
        try:
            series = _read(store, recording, from_us, until_us)
        except CodecError:
            return TrunkMemory()
        trunk = TrunkMemory()
        for minute_us in range(from_us - from_us % MINUTE_US, until_us, MINUTE_US):
            span_us = (minute_us - MARGIN_US, minute_us + MINUTE_US + MARGIN_US)
            seen = trunk.look(series.block.between(*span_us), _breaks(series))
        if seen is not None or len(series.runs) > 1:
            return trunk
        until_us = from_us
    return TrunkMemory()
