"""What the lead asks of a worker: look into a video, estimate a part, finish."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from db.folders import OVERLAY_FILE, PARTS_FOLDER, SUMMARY_FILE
from db.lifecycle import open_read_only
from db.schema import MinuteRollup
from db.store import Store
from pipeline.movement import quantity_of_motion
from pipeline.review.blurred import BlurredFilm
from pipeline.review.drawer import DrawOptions
from pipeline.review.heads import Heads
from pipeline.review.notes import keep_best_thumbnail
from pipeline.review.overlay import join, overlay_size
from pipeline.review.part import PartResult, work_part
from pipeline.review.plan import Part, VideoPlan, look_into
from pipeline.review.reading import PartReader
from pipeline.review.series import minutes, session_trunk_px
from pipeline.review.summary import Tally
from pipeline.review.tables import Tables
from pipeline.review.tools import Tools
from pipeline.review.whole import write_whole
from pipeline.smoothing import offline_smoother

# The filter that measures of movement are made with, whatever poses are refined by.
MEASURES_BY = "butterworth"


def smoothing_words(smoother: str) -> str:
    """Say what the second pass over a video does, for its outputs."""
    return (
        f"second pass, each frame by those before and after it: {smoother} in tables and overlay, "
        f"{MEASURES_BY} in measures"
    )


def piece_name(part: Part) -> str:
    """Return the name of a part's piece of the overlay."""
    return f"{part.number:05d}.mp4"


@dataclass(frozen=True, slots=True)
class Look:
    """Find out what a file holds."""

    path: Path
    part_us: int

    def run(self, tools: Tools, tell: Callable[[int], None]) -> VideoPlan:
        """Return the plan; raise ``SourceError``."""
        return look_into(self.path, self.part_us)


@dataclass(frozen=True, slots=True)
class WorkPart:
    """Estimate one part and draw its piece of the overlay."""

    plan: VideoPlan
    part: Part
    options: DrawOptions

    def run(self, tools: Tools, tell: Callable[[int], None]) -> PartResult:
        """Return the part's poses."""
        return work_part(tools.model, self.plan, self.part, self.options, tell)


@dataclass(frozen=True, slots=True)
class BlurPart:
    """Draw one part's piece of an overlay without faces; all poses of the video are stored.

    ``trunk_px``: of the whole recording; None: never seen.
    """

    database: str
    recording_id: int
    plan: VideoPlan
    part: Part
    piece: Path
    smoother: str
    trunk_px: float | None

    def run(self, tools: Tools, tell: Callable[[int], None]) -> None:
        """Write the piece, whole or not at all; raise ``SourceError``."""
        engine = open_read_only(self.database)
        try:
            self._draw(Store(engine), tell)
        finally:
            engine.dispose()

    def _draw(self, store: Store, tell: Callable[[int], None]) -> None:
        started_us = store.recording(self.recording_id).started_us
        heads = Heads(store, self.recording_id, self.trunk_px, self.smoother)
        size_wh = overlay_size((self.plan.info.width, self.plan.info.height))
        film = BlurredFilm(heads, self.piece, size_wh, skeleton=True)
        try:
            for number, shot in enumerate(PartReader(self.plan, self.part).shots()):
                film.add(shot.picture.image_hwc, started_us + shot.time_us, shot.time_us)
                tell(number)
            film.close()
        finally:
            film.abandon()


@dataclass(frozen=True, slots=True)
class Finished:
    """What finishing gave: the whole summary, and the minutes' rows for the database."""

    summary: dict[str, Any]
    rollups: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Finish:
    """Make the tables, the overlay and the summary of a video whose poses are all stored.

    ``about``: what the lead knows already and the summary is to say.
    """

    database: str
    recording_id: int
    folder: Path
    duration_s: float
    fps: float | None
    parts: tuple[Part, ...]
    has_overlay: bool
    about: dict[str, Any]
    smoother: str = MEASURES_BY

    def run(self, tools: Tools, tell: Callable[[int], None]) -> Finished:
        """Write the files, each whole or not at all, the summary last."""
        engine = open_read_only(self.database)
        try:
            tally = self._tables(Store(engine), tell)
        finally:
            engine.dispose()
        pieces_folder = self.folder / PARTS_FOLDER
        keep_best_thumbnail(pieces_folder, self.parts, self.folder)
        pieces = [pieces_folder / piece_name(part) for part in self.parts]
        pieces = [piece for piece in pieces if piece.exists()]
        if pieces and self.has_overlay:
            join(pieces, self.folder / OVERLAY_FILE)
        summary = self.about | tally.figures() | {"files": self._files()}
        write_whole(self.folder / SUMMARY_FILE, json.dumps(summary, indent=1, ensure_ascii=False))
        return Finished(summary, [_plain(row) for row in tally.rollups])

    def _tables(self, store: Store, tell: Callable[[int], None]) -> Tally:
        started_us = store.recording(self.recording_id).started_us
        trunk = session_trunk_px(store, self.recording_id)
        tally = Tally(started_us, self.duration_s, self.fps, trunk)
        about = {key: str(self.about[key]) for key in ("software", "model", "note", "smoothing")}
        smoother = offline_smoother(self.smoother)
        with Tables(self.folder, about) as tables:
            for minute in minutes(store, self.recording_id):
                track = minute.track(trunk)
                motion_t = quantity_of_motion(track)
                # The measures' own filter has been over them already.
                is_done = self.smoother == MEASURES_BY
                points = track.keypoints_tkc if is_done else minute.refined(smoother)
                tables.add(minute, points, motion_t, started_us)
                tally.add(minute, track, motion_t)
                tell(0)
        return tally

    def _files(self) -> list[str]:
        names = [path.name for path in self.folder.iterdir() if path.is_file()]
        return sorted({*names, SUMMARY_FILE} - {name for name in names if name.endswith(".part")})


def _plain(row: MinuteRollup) -> dict[str, Any]:
    """Return a row's values: mapped objects are not sent between processes."""
    names = [column.key for column in MinuteRollup.__mapper__.column_attrs]
    return {name: getattr(row, name) for name in names if name != "recording_id"}
