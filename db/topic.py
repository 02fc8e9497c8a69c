"""What the parts of the store have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from db.errors import NotFound
from db.schema import Base

Row = TypeVar("Row", bound=Base)


class Topic:
    """Holds the engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine


def required(session: Session, kind: type[Row], row_id: int | str) -> Row:
    """Return a row by its id; raise ``NotFound`` when there is none."""
    row = session.get(kind, row_id if isinstance(row_id, str) else int(row_id))
    if row is None:
        raise NotFound(f"there is no {kind.__name__.lower()} with id {row_id}")
    return row


def change(row: Base, changes: Mapping[str, object], allowed: frozenset[str]) -> list[str]:
    """Set columns of a row; return those that differ. Raises ``TypeError`` for another column."""
    unknown = changes.keys() - allowed
    if unknown:
        raise TypeError(f"{', '.join(sorted(unknown))} cannot be edited; can: {sorted(allowed)}")
    differing = {name: value for name, value in changes.items() if getattr(row, name) != value}
    for name, value in differing.items():
        setattr(row, name, value)
    return sorted(differing)
