"""From the database to what views take: the only place where pages meet the store."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass

from app.routes import live_url, video_url
from app.state import AppState
from app.views.moments import moments_of
from app.views.movement import MovementSeries
from app.views.recordings import VideoPiece
from app.views.system import Disk
from app.views.trends import Trends, trends_of
from app.views.ward import CotOnPage
from db.engine import database_url, sqlite_path
from db.schema import Camera, Cot, Video
from pipeline.settings import RectangleSettings


@dataclass(frozen=True, slots=True)
class CotRow:
    """A cot and the cameras above it (normally one)."""

    cot: Cot
    cameras: tuple[Camera, ...]

    @property
    def id(self) -> int:
        """Return the cot's id."""
        return self.cot.id

    @property
    def name(self) -> str:
        """Return the cot's name."""
        return self.cot.name

    @property
    def camera(self) -> Camera | None:
        """Return the cot's camera, or None while it has none."""
        return self.cameras[0] if self.cameras else None

    @property
    def rectangle(self) -> RectangleSettings:
        """Return the cot's place in the picture."""
        return RectangleSettings(**(self.cot.rectangle or {}))


def cots(state: AppState) -> list[CotRow]:
    """Return the cots of the ward in its order, each with its cameras."""
    cameras = state.store.cameras()
    return [
        CotRow(cot, tuple(camera for camera in cameras if camera.cot_id == cot.id))
        for cot in state.store.cots()
    ]


def cots_on_page(state: AppState, rows: Sequence[CotRow] | None = None) -> list[CotOnPage]:
    """Return what tiles need to know of each cot, with a token for its picture."""
    shown = cots(state) if rows is None else rows
    return [
        CotOnPage(row.id, row.name, live_url(state, row.id), row.camera.name if row.camera else "")
        for row in shown
    ]


def trends(state: AppState, cot_id: int, from_us: int, to_us: int) -> Trends:
    """Return a cot's minutes, whoever lay in it."""
    return trends_of(state.store.rollups(cot_id, from_us, to_us))


def last_beat_us(state: AppState) -> int | None:
    """Return when a monitor of this database last showed a sign of life, in µs UTC."""
    beat = state.store.heartbeat()
    return None if beat is None else beat.beat_us


def disk(state: AppState) -> Disk | None:
    """Return the room where the database lies, or None for a database on a server."""
    path = sqlite_path(database_url(state.settings.database))
    if path is None or not path.exists():
        return None
    own = sum(
        file.stat().st_size for file in (path, path.with_name(f"{path.name}-wal")) if file.exists()
    )
    usage = shutil.disk_usage(path.parent)
    return Disk(used_by_database=own, free=usage.free, total=usage.total)


def database_name(state: AppState) -> str:
    """Return the database's name for a person: its file, or its address without a password."""
    url = database_url(state.settings.database)
    path = sqlite_path(url)
    return path.name if path is not None else url.render_as_string(hide_password=True)


def moments(state: AppState, cot_id: int, from_us: int, to_us: int) -> MovementSeries:
    """Return a cot's movement in short windows, computed from the keypoints."""
    series = state.store.keypoints(cot_id=cot_id, from_us=from_us, to_us=to_us)
    return moments_of(series, to_us)


def videos(state: AppState, cot_id: int, from_us: int, to_us: int) -> list[VideoPiece]:
    """Return the kept video of a cot in a span, with tokens."""
    found: list[Video] = []
    for recording in state.store.recordings(cot_id, from_us, to_us):
        found += state.store.videos(recording.id, from_us, to_us)
    return [VideoPiece(video_url(state, one.id), one.start_us, one.end_us) for one in found]
