"""Cots, cameras, infants and who lay where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from db.engine import reading, writing
from db.schema import Camera, Cot, Infant, Stay
from db.times import now_us
from db.topic import Topic, change, required

COT_COLUMNS = frozenset({"name", "position", "rectangle", "keep_video"})
CAMERA_COLUMNS = frozenset(
    "name url username password_env expected_fps transport loop enabled".split()
)


class Ward(Topic):
    """Reads and edits the ward. Nothing recorded is ever deleted by an edit."""

    def cots(self, *, include_removed: bool = False) -> Sequence[Cot]:
        """Return the cots in the order of the ward."""
        query = select(Cot).order_by(Cot.position, Cot.id)
        if not include_removed:
            query = query.where(Cot.removed_us.is_(None))
        with reading(self._engine) as session:
            return session.scalars(query).all()

    def cot(self, cot_id: int) -> Cot:
        """Return one cot, removed ones too; raise ``NotFound``."""
        with reading(self._engine) as session:
            return required(session, Cot, cot_id)

    def add_cot(
        self, name: str, *, rectangle: Mapping[str, float] | None = None, keep_video: bool = False
    ) -> int:
        """Add a cot at the end of the ward; return its id; ``RowRejected`` when the name is taken.

        ``rectangle``: {x, y, width, height} as fractions of the picture, None for all of it.
        """
        with writing(self._engine) as session:
            return new_cot(session, name, rectangle, keep_video).id

    def edit_cot(self, cot_id: int, **changes: object) -> None:
        """Change name, position, rectangle or keep_video of a cot."""
        with writing(self._engine) as session:
            change(required(session, Cot, cot_id), changes, COT_COLUMNS)

    def remove_cot(self, cot_id: int) -> None:
        """Take a cot and its cameras out of the ward; what was recorded stays."""
        with writing(self._engine) as session:
            take_away(session, required(session, Cot, cot_id))

    def cameras(
        self, cot_id: int | None = None, *, include_removed: bool = False
    ) -> Sequence[Camera]:
        """Return the cameras, of one cot or of all."""
        query = select(Camera).order_by(Camera.id)
        if cot_id is not None:
            query = query.where(Camera.cot_id == cot_id)
        if not include_removed:
            query = query.where(Camera.removed_us.is_(None))
        with reading(self._engine) as session:
            return session.scalars(query).all()

    def camera(self, camera_id: int) -> Camera:
        """Return one camera, removed ones too; raise ``NotFound``."""
        with reading(self._engine) as session:
            return required(session, Camera, camera_id)

    def add_camera(self, cot_id: int, **columns: Any) -> int:
        """Add a camera to a cot (columns of ``Camera``: name, url, ...); return its id."""
        with writing(self._engine) as session:
            required(session, Cot, cot_id)
            camera = Camera(cot_id=cot_id)
            change(camera, columns, CAMERA_COLUMNS)
            session.add(camera)
            session.flush()
            return camera.id

    def edit_camera(self, camera_id: int, **changes: object) -> int:
        """Change columns of a camera; return its revision, which rises when anything differs."""
        with writing(self._engine) as session:
            camera = required(session, Camera, camera_id)
            if change(camera, changes, CAMERA_COLUMNS):
                camera.revision += 1
            return camera.revision

    def remove_camera(self, camera_id: int) -> None:
        """Take a camera away; what it recorded stays."""
        with writing(self._engine) as session:
            camera = required(session, Camera, camera_id)
            camera.removed_us = camera.removed_us or now_us()

    def upsert_cot(
        self,
        name: str,
        *,
        camera: Mapping[str, Any],
        rectangle: Mapping[str, float] | None = None,
        keep_video: bool = False,
    ) -> int:
        """Make the cot of this name, and its one camera, as a settings file says; return its id.

        The camera is found by its name; another camera of the cot is removed.
        """
        with writing(self._engine) as session:
            cot = session.scalar(select(Cot).where(Cot.name == name, Cot.removed_us.is_(None)))
            if cot is None:
                cot = new_cot(session, name, rectangle, keep_video)
            wanted = {"rectangle": _plain(rectangle), "keep_video": keep_video}
            change(cot, wanted, COT_COLUMNS)
            _settle_camera(session, cot.id, camera)
            return cot.id

    def infants(self) -> Sequence[Infant]:
        """Return the infants by pseudonym."""
        with reading(self._engine) as session:
            return session.scalars(select(Infant).order_by(Infant.pseudonym)).all()

    def add_infant(self, pseudonym: str, *, gestational_age_days: int | None = None) -> int:
        """Add an infant; return its id; ``RowRejected`` when the pseudonym is taken."""
        with writing(self._engine) as session:
            infant = Infant(
                pseudonym=pseudonym,
                gestational_age_days=gestational_age_days,
                created_us=now_us(),
            )
            session.add(infant)
            session.flush()
            return infant.id

    def place_infant(self, infant_id: int, cot_id: int, *, from_us: int | None = None) -> int:
        """Put an infant into a cot; end its last stay, and the stay of who lay there; return id."""
        since_us = now_us() if from_us is None else int(from_us)
        with writing(self._engine) as session:
            required(session, Infant, infant_id)
            required(session, Cot, cot_id)
            return place(session, infant_id, cot_id, since_us).id

    def infant_in(self, cot_id: int, at_us: int | None = None) -> Infant | None:
        """Return who lies in a cot at a time (default now), None for nobody known."""
        moment_us = now_us() if at_us is None else int(at_us)
        query = (
            select(Infant)
            .join(Stay, Stay.infant_id == Infant.id)
            .where(
                Stay.cot_id == cot_id,
                Stay.from_us <= moment_us,
                or_(Stay.to_us.is_(None), Stay.to_us > moment_us),
            )
            .order_by(Stay.from_us.desc())
        )
        with reading(self._engine) as session:
            return session.scalars(query).first()

    def stays(self, *, infant_id: int | None = None, cot_id: int | None = None) -> Sequence[Stay]:
        """Return the stays of an infant, in a cot, or all, oldest first."""
        query = select(Stay).order_by(Stay.from_us)
        if infant_id is not None:
            query = query.where(Stay.infant_id == infant_id)
        if cot_id is not None:
            query = query.where(Stay.cot_id == cot_id)
        with reading(self._engine) as session:
            return session.scalars(query).all()


def place(session: Session, infant_id: int, cot_id: int, since_us: int) -> Stay:
    """Begin a stay; end the infant's last one, and the one of who lay in the cot."""
    for stay in session.scalars(
        select(Stay).where(
            Stay.to_us.is_(None), or_(Stay.infant_id == infant_id, Stay.cot_id == cot_id)
        )
    ):
        stay.to_us = since_us
    begun = Stay(infant_id=infant_id, cot_id=cot_id, from_us=since_us)
    session.add(begun)
    session.flush()
    return begun


