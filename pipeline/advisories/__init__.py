"""Advisories: what staff should look at. Not alarms; research use only.

    base.py        what a kind is, and the registry
    technical.py   the kinds about the apparatus          facts.py       what they judge by
    movement.py    the kinds about the infant             thresholds.py  what can be set, per cot
    watch.py       the state machine of one kind over one cot
    engine.py      all kinds over all cots, step by step  keeping.py     kept over a restart

How to add a kind: write a judging function in ``technical.py`` or ``movement.py`` under
``@advisory(...)``, with a docstring for people and, if it has limits of its own, a settings class;
add its case to ``tests/pipeline/advisories/test_kinds.py``.

Nothing here has a clock, a thread or a database: the same facts give the same history.
"""

from pipeline.advisories import movement, technical  # the kinds register themselves
from pipeline.advisories.base import (
    Family,
    Judgement,
    Keeper,
    Kind,
    Place,
    Priority,
    Verdict,
    kind_named,
    kinds,
    kinds_of,
)
from pipeline.advisories.facts import CotNow, Facts, Minute, WardNow
from pipeline.advisories.thresholds import KindSettings

__all__ = [
    "CotNow",
    "Facts",
    "Family",
    "Judgement",
    "Keeper",
    "Kind",
    "KindSettings",
    "Minute",
    "Place",
    "Priority",
    "Verdict",
    "WardNow",
    "kind_named",
    "kinds",
    "kinds_of",
    "movement",
    "technical",
]
