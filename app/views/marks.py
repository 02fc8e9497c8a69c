"""What happened, as marks on a time axis: events, notes, advisories, moves to another cot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.views.words import sentence
from db.schema import Event

NOTE_KIND, FLAG_KIND = "note", "flag"
MOST_LETTERS = 200
# What a reviewer marks a stretch with, for whoever sorts, labels or reports it later.
FLAGS = ("look again", "label this", "good example", "not usable")


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment (``to_us`` None) or a stretch; ``sign`` is the shape it is drawn with.

    ``sign``: note, move, high, medium, low or info.
    """

    at_us: int
    to_us: int | None
    sign: str
    text: str

    def data(self) -> dict[str, Any]:
        """Return the mark as the chart takes it."""
        return {
            "at_ms": self.at_us / 1000,
            "to_ms": None if self.to_us is None else self.to_us / 1000,
            "sign": self.sign,
            "text": self.text,
        }


def event_marks(events: Sequence[Event], now_us: int) -> list[Mark]:
    """Return events as marks, oldest first; one that lasts still reaches until now."""
    marks = []
    for event in sorted(events, key=lambda one: one.time_us):
        if event.kind in (NOTE_KIND, FLAG_KIND):
            marks.append(Mark(event.time_us, None, "note", event.message))
            continue
        end_us = now_us if event.end_us is None else event.end_us
        to_us = end_us if end_us > event.time_us else None
        text = event.message or sentence(event.kind.replace("_", " "))
        marks.append(Mark(event.time_us, to_us, event.severity, text))
    return marks