def _plain(rectangle: Mapping[str, float] | None) -> dict[str, float] | None:
    return None if rectangle is None else {key: float(part) for key, part in rectangle.items()}


def take_away(session: Session, cot: Cot) -> None:
    """Take a cot and its cameras out of the ward."""
    cot.removed_us = cot.removed_us or now_us()
    for camera in cameras_of(session, cot.id):
        camera.removed_us = cot.removed_us


def new_cot(
    session: Session, name: str, rectangle: Mapping[str, float] | None, keep_video: bool
) -> Cot:
    """Add a cot at the end of the ward."""
    last = session.scalar(select(func.max(Cot.position)))
    cot = Cot(
        name=name,
        position=0 if last is None else last + 1,
        rectangle=_plain(rectangle),
        keep_video=keep_video,
        created_us=now_us(),
    )
    session.add(cot)
    session.flush()
    return cot


def cameras_of(session: Session, cot_id: int) -> Sequence[Camera]:
    """Return the cameras that a cot has now."""
    return session.scalars(
        select(Camera).where(Camera.cot_id == cot_id, Camera.removed_us.is_(None))
    ).all()


def _settle_camera(session: Session, cot_id: int, columns: Mapping[str, Any]) -> None:
    """Leave the cot with exactly the camera described, editing the one of that name if there."""
    kept: Camera | None = None
    for camera in cameras_of(session, cot_id):
        if kept is None and camera.name == columns["name"]:
            kept = camera
        else:
            camera.removed_us = now_us()
    if kept is None:
        kept = Camera(cot_id=cot_id)
        change(kept, columns, CAMERA_COLUMNS)
        session.add(kept)
    elif change(kept, columns, CAMERA_COLUMNS):
        kept.revision += 1
