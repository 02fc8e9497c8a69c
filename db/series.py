"""Recordings, segments, keypoint series and minute rollups: what was measured over time."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Float, Row, Select, Text, cast, or_, select, type_coerce

from db.codec import KeypointBlock, concatenate, decode
from db.engine import reading
from db.errors import CodecError
from db.schema import Chunk, MinuteRollup, Model, Recording, Segment, Video
from db.times import MINUTE_US
from db.topic import Topic, required

_FOREVER_US = 2**62


@dataclass(frozen=True, slots=True)
class Run:
    """Frames of one segment and one model in a row: ``block[start:stop]`` of a series.

    ``width`` and ``height`` are those of the picture, in pixels.
    """

    recording_id: int
    segment_id: int
    model_id: int
    start: int
    stop: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class KeypointSeries:
    """Raw keypoints of a span of time; no measure may reach across two runs."""

    block: KeypointBlock
    runs: tuple[Run, ...]

    def part(self, run: Run) -> KeypointBlock:
        """Return the frames of one run."""
        return self.block[run.start : run.stop]


@dataclass(frozen=True, slots=True)
class RollupColumns:
    """Minute rollups as columns of one length T, oldest first.

    ``minute_us``: (T,) int64 starts of the minutes. Numbers are float64, NaN = not assessable;
    counts are int64. ``limbs``: {limb: (T,)}. ``reasons``: T times {flag word: frames}.
    ``symmetry``: left minus right over their sum, -1..1. ``posture``: supine, prone, left, right
    or None; ``head_side``: left, right, midline or None. ``covered``: T times {part: seconds}.
    What each means stands at ``db.schema.MinuteRollup``.
    """

    minute_us: NDArray[np.int64]
    recording_id: NDArray[np.int64]
    frames_expected: NDArray[np.int64]
    frames_seen: NDArray[np.int64]
    frames_assessable: NDArray[np.int64]
    coverage: NDArray[np.float64]
    quantity_of_motion_mean: NDArray[np.float64]
    quantity_of_motion_sd: NDArray[np.float64]
    quantity_of_motion_max: NDArray[np.float64]
    quantity_of_motion_low: NDArray[np.float64]
    quantity_of_motion_high: NDArray[np.float64]
    cutoff_hz: NDArray[np.float64]
    symmetry: NDArray[np.float64]
    still_s: NDArray[np.float64]
    small_s: NDArray[np.float64]
    gross_s: NDArray[np.float64]
    bouts: NDArray[np.float64]
    longest_rest_s: NDArray[np.float64]
    handled_s: NDArray[np.float64]
    posture: tuple[str | None, ...]
    head_side: tuple[str | None, ...]
    limbs: dict[str, NDArray[np.float64]]
    reasons: tuple[dict[str, int], ...]
    covered: tuple[dict[str, float], ...]

    def __len__(self) -> int:
        return len(self.minute_us)


class MotionMinutes(NamedTuple):
    """Quantity of motion alone: (T,) starts in UTC µs, rising; (T,) trunk/s, NaN unassessable."""

    starts_us: NDArray[np.int64]
    quantity_t: NDArray[np.float64]


class SeriesReader(Topic):
    """Reads what was recorded."""

    def recordings(
        self,
        cot_id: int | None = None,
        from_us: int | None = None,
        to_us: int | None = None,
        *,
        infant_id: int | None = None,
        limit: int | None = None,
    ) -> Sequence[Recording]:
        """Return recordings that touch a span of time, newest first."""
        query = select(Recording).where(*_touching(Recording, from_us, to_us))
        if cot_id is not None:
            query = query.where(Recording.cot_id == cot_id)
        if infant_id is not None:
            query = query.where(Recording.infant_id == infant_id)
        query = query.order_by(Recording.started_us.desc(), Recording.id.desc()).limit(limit)
        with reading(self._engine) as session:
            return session.scalars(query).all()

    def recording(self, recording_id: int) -> Recording:
        """Return one recording; raise ``NotFound``."""
        with reading(self._engine) as session:
            return required(session, Recording, recording_id)

    def segments(self, recording_id: int) -> Sequence[Segment]:
        """Return the segments of a recording in order."""
        query = select(Segment).where(Segment.recording_id == recording_id)
        with reading(self._engine) as session:
            return session.scalars(query.order_by(Segment.number)).all()

    def segments_of_cot(self, cot_id: int, from_us: int, to_us: int) -> Sequence[Segment]:
        """Return the segments of a cot that touch a span of time, oldest first."""
        query = (
            select(Segment)
            .join(Recording, Segment.recording_id == Recording.id)
            .where(Recording.cot_id == cot_id)
            .where(*_touching(Recording, from_us, to_us), *_touching(Segment, from_us, to_us))
        )
        with reading(self._engine) as session:
            return session.scalars(query.order_by(Segment.started_us)).all()

    def models(self) -> Sequence[Model]:
        """Return every model that has made keypoints here."""
        with reading(self._engine) as session:
            return session.scalars(select(Model).order_by(Model.id)).all()

    def videos(
        self, recording_id: int, from_us: int | None = None, to_us: int | None = None
    ) -> Sequence[Video]:
        """Return the kept video files of a recording that touch a span of time, oldest first."""
        query = select(Video).where(Video.recording_id == recording_id)
        if from_us is not None:
            query = query.where(Video.end_us >= from_us)
        if to_us is not None:
            query = query.where(Video.start_us < to_us)
        with reading(self._engine) as session:
            return session.scalars(query.order_by(Video.start_us)).all()

    def video(self, video_id: int) -> Video:
        """Return one kept video file's row; raise ``NotFound``."""
        with reading(self._engine) as session:
            return required(session, Video, video_id)

    def keypoints(
        self,
        *,
        recording_id: int | None = None,
        cot_id: int | None = None,
        from_us: int | None = None,
        to_us: int | None = None,
    ) -> KeypointSeries:
        """Return the raw keypoints of a recording or a cot, ``from_us <= time < to_us``.

        Frames come in the order of their segments and times. Raises ``CodecError`` for a damaged
        chunk, or when models of different keypoint counts meet in the span.
        """
        start_us = -_FOREVER_US if from_us is None else int(from_us)
        stop_us = _FOREVER_US if to_us is None else int(to_us)
        query = _chunks_between(start_us, stop_us)
        if recording_id is not None:
            query = query.where(Segment.recording_id == recording_id)
        elif cot_id is not None:
            query = query.join(Recording, Segment.recording_id == Recording.id).where(
                Recording.cot_id == cot_id, *_touching(Recording, from_us, to_us)
            )
        else:
            raise TypeError("name a recording or a cot")
        with reading(self._engine) as session:
            rows = session.execute(query).all()
        return _series(rows, start_us, stop_us)

    def rollups(
        self, cot_id: int, from_us: int | None = None, to_us: int | None = None
    ) -> RollupColumns:
        """Return the minute rollups of a cot with ``from_us <= minute < to_us``, oldest first."""
        return self._rollups(
            select(*_ROLLUP_COLUMNS)
            .join(Recording, MinuteRollup.recording_id == Recording.id)
            .where(Recording.cot_id == cot_id, *_touching(Recording, from_us, to_us)),
            from_us,
            to_us,
        )

    def motion(self, cot_id: int, from_us: int, to_us: int) -> MotionMinutes:
        """Return only the quantity of motion of a cot's minutes, ``from_us <= minute < to_us``.

        Of two recordings in one minute the better covered counts.
        """
        query = (
            select(
                MinuteRollup.minute_us,
                type_coerce(MinuteRollup.quantity_of_motion_mean, Float),
            )
            .join(Recording, MinuteRollup.recording_id == Recording.id)
            .where(Recording.cot_id == cot_id, *_touching(Recording, from_us, to_us))
            .where(MinuteRollup.minute_us >= int(from_us), MinuteRollup.minute_us < int(to_us))
            .order_by(MinuteRollup.minute_us, MinuteRollup.frames_assessable)
        )
        with reading(self._engine) as session:
            best = {row[0]: row[1] for row in session.execute(query)}
        return MotionMinutes(
            np.fromiter(best, np.int64, len(best)), np.array(list(best.values()), np.float64)
        )

    def rollups_of_recording(self, recording_id: int) -> RollupColumns:
        """Return the minute rollups of one recording, oldest first."""
        return self._rollups(
            select(*_ROLLUP_COLUMNS).where(MinuteRollup.recording_id == recording_id), None, None
        )

    def _rollups(
        self, query: Select[*tuple[Any, ...]], from_us: int | None, to_us: int | None
    ) -> RollupColumns:
        if from_us is not None:
            query = query.where(MinuteRollup.minute_us >= int(from_us))
        if to_us is not None:
            query = query.where(MinuteRollup.minute_us < int(to_us))
        query = query.order_by(MinuteRollup.minute_us, MinuteRollup.recording_id)
        with reading(self._engine) as session:
            rows = session.execute(query).all()
        columns = iter(list(zip(*rows, strict=True)) or [()] * len(_ROLLUP_COLUMNS))
        found: dict[str, Any] = {name: np.array(next(columns), np.int64) for name in _COUNTS}
        found |= {name: np.array(next(columns), np.float64) for name in _NUMBERS}
        found |= {name: next(columns) for name in _WORDS}
        limbs, reasons, covered = (_parsed(next(columns)) for _ in _DOCUMENTS)
        return RollupColumns(
            **found, limbs=_by_limb(limbs), reasons=tuple(reasons), covered=tuple(covered)
        )


