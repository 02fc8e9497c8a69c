"""What is told, and what a channel has to do with it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from db.notices import Waiting
from pipeline.advisories import kind_named
from pipeline.errors import CotsideError, SettingsError

RESEARCH_LINE = "Research use only. Not a medical device, not an alarm."
_PRIORITIES = ("low", "medium", "high")


class NoticeFailed(CotsideError):
    """A channel could not hand a notice over; it is tried again. Holds no secret."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that happened to an advisory, in words. ``id`` stays the same when sent again.

    Times are UTC µs. ``cot`` is empty for the ward; nothing in here names an infant.
    """

    id: int
    what: str
    time_us: int
    advisory: str
    kind: str
    title: str
    priority: str
    cot: str
    message: str
    since_us: int

    @property
    def headline(self) -> str:
        """Return it as one line."""
        where = f"{self.cot}: " if self.cot else ""
        told = "" if self.what == "raised" else f" ({self.what})"
        return " ".join(f"{self.priority.upper()} {where}{self.title}{told}".split())


class Channel(Protocol):
    """A way to tell somebody. ``told``: which transitions it tells; ``at_least``: how urgent."""

    name: str
    told: frozenset[str]
    at_least: str

    def send(self, notice: Notice) -> None:
        """Hand a notice over; raise ``NoticeFailed``. May take as long as its time limit."""


def notice_of(waiting: Waiting) -> Notice:
    """Return a kept transition as a notice."""
    advisory, transition = waiting.advisory, waiting.transition
    try:
        title = kind_named(advisory.kind).title
    except SettingsError:  # kept by another version
        title = advisory.kind.replace("_", " ")
    return Notice(
        id=transition.id,
        what=transition.what,
        time_us=transition.time_us,
        advisory=advisory.key,
        kind=advisory.kind,
        title=title,
        priority=transition.priority,
        cot=waiting.cot_name,
        message=advisory.message,
        since_us=advisory.onset_us,
    )


def priorities_from(least: str) -> list[str]:
    """Return a priority and all above it."""
    return list(_PRIORITIES[_PRIORITIES.index(least) :])


def iso(time_us: int) -> str:
    """Return a time as ISO 8601 in UTC, to the second."""
    return datetime.fromtimestamp(time_us // 1_000_000, UTC).isoformat()


def secret(name: str) -> str:
    """Return an environment variable's value; raise ``NoticeFailed`` when it is not set."""
    try:
        return os.environ[name]
    except KeyError:
        raise NoticeFailed(f"the environment variable {name} is not set") from None
