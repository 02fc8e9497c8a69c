"""Infants: who they are (by pseudonym only), where they lay when, each change with its entry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import audit
from db.audit import Actor
from db.engine import reading, writing
from db.errors import RowRejected
from db.schema import Cot, Infant, Stay
from db.times import now_us
from db.topic import Topic, required
from db.ward import place


class Span(NamedTuple):
    """A stay as a span of one cot's time, ``from_us <= time < to_us``."""

    cot_id: int
    from_us: int
    to_us: int


class InfantAges(NamedTuple):
    """``gestational_age_days`` at birth; ``pma_zero_day`` as in ``db.schema.Infant``; or None."""

    gestational_age_days: int | None = None
    pma_zero_day: int | None = None


class Infants(Topic):
    """Admits, moves and discharges infants; what was recorded stays theirs."""

    def infant(self, infant_id: int) -> Infant:
        """Return one infant; raise ``NotFound``."""
        with reading(self._engine) as session:
            return required(session, Infant, infant_id)

    def admit_infant(
        self, pseudonym: str, ages: InfantAges, *, cot_id: int | None, by: Actor
    ) -> int:
        """Add an infant, in a cot or nowhere yet; return the id; ``RowRejected`` when it is taken.

        Who lay in the cot lies there no longer.
        """
        with writing(self._engine) as session:
            if session.scalar(select(Infant.id).where(Infant.pseudonym == pseudonym)) is not None:
                raise RowRejected(f"{pseudonym}: there is an infant of this pseudonym already")
            infant = Infant(pseudonym=pseudonym, created_us=now_us(), **ages._asdict())
            session.add(infant)
            session.flush()
            _note(session, by, "infant added", infant.id)
            if cot_id is not None:
                _move(session, infant.id, cot_id, by)
            return infant.id

    def correct_ages(self, infant_id: int, ages: InfantAges, *, by: Actor) -> None:
        """Set what is known of an infant's age."""
        with writing(self._engine) as session:
            infant = required(session, Infant, infant_id)
            infant.gestational_age_days, infant.pma_zero_day = ages
            _note(session, by, "infant's ages corrected", infant.id)

    def move_infant(self, infant_id: int, cot_id: int, *, by: Actor) -> None:
        """Lay an infant into another cot; what was recorded of it before stays its own."""
        with writing(self._engine) as session:
            _move(session, infant_id, cot_id, by)

    def end_stay(self, infant_id: int, *, by: Actor) -> None:
        """Note that an infant has left its cot."""
        with writing(self._engine) as session:
            required(session, Infant, infant_id)
            for stay in _open_stays(session, infant_id):
                stay.to_us = now_us()
                _note(session, by, "stay ended", infant_id, cot=stay.cot_id)


def spans(session: Session, infant_id: int) -> list[Span]:
    """Return the spans of an infant's stays, oldest first."""
    query = select(Stay).where(Stay.infant_id == infant_id).order_by(Stay.from_us)
    at_us = now_us()
    return [
        Span(stay.cot_id, stay.from_us, at_us if stay.to_us is None else stay.to_us)
        for stay in session.scalars(query)
    ]


def _open_stays(session: Session, infant_id: int) -> Sequence[Stay]:
    query = select(Stay).where(Stay.infant_id == infant_id, Stay.to_us.is_(None))
    return session.scalars(query).all()


def _move(session: Session, infant_id: int, cot_id: int, by: Actor) -> None:
    required(session, Infant, infant_id)
    if required(session, Cot, cot_id).removed_us is not None:
        raise RowRejected("this cot is no longer watched; choose another")
    if any(stay.cot_id == cot_id for stay in _open_stays(session, infant_id)):
        return
    place(session, infant_id, cot_id, now_us())
    _note(session, by, "infant moved", infant_id, cot=cot_id)


def _note(session: Session, by: Actor, action: str, infant_id: int, **detail: object) -> None:
    audit.append(session, action, f"infant/{infant_id}", who=by.name, role=by.role, detail=detail)
