"""The fields of an infant: read, checked, and stored in the visitor's name."""

from __future__ import annotations

from dataclasses import dataclass

from app import pseudonyms
from app.views.infants import ages_of
from db.audit import Actor
from db.infants import InfantAges
from db.store import Store
from pipeline.errors import CotsideError

_DAYS_A_WEEK = 7


class FormFault(CotsideError):
    """What stands in the fields cannot be stored."""


@dataclass(frozen=True, slots=True)
class InfantForm:
    """What was typed; weeks are None while an age is not known."""

    pseudonym: str = ""
    born_weeks: int | None = None
    born_days: int | None = None
    age_weeks: int | None = None
    age_days: int | None = None
    cot_id: int | None = None

    def ages(self, today: int) -> InfantAges:
        """Return the ages to keep; raise ``FormFault``."""
        made = ages_of(
            _days(self.born_weeks, self.born_days), _days(self.age_weeks, self.age_days), today
        )
        if isinstance(made, str):
            raise FormFault(made)
        return made

    def admit(self, store: Store, today: int, by: Actor) -> int:
        """Add the infant; return its id. Raises ``FormFault`` and what the store raises."""
        fault = pseudonyms.fault_of(self.pseudonym)
        if fault is not None:
            raise FormFault(fault)
        return store.admit_infant(self.pseudonym, self.ages(today), cot_id=self.cot_id, by=by)


def _days(weeks: int | None, days: int | None) -> int | None:
    return None if weeks is None else weeks * _DAYS_A_WEEK + (days or 0)
