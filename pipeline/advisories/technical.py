"""The technical kinds: is anything being seen and kept at all?"""

from __future__ import annotations

from pydantic import Field

from pipeline.advisories.base import (
    CLEAR,
    UNKNOWN,
    Family,
    Judgement,
    Keeper,
    Place,
    Priority,
    Verdict,
    advisory,
    below,
)
from pipeline.advisories.facts import CotNow, WardNow
from pipeline.advisories.thresholds import KindSettings
from pipeline.types import FrameFlag

_TECHNICAL = Family.TECHNICAL


class NotMonitoringSettings(KindSettings):
    """Quick to be raised (a monitor counts as silent after 5 s), and insisting."""

    after_s: float = Field(3, ge=0, le=4, title="After", json_schema_extra={"unit": "s"})
    release_s: float = Field(
        2, ge=0, le=60, title="Over when away for", json_schema_extra={"unit": "s"}
    )
    again_s: float = Field(
        300, ge=60, le=3600, title="Told again every", json_schema_extra={"unit": "min"}
    )


@advisory(
    "Not monitoring",
    _TECHNICAL,
    Priority.HIGH,
    Place.WARD,
    NotMonitoringSettings,
    is_latching=True,
    may_be_off=False,
    keeper=Keeper.DASHBOARD,
)
def not_monitoring(ward: WardNow, _settings: NotMonitoringSettings) -> Judgement:
    """No monitor shows a sign of life: no camera is read and nothing is recorded."""
    if ward.monitoring is None:
        return UNKNOWN
    if ward.monitoring:
        return CLEAR
    return Judgement(Verdict.HOLDS, "no camera is read and nothing is recorded")


class NotStoringSettings(KindSettings):
    """A busy database may need some seconds."""

    again_s: float = Field(
        900, ge=60, le=86_400, title="Told again every", json_schema_extra={"unit": "min"}
    )


@advisory(
    "Not storing",
    _TECHNICAL,
    Priority.HIGH,
    Place.WARD,
    NotStoringSettings,
    is_latching=True,
    may_be_off=False,
)
def not_storing(ward: WardNow, _settings: NotStoringSettings) -> Judgement:
    """The database cannot be written: the live view goes on, the record does not."""
    if ward.writer is None:
        return UNKNOWN
    if ward.writer == "ok":
        return CLEAR
    return Judgement(Verdict.HOLDS, ward.writer_line or ward.writer.replace("_", " "))


class DiskSettings(KindSettings):
    """The share of the disk that should stay free."""

    LIMIT_FIELDS = ("free_percent",)

    free_percent: float = Field(
        5, ge=1, le=50, title="Free space below", json_schema_extra={"unit": "%"}
    )


@advisory("Disk nearly full", _TECHNICAL, Priority.MEDIUM, Place.WARD, DiskSettings)
def disk_nearly_full(ward: WardNow, settings: DiskSettings) -> Judgement:
    """The disk of the database has little room left; over again 2 % above the limit."""
    free = None if ward.disk_free is None else 100 * ward.disk_free
    verdict = below(free, settings.free_percent, settings.free_percent + 2)
    return Judgement(verdict, "" if free is None else f"{free:.1f} % of the disk is free")


@advisory(
    "Model fell back", _TECHNICAL, Priority.MEDIUM, Place.WARD, KindSettings, is_latching=True
)
def model_fell_back(ward: WardNow, _settings: KindSettings) -> Judgement:
    """Poses are made by another processor than was set, or the model fails."""
    if ward.model_trouble is None:
        return UNKNOWN
    if not ward.model_trouble:
        return CLEAR
    return Judgement(Verdict.HOLDS, ward.model_trouble)


class CameraSettings(KindSettings):
    """A camera may need some seconds to come back by itself."""

    after_s: float = Field(15, ge=2, le=600, title="After", json_schema_extra={"unit": "s"})


@advisory("Camera offline", _TECHNICAL, Priority.HIGH, Place.COT, CameraSettings)
def camera_offline(cot: CotNow, _settings: CameraSettings) -> Judgement:
    """No new picture comes from the camera: it is away, silent, or refuses us."""
    if cot.state == "live":
        return CLEAR
    return Judgement(Verdict.HOLDS, cot.line or f"the camera is {cot.state}")


@advisory("Picture frozen", _TECHNICAL, Priority.HIGH, Place.COT, KindSettings)
def picture_frozen(cot: CotNow, _settings: KindSettings) -> Judgement:
    """Pictures come, but they are all the same: what is shown is not what is happening."""
    return _by_flag(cot, FrameFlag.FROZEN, "pictures come, all the same")


@advisory("Lens covered", _TECHNICAL, Priority.MEDIUM, Place.COT, KindSettings)
def lens_covered(cot: CotNow, _settings: KindSettings) -> Judgement:
    """The picture is black, covered, or too dark for anything to be seen."""
    flags = FrameFlag.LENS_COVERED | FrameFlag.TOO_DARK
    is_dark = bool(cot.flags & FrameFlag.TOO_DARK)
    return _by_flag(cot, flags, "too dark to see" if is_dark else "the lens is covered")


class CameraMovedSettings(KindSettings):
    """A moved camera is told at once: the movement itself is short."""

    after_s: float = Field(0, ge=0, le=60, title="After", json_schema_extra={"unit": "s"})


@advisory(
    "Camera moved", _TECHNICAL, Priority.LOW, Place.COT, CameraMovedSettings, is_latching=True
)
def camera_moved(cot: CotNow, _settings: CameraMovedSettings) -> Judgement:
    """The camera was moved: look whether the cot still lies where it was drawn."""
    return _by_flag(cot, FrameFlag.CAMERA_MOVED, "look whether the cot is still where it was drawn")


def _by_flag(cot: CotNow, flag: FrameFlag, words: str) -> Judgement:
    if cot.state != "live":
        return UNKNOWN
    return Judgement(Verdict.HOLDS, words) if cot.flags & flag else CLEAR