_COUNTS = ("minute_us", "recording_id", "frames_expected", "frames_seen", "frames_assessable")
_NUMBERS = (
    "coverage",
    "quantity_of_motion_mean",
    "quantity_of_motion_sd",
    "quantity_of_motion_max",
    "quantity_of_motion_low",
    "quantity_of_motion_high",
    "cutoff_hz",
    "symmetry",
    "still_s",
    "small_s",
    "gross_s",
    "bouts",
    "longest_rest_s",
    "handled_s",
)
_WORDS = ("posture", "head_side")
_DOCUMENTS = ("limbs", "reasons", "covered")
# As the driver gives them: numpy makes NULL into NaN, and all JSON is parsed in one go.
_ROLLUP_COLUMNS: tuple[Any, ...] = (
    *(getattr(MinuteRollup, name) for name in _COUNTS),
    *(type_coerce(getattr(MinuteRollup, name), Float) for name in _NUMBERS),
    *(getattr(MinuteRollup, name) for name in _WORDS),
    *(cast(getattr(MinuteRollup, name), Text) for name in _DOCUMENTS),
)


def _parsed(texts: Sequence[str | None]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(f"[{','.join(text or '{}' for text in texts)}]")
    return rows


def _by_limb(rows: Sequence[dict[str, float | None]]) -> dict[str, NDArray[np.float64]]:
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: np.array([row.get(name) for row in rows], np.float64) for name in names}


