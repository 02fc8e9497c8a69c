"""The list of cameras, as rows of plain text."""

from __future__ import annotations

from dataclasses import dataclass

from app.rows import CotRow
from app.views.words import GRADE_WORDS, Standing, standing
from pipeline.live import MonitorStatus


@dataclass(frozen=True, slots=True)
class CameraLine:
    """One cot of the list: what it is called, where its camera is, how it fares."""

    cot_id: int
    name: str
    address: str
    stands: Standing
    detail: str


def camera_lines(rows: list[CotRow], status: MonitorStatus) -> list[CameraLine]:
    """Return the cameras in the order of the ward, each with how it fares now."""
    return [_line(row, status) for row in rows]


def _line(row: CotRow, status: MonitorStatus) -> CameraLine:
    live = status.cots.get(row.id) if status.monitoring else None
    detail = ""
    if live is not None:
        grade = GRADE_WORDS.get(live.grade, live.grade)
        detail = live.line or f"{grade}, {live.fps:.1f} frames/s"
    address = row.camera.url if row.camera is not None else "no camera"
    return CameraLine(row.id, row.name, address, standing(live, status.monitoring), detail)


# The shapes of the tiles, as text.
_SIGNS = {"circle": "●", "hatch": "◐", "triangle": "▲", "square": "■", "dots": "…"}


def state_text(stands: Standing) -> str:
    """Return a standing as its sign and its word."""
    return f"{_SIGNS[stands.shape]} {stands.word}"


PASSWORD_HELP = (
    "Cotside never stores a password. Put it into an environment variable of the machine that "
    "runs the monitor, for example COT_1_PASSWORD, and write that name here."
)
ADDRESS_HELP = (
    "rtsp://host/path, http://host/path (MJPEG or MPEG-TS), v4l2:/dev/video0 for a camera at this "
    "machine, or file:/path/clip.mp4 to play a clip as a camera."
)
