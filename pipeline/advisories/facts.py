"""What is known of a ward, a cot, a minute: all that advisories are judged by.

None always means "not known", never zero.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.types import FrameFlag


@dataclass(frozen=True, slots=True)
class WardNow:
    """The monitor itself, at one moment.

    ``monitoring``: whether it shows signs of life. ``writer``: "ok" or the kind of its trouble.
    ``disk_free``: the free share of the database's disk, 0..1. ``model_trouble``: why poses are
    made otherwise than set, or not at all; "" when all is as set.
    """

    monitoring: bool | None = None
    writer: str | None = None
    writer_line: str = ""
    disk_free: float | None = None
    model_trouble: str | None = None


@dataclass(frozen=True, slots=True)
class CotNow:
    """One cot's camera at one moment: its state, a line about it, the newest frame's flags."""

    state: str
    line: str = ""
    flags: FrameFlag = FrameFlag.NONE


@dataclass(frozen=True, slots=True)
class Minute:
    """One finished minute of one cot.

    ``moving_s``: seconds of small and gross movement. ``unseen``: share of the frames in which no
    infant was seen, None without frames. ``handled_s``: seconds in other people's hands.
    ``symmetry``: left minus right over their sum, -1..1.
    """

    start_us: int
    coverage: float = 0.0
    quantity_of_motion: float | None = None
    moving_s: float | None = None
    symmetry: float | None = None
    posture: str | None = None
    handled_s: float | None = None
    unseen: float | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known at one step. ``cots`` holds every cot that is to be watched.

    ``minutes``: the minutes that finished since the step before, by cot, oldest first.
    ``infants``: who lies in which cot, where that is known.
    """

    ward: WardNow = field(default_factory=WardNow)
    cots: Mapping[int, CotNow | None] = field(default_factory=dict)
    minutes: Mapping[int, Sequence[Minute]] = field(default_factory=dict)
    infants: Mapping[int, int] = field(default_factory=dict)
