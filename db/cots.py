"""Cots and cameras changed by people: each change and its entry in the trail in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from db import audit
from db.audit import Actor
from db.engine import writing
from db.schema import Camera, Cot
from db.topic import Topic, change, required
from db.ward import CAMERA_COLUMNS, COT_COLUMNS, cameras_of, new_cot, take_away


class Cots(Topic):
    """Puts cots under watch and takes them off it, in somebody's name."""

    def watch_cot(
        self, name: str, camera: Mapping[str, Any], *, keep_video: bool, by: Actor
    ) -> int:
        """Add a cot with its camera (columns of ``Camera``); return the cot's id.

        Raises ``RowRejected`` when the name is taken; then nothing is stored.
        """
        with writing(self._engine) as session:
            cot = new_cot(session, name, None, keep_video)
            _new_camera(session, cot.id, camera)
            _note(session, by, "cot added", cot.id, keep_video=keep_video)
            return cot.id

    def change_cot(
        self, cot_id: int, changes: Mapping[str, Any], camera: Mapping[str, Any], *, by: Actor
    ) -> bool:
        """Change columns of a cot and of its camera; tell whether any differs.

        Which columns changed is written down; of their values only whether video is kept, since an
        address may tell of the ward's network for as long as the trail is kept. Raises
        ``RowRejected`` when the name is taken.
        """
        with writing(self._engine) as session:
            cot = required(session, Cot, cot_id)
            changed = change(cot, changes, COT_COLUMNS)
            changed += _settle_camera(session, cot_id, camera)
            session.flush()  # a name that is taken is refused here, before anything is noted
            if changed:
                kept = {"keep_video": cot.keep_video} if "keep_video" in changed else {}
                _note(session, by, "cot changed", cot_id, changed=changed, **kept)
            return bool(changed)

    def draw_cot(self, cot_id: int, rectangle: Mapping[str, float], *, by: Actor) -> None:
        """Say where in the picture the cot is: {x, y, width, height} as fractions of it."""
        plain = {key: float(part) for key, part in rectangle.items()}
        self.change_cot(cot_id, {"rectangle": plain}, {}, by=by)

    def stop_watching(self, cot_id: int, *, by: Actor) -> None:
        """Take a cot and its cameras out of the ward; what was recorded stays."""
        with writing(self._engine) as session:
            take_away(session, required(session, Cot, cot_id))
            _note(session, by, "cot removed", cot_id)


def _settle_camera(session: Session, cot_id: int, columns: Mapping[str, Any]) -> list[str]:
    """Change the cot's camera, or give it one; return which columns that changed."""
    if not columns:
        return []
    cameras = cameras_of(session, cot_id)
    if not cameras:
        _new_camera(session, cot_id, columns)
        return ["camera"]
    changed = change(cameras[0], columns, CAMERA_COLUMNS)
    cameras[0].revision += bool(changed)
    return [f"camera {name}" for name in changed]


def _new_camera(session: Session, cot_id: int, columns: Mapping[str, Any]) -> None:
    camera = Camera(cot_id=cot_id)
    change(camera, columns, CAMERA_COLUMNS)
    session.add(camera)


def _note(session: Session, by: Actor, action: str, cot_id: int, **detail: object) -> None:
    audit.append(session, action, f"cot/{cot_id}", who=by.name, role=by.role, detail=detail)
