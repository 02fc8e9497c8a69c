"""What a kind of advisory is, what it judges by, and which kinds there are."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum, IntEnum, StrEnum
from typing import Any, TypeVar

from pipeline.advisories.thresholds import KindSettings
from pipeline.errors import SettingsError


class Family(StrEnum):
    """What an advisory is about: the apparatus, or the infant."""

    TECHNICAL = "technical"
    MOVEMENT = "movement"


class Priority(IntEnum):
    """How urgent, by the bedside convention: red flashing, yellow flashing, cyan steady."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3

    @property
    def word(self) -> str:
        """Return the word for it."""
        return self.name.lower()


class Verdict(Enum):
    """What the facts say of a cause. UNKNOWN is neither yes nor no: nothing is concluded from it.

    BETWEEN lies inside the hysteresis: too little to begin, too much to end.
    """

    HOLDS = "holds"
    BETWEEN = "between"
    CLEAR = "clear"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict, with words for a person.

    ``variant`` tells two causes of one kind apart ('prone' and 'supine' for an unchanged
    position): when it changes, the cause before has gone and another has begun.
    """

    verdict: Verdict
    words: str = ""
    variant: str = ""


UNKNOWN = Judgement(Verdict.UNKNOWN)
CLEAR = Judgement(Verdict.CLEAR)


class Place(StrEnum):
    """What a kind watches: a cot as it is now, a cot's finished minutes, or the ward."""

    COT = "cot"
    MINUTES = "minutes"
    WARD = "ward"


class Keeper(StrEnum):
    """Which process raises and closes a kind: nobody can tell of their own death."""

    MONITOR = "monitor"
    DASHBOARD = "dashboard"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of advisory.

    ``judge`` takes the facts of its place and the settings. ``is_latching``: it stays open when
    the cause has gone, until somebody acknowledges it. ``may_be_off``: a person may switch it off.
    """

    name: str
    title: str
    family: Family
    priority: Priority
    place: Place
    settings: type[KindSettings]
    judge: Callable[[Any, Any], Judgement]
    about: str
    is_latching: bool = False
    may_be_off: bool = True
    keeper: Keeper = Keeper.MONITOR


Facts = TypeVar("Facts")
Limits = TypeVar("Limits", bound=KindSettings)
_KINDS: dict[str, Kind] = {}


def advisory(
    title: str,
    family: Family,
    priority: Priority,
    place: Place,
    settings: type[Limits],
    **more: Any,
) -> Callable[[Callable[[Facts, Limits], Judgement]], Callable[[Facts, Limits], Judgement]]:
    """Register a judging function as the kind of its own name; its docstring tells people of it."""

    def register(
        judge: Callable[[Facts, Limits], Judgement],
    ) -> Callable[[Facts, Limits], Judgement]:
        name = judge.__name__
        about = " ".join((judge.__doc__ or "").split())
        _KINDS[name] = Kind(name, title, family, priority, place, settings, judge, about, **more)
        return judge

    return register


def kinds() -> tuple[Kind, ...]:
    """Return all kinds, technical ones first, the most urgent first."""
    ordered = sorted(
        _KINDS.values(), key=lambda one: (one.family != Family.TECHNICAL, -one.priority)
    )
    return tuple(ordered)


def kind_named(name: str) -> Kind:
    """Return a kind; raise ``SettingsError`` naming the known ones."""
    if name not in _KINDS:
        raise SettingsError(f"no advisory {name!r}; there are {', '.join(sorted(_KINDS))}")
    return _KINDS[name]


def kinds_of(keeper: Keeper) -> Iterator[Kind]:
    """Yield the kinds that a process keeps."""
    return (kind for kind in kinds() if kind.keeper == keeper)


def above(value: float | None, limit: float, release: float) -> Verdict:
    """Judge a figure that must not rise: at ``limit`` it holds, below ``release`` it is clear.

    None and NaN are not assessable: UNKNOWN.
    """
    if value is None or math.isnan(value):
        return Verdict.UNKNOWN
    if value >= limit:
        return Verdict.HOLDS
    return Verdict.CLEAR if value < release else Verdict.BETWEEN


def below(value: float | None, limit: float, release: float) -> Verdict:
    """Judge a figure that must not fall: at ``limit`` it holds, above ``release`` it is clear."""
    if value is None:
        return Verdict.UNKNOWN
    return above(-value, -limit, -release)
