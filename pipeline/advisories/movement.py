"""The movement kinds: judged by finished minutes, and never by what could not be assessed."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from pipeline.advisories.base import (
    UNKNOWN,
    Family,
    Judgement,
    Place,
    Priority,
    Verdict,
    above,
    advisory,
    below,
)
from pipeline.advisories.facts import Minute
from pipeline.advisories.thresholds import KindSettings

_MOVEMENT, _MINUTES = Family.MOVEMENT, Place.MINUTES
GOOD_COVERAGE = 0.8
_SEEN_MOVING = 0.1  # trunk/s; below it a difference between the sides is noise


def _minutes(default_min: float, least_min: float, most_min: float) -> Any:
    return Field(
        60 * default_min,
        ge=60 * least_min,
        le=60 * most_min,
        title="After",
        json_schema_extra={"unit": "min"},
    )


class MinuteSettings(KindSettings):
    """Minutes, not seconds: a movement kind sees finished minutes only."""

    after_s: float = _minutes(5, 1, 1440)
    release_s: float = Field(
        120, ge=60, le=3600, title="Over when away for", json_schema_extra={"unit": "min"}
    )
    again_s: float = Field(
        3600, ge=600, le=86_400, title="Told again every", json_schema_extra={"unit": "min"}
    )


@advisory("Infant not visible", _MOVEMENT, Priority.LOW, _MINUTES, MinuteSettings)
def infant_not_visible(minute: Minute, _settings: MinuteSettings) -> Judgement:
    """Pictures come, yet no infant is found in most of them."""
    return Judgement(above(minute.unseen, 0.8, 0.5), "no infant is found in the picture")


class HandledSettings(MinuteSettings):
    """Care is ordinary; only long handling is told."""

    after_s: float = _minutes(15, 1, 240)


@advisory("Being handled", _MOVEMENT, Priority.LOW, _MINUTES, HandledSettings)
def being_handled(minute: Minute, _settings: HandledSettings) -> Judgement:
    """Other people's hands are at the infant: movement cannot be assessed meanwhile."""
    return Judgement(above(minute.handled_s, 30, 10), "movement is not assessable meanwhile")


class StillSettings(MinuteSettings):
    """How much movement in a minute still counts as lying still."""

    LIMIT_FIELDS = ("moving_s",)

    after_s: float = _minutes(30, 5, 360)
    escalate_s: float = Field(
        900,
        ge=0,
        le=86_400,
        title="More urgent if not seen to for (0 = never)",
        json_schema_extra={"unit": "min"},
    )
    moving_s: float = Field(
        3, ge=0, le=30, title="Movement in a minute at most", json_schema_extra={"unit": "s"}
    )


@advisory("Still for long", _MOVEMENT, Priority.MEDIUM, _MINUTES, StillSettings)
def still_for_long(minute: Minute, settings: StillSettings) -> Judgement:
    """The infant was well seen and hardly moved. Says nothing about breathing or heart."""
    if minute.coverage < GOOD_COVERAGE:
        return UNKNOWN
    verdict = below(minute.moving_s, settings.moving_s, 2 * settings.moving_s + 1)
    return Judgement(verdict, f"at most {settings.moving_s:g} s of movement a minute, well seen")


class VigorousSettings(MinuteSettings):
    """How much movement is much."""

    LIMIT_FIELDS = ("quantity_of_motion",)

    after_s: float = _minutes(10, 2, 240)
    quantity_of_motion: float = Field(
        1.0,
        ge=0.1,
        le=10,
        title="Movement above",
        json_schema_extra={"unit": "trunk lengths/s", "step": 0.1},
    )


@advisory("Unusually vigorous", _MOVEMENT, Priority.MEDIUM, _MINUTES, VigorousSettings)
def unusually_vigorous(minute: Minute, settings: VigorousSettings) -> Judgement:
    """The infant moves more than set, minute after minute; over again below 80 % of the limit."""
    limit = settings.quantity_of_motion
    verdict = above(minute.quantity_of_motion, limit, 0.8 * limit)
    return Judgement(verdict, f"over {limit:g} trunk lengths/s")


class OneSideSettings(MinuteSettings):
    """How large a difference between left and right is large."""

    LIMIT_FIELDS = ("difference",)

    after_s: float = _minutes(30, 5, 720)
    difference: float = Field(
        0.5,
        ge=0.2,
        le=1,
        title="Difference of the sides over their sum above",
        json_schema_extra={"unit": "", "step": 0.05},
    )


@advisory("One side moves less", _MOVEMENT, Priority.MEDIUM, _MINUTES, OneSideSettings)
def one_side_moves_less(minute: Minute, settings: OneSideSettings) -> Judgement:
    """One side moves much less than the other, in minutes in which the infant moves."""
    symmetry, motion = minute.symmetry, minute.quantity_of_motion
    if symmetry is None or motion is None or motion < _SEEN_MOVING:
        return UNKNOWN
    side = "right" if symmetry > 0 else "left"
    verdict = above(abs(symmetry), settings.difference, 0.8 * settings.difference)
    return Judgement(verdict, f"the infant's {side} side moves less", side)


class PositionSettings(MinuteSettings):
    """Hours: a position is changed with care."""

    after_s: float = Field(
        4 * 3600, ge=1800, le=86_400, title="After", json_schema_extra={"unit": "h", "step": 0.5}
    )
    again_s: float = Field(
        7200, ge=600, le=86_400, title="Told again every", json_schema_extra={"unit": "min"}
    )


@advisory("Position unchanged", _MOVEMENT, Priority.LOW, _MINUTES, PositionSettings)
def position_unchanged(minute: Minute, _settings: PositionSettings) -> Judgement:
    """The infant has lain in one position (supine, prone, left, right) for longer than set."""
    if minute.posture is None:
        return UNKNOWN
    return Judgement(Verdict.HOLDS, f"in one position: {minute.posture}", minute.posture)


@advisory("Prone", _MOVEMENT, Priority.LOW, _MINUTES, MinuteSettings)
def prone(minute: Minute, _settings: MinuteSettings) -> Judgement:
    """The infant lies prone. Often meant so on a ward: switch it off for such a cot."""
    if minute.posture is None:
        return UNKNOWN
    verdict = Verdict.HOLDS if minute.posture == "prone" else Verdict.CLEAR
    return Judgement(verdict, "the infant lies prone")