def _touching(
    table: type[Recording] | type[Segment], from_us: int | None, to_us: int | None
) -> list[ColumnElement[bool]]:
    """Return the conditions for a span that overlaps; one that is still open has no end."""
    conditions: list[ColumnElement[bool]] = []
    if from_us is not None:
        conditions.append(or_(table.ended_us.is_(None), table.ended_us >= int(from_us)))
    if to_us is not None:
        conditions.append(table.started_us < int(to_us))
    return conditions


def _chunks_between(start_us: int, stop_us: int) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Segment.recording_id,
            Chunk.segment_id,
            Chunk.model_id,
            Segment.width,
            Segment.height,
            Chunk.start_us,
            Chunk.end_us,
            Chunk.payload,
        )
        .join(Segment, Chunk.segment_id == Segment.id)
        # A chunk stays within a minute, so the index finds those that reach into the span.
        .where(Chunk.start_us > start_us - MINUTE_US, Chunk.start_us < stop_us)
        .where(Chunk.end_us >= start_us)
        .order_by(Segment.recording_id, Segment.number, Chunk.start_us)
    )


def _series(rows: Sequence[Row[Any]], start_us: int, stop_us: int) -> KeypointSeries:
    blocks: list[KeypointBlock] = []
    runs: list[Run] = []
    position = 0
    for row in rows:
        block = decode(row.payload)
        if row.start_us < start_us or row.end_us >= stop_us:
            block = block.between(start_us, stop_us)
        if len(block) == 0:
            continue
        blocks.append(block)
        _extend(runs, row, position, position + len(block))
        position += len(block)
    if len({block.keypoints_tkc.shape[1] for block in blocks}) > 1:
        raise CodecError("models of different keypoint counts meet here; read a shorter span")
    return KeypointSeries(concatenate(blocks), tuple(runs))


def _extend(runs: list[Run], row: Row[Any], start: int, stop: int) -> None:
    """Lengthen the last run by a chunk, or begin another where segment or model changes."""
    last = runs[-1] if runs else None
    if last is not None and (last.segment_id, last.model_id) == (row.segment_id, row.model_id):
        runs[-1] = replace(last, stop=stop)
        return
    runs.append(
        Run(row.recording_id, row.segment_id, row.model_id, start, stop, row.width, row.height)
    )
