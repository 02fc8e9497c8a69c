"""Following an infant through the cots it lay in: its minutes, and what happened around it.

A page is opened for a cot; what it shows over time is of the infant who lies there now, in
whichever cot that was. While nobody is known to lie there, it is of the cot, since the last known
infant left it: another infant's night is never shown as this one's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo

import numpy as np

from app.views.long_trend import joined_bins
from app.views.marks import Mark, event_marks
from app.views.own_days import DAYS_BACK, OwnHour, own_hours
from app.views.times import US_PER_MINUTE
from app.views.trends import Trends, joined, trends_of
from db.bins import MotionBins
from db.schema import Event, Infant
from db.series import MotionMinutes
from db.store import Store

_DAY_US = 1440 * US_PER_MINUTE
_FOREVER_US = 2**62
# A little more, for the hour that a change of the clock adds.
_BACK_US = DAYS_BACK * _DAY_US + 120 * US_PER_MINUTE


@dataclass(frozen=True, slots=True)
class Lying:
    """A stretch ``from_us <= time < to_us`` in one cot."""

    cot_id: int
    from_us: int
    to_us: int


@dataclass(frozen=True, slots=True)
class Followed:
    """Who is followed (None: nobody known) and where that infant lay, oldest first."""

    infant: Infant | None
    stays: tuple[Lying, ...]

    def within(self, from_us: int, to_us: int) -> list[Lying]:
        """Return the stretches that touch a span, cut to it."""
        return [
            replace(one, from_us=max(one.from_us, from_us), to_us=min(one.to_us, to_us))
            for one in self.stays
            if one.from_us < to_us and one.to_us > from_us
        ]


def follow(store: Store, cot_id: int, at_us: int) -> Followed:
    """Return whom a page about a cot follows: who lies there at ``at_us``."""
    infant = store.infant_in(cot_id, at_us)
    if infant is not None:
        return follow_infant(store, infant)
    left_us = [stay.to_us for stay in store.stays(cot_id=cot_id) if stay.to_us is not None]
    since_us = max((time_us for time_us in left_us if time_us <= at_us), default=0)
    return Followed(None, (Lying(cot_id, since_us, _FOREVER_US),))


def follow_infant(store: Store, infant: Infant) -> Followed:
    """Return an infant and every cot it lay in."""
    stays = store.stays(infant_id=infant.id)
    return Followed(
        infant,
        tuple(
            Lying(stay.cot_id, stay.from_us, _FOREVER_US if stay.to_us is None else stay.to_us)
            for stay in stays
        ),
    )


def trends(store: Store, followed: Followed, from_us: int, to_us: int) -> Trends:
    """Return the minutes of a span; a minute counts for the cot in which it began."""
    parts = [
        trends_of(store.rollups(one.cot_id, one.from_us, one.to_us))
        for one in followed.within(from_us, to_us)
    ]
    return joined(parts) if parts else Trends.empty()


def motion_bins(
    store: Store, followed: Followed, span_us: tuple[int, int], width_us: int
) -> MotionBins:
    """Return the movement of a long span in bins, joined over the cots the infant lay in."""
    parts = [
        store.motion_bins(one.cot_id, one.from_us, one.to_us, width_us)
        for one in followed.within(*span_us)
    ]
    return joined_bins(parts)


def own_usual(
    store: Store, followed: Followed, span_us: tuple[int, int], zone: tzinfo
) -> list[OwnHour]:
    """Return the infant's own usual movement in a span; nothing for an infant not known."""
    if followed.infant is None:
        return []
    parts = [
        store.motion(one.cot_id, one.from_us, one.to_us)
        for one in followed.within(span_us[0] - _BACK_US, span_us[1])
    ]
    if not parts:
        return []
    starts_us, quantity_t = (np.concatenate(column) for column in zip(*parts, strict=True))
    return own_hours(MotionMinutes(starts_us, quantity_t), span_us, zone)


def events(store: Store, followed: Followed, from_us: int, to_us: int) -> list[Event]:
    """Return what happened in a span around the infant, newest first."""
    found: dict[int, Event] = {}
    for one in followed.within(from_us, to_us):
        for event in store.events(cot_id=one.cot_id, from_us=one.from_us, to_us=one.to_us):
            found[event.id] = event
    return sorted(found.values(), key=lambda event: (event.time_us, event.id), reverse=True)


def marks(
    store: Store, followed: Followed, span_us: tuple[int, int], names: dict[int, str]
) -> list[Mark]:
    """Return the marks of a span: events, notes and moves from cot to cot, oldest first."""
    made = event_marks(events(store, followed, *span_us), span_us[1])
    stays: Sequence[Lying] = followed.stays if followed.infant is not None else ()
    made += [
        Mark(stay.from_us, None, "move", f"moved to {names.get(stay.cot_id, 'another cot')}")
        for stay in stays[1:]
        if span_us[0] <= stay.from_us < span_us[1]
    ]
    return sorted(made, key=lambda mark: mark.at_us)


def lay_in(followed: Followed, time_us: int) -> int | None:
    """Return the cot in which the infant lay at a time, or None."""
    return next((one.cot_id for one in followed.stays if one.from_us <= time_us < one.to_us), None)
