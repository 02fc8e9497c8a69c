"""Infants as pages show them: ages in completed weeks and days, where each lies and lay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo

from app.views.tables import Columns
from app.views.times import US_PER_S, day_and_clock, local
from app.views.words import duration_words
from db.infants import InfantAges
from db.schema import Infant, Stay

_EPOCH = date(1970, 1, 1)
_DAYS_A_WEEK = 7
GA_WEEKS = (20, 44)
PMA_WEEKS = (20, 70)


@dataclass(frozen=True, slots=True)
class InfantOnPage:
    """What a list shows of one infant; ``place`` is where it lies, in words."""

    infant_id: int
    pseudonym: str
    ages: str
    place: str
    lies_in: int | None


def day_number(now_us: int, zone: tzinfo) -> int:
    """Return the day in a zone, counted from 1970-01-01."""
    return (local(now_us, zone).date() - _EPOCH).days


def age_words(days: int) -> str:
    """Return an age in completed weeks and days, as "31+2"."""
    weeks, rest = divmod(days, _DAYS_A_WEEK)
    return f"{weeks}+{rest}"


def postmenstrual_days(infant: Infant, today: int) -> int | None:
    """Return the postmenstrual age in days on a day, None while it is not known."""
    return None if infant.pma_zero_day is None else today - infant.pma_zero_day


def ages_words(infant: Infant, today: int) -> str:
    """Return both ages in words; what is not known is said."""
    born, age = infant.gestational_age_days, postmenstrual_days(infant, today)
    known = []
    if age is not None:
        known.append(f"{age_words(age)} weeks today")
    if born is not None:
        known.append(f"born at {age_words(born)}")
    return ", ".join(known) or "age not known"


def ages_of(born_days: int | None, age_days: int | None, today: int) -> InfantAges | str:
    """Return what is kept of the ages typed, or why they cannot be, in one line.

    Only the day on which the postmenstrual age was 0 is kept, never a birthday; whoever knows both
    ages can work the birthday out, so they go with the infant when it is erased.
    """
    for days, (least, most), name in (
        (born_days, GA_WEEKS, "gestational age at birth"),
        (age_days, PMA_WEEKS, "postmenstrual age"),
    ):
        if days is not None and not least * _DAYS_A_WEEK <= days <= most * _DAYS_A_WEEK:
            return f"A {name} of {age_words(days)} weeks cannot be: it is from {least} to {most}."
    if born_days is not None and age_days is not None and age_days < born_days:
        return "The postmenstrual age today is below the gestational age at birth."
    return InfantAges(born_days, None if age_days is None else today - age_days)


def on_page(
    infants: Sequence[Infant],
    stays: Sequence[Stay],
    cot_names: Mapping[int, str],
    now_us: int,
    zone: tzinfo,
) -> list[InfantOnPage]:
    """Return the infants of a list: who lies in a cot first, then by pseudonym."""
    here = {stay.infant_id: stay for stay in stays if stay.to_us is None}
    today = day_number(now_us, zone)
    rows = [_row(one, here.get(one.id), cot_names, today, zone) for one in infants]
    return sorted(rows, key=lambda row: (row.lies_in is None, row.pseudonym))


def stays_table(
    stays: Sequence[Stay], cot_names: Mapping[int, str], now_us: int, zone: tzinfo
) -> Columns:
    """Return where an infant lay, newest first, one row each."""
    newest = list(reversed(stays))
    return {
        "Cot": [cot_names.get(stay.cot_id, "removed") for stay in newest],
        "From": [day_and_clock(stay.from_us, zone) for stay in newest],
        "To": ["now" if stay.to_us is None else day_and_clock(stay.to_us, zone) for stay in newest],
        "For": [
            duration_words(((stay.to_us or now_us) - stay.from_us) / US_PER_S) for stay in newest
        ],
    }


def _row(
    infant: Infant, stay: Stay | None, cot_names: Mapping[int, str], today: int, zone: tzinfo
) -> InfantOnPage:
    place = "in no cot"
    if stay is not None:
        cot = cot_names.get(stay.cot_id, "a removed cot")
        place = f"{cot}, since {day_and_clock(stay.from_us, zone)}"
    return InfantOnPage(
        infant_id=infant.id,
        pseudonym=infant.pseudonym,
        ages=ages_words(infant, today),
        place=place,
        lies_in=None if stay is None else stay.cot_id,
    )
