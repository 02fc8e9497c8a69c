"""Which cots and cameras there are: read from the database, where pages and settings put them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import ValidationError

from db.schema import Camera, Cot
from db.store import Store
from pipeline.settings import (
    CameraSettings,
    CotSettings,
    RectangleSettings,
    describe_validation_error,
)


@dataclass(frozen=True, slots=True)
class CotPlan:
    """One cot as the monitor should watch it; two plans that are equal need no restart."""

    cot_id: int
    name: str
    camera_id: int
    camera: CameraSettings
    rectangle: RectangleSettings
    keep_video: bool


def enrol(store: Store, cots: Iterable[CotSettings]) -> None:
    """Put the cots of a settings file into the database; cots already there are brought to it."""
    for cot in cots:
        rectangle = cot.rectangle.model_dump()
        whole = cot.rectangle == RectangleSettings()
        store.upsert_cot(
            cot.name,
            camera=camera_columns(cot.camera),
            rectangle=None if whole else rectangle,
            keep_video=cot.keep_video,
        )


def camera_columns(camera: CameraSettings) -> dict[str, object]:
    """Return what the database keeps of a camera's settings: all but its time limits."""
    return camera.model_dump(exclude={"open_timeout_s", "read_timeout_s"})


def read_roster(store: Store) -> tuple[dict[int, CotPlan], list[str]]:
    """Return the plan of each cot that has an enabled camera, and a line for each unusable row."""
    cameras = {camera.cot_id: camera for camera in store.cameras() if camera.enabled}
    plans: dict[int, CotPlan] = {}
    faults: list[str] = []
    for cot in store.cots():
        camera = cameras.get(cot.id)
        if camera is None:
            continue
        try:
            plans[cot.id] = _plan(cot, camera)
        except ValidationError as error:
            fault = describe_validation_error(error, CameraSettings)
            faults.append(f"cot {cot.name!r}: {fault}; mend it on the Cameras page")
    return plans, faults


def _plan(cot: Cot, camera: Camera) -> CotPlan:
    return CotPlan(
        cot_id=cot.id,
        name=cot.name,
        camera_id=camera.id,
        camera=CameraSettings(
            name=camera.name,
            url=camera.url,
            username=camera.username,
            password_env=camera.password_env,
            expected_fps=camera.expected_fps,
            transport=camera.transport,
            loop=camera.loop,
        ),
        rectangle=RectangleSettings(**(cot.rectangle or {})),
        keep_video=cot.keep_video,
    )
