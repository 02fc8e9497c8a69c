"""Tells how far a retraining is: ``progress.json``, for whoever shows it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer

from training.files import write_json

_TOLD_EVERY_S = 0.5
# Before that much of a step is done, its planned length says more than its speed.
_SAYS_SOMETHING = 0.05


class Account:
    """Keeps the account of the steps; ``planned_s``: step → seconds it is thought to take."""

    def __init__(self, path: Path, planned_s: Mapping[str, float]) -> None:
        self._path, self._planned_s = path, dict(planned_s)
        self._stages = {name: {"name": name, "share": 0.0, "line": ""} for name in planned_s}
        self._facts: dict[str, Any] = {}
        self._now, self._began_s, self._told_s = "", time.monotonic(), 0.0
        self._began_at: float | None = None

    def begin(self, name: str) -> None:
        """Begin a step."""
        self._now, self._began_at = name, None
        typer.echo(f"{name} …")
        self._tell()

    def advance(self, share: float) -> None:
        """Note how much of the step is done, 0..1."""
        if self._began_at is None:
            # A run that goes on begins in the middle; that is not its speed.
            self._began_at, self._began_s = share, time.monotonic()
        self._stages[self._now]["share"] = round(min(1.0, max(0.0, share)), 4)
        if time.monotonic() - self._told_s >= _TOLD_EVERY_S:
            self._tell()

    def finish(self, line: str, **facts: Any) -> None:
        """Note that the step is done, and what came of it."""
        self._stages[self._now] |= {"share": 1.0, "line": line}
        self._facts |= facts
        typer.echo(f"{self._now}: {line}")
        self._tell()

    def left_s(self) -> float:
        """Return the seconds that are left, by the speed of this step and the plan of the rest."""
        names = list(self._planned_s)
        later = names[names.index(self._now) + 1 :] if self._now else names
        return self._left_of_now_s() + sum(self._planned_s[name] for name in later)

    def _left_of_now_s(self) -> float:
        if not self._now:
            return 0.0
        share = float(self._stages[self._now]["share"])
        done = share - (self._began_at or 0.0)
        if done < _SAYS_SOMETHING:
            return self._planned_s[self._now] * (1 - share)
        return (time.monotonic() - self._began_s) * (1 - share) / done

    def _tell(self) -> None:
        self._told_s = time.monotonic()
        stages = list(self._stages.values())
        write_json(self._path, {"stages": stages, "left_s": round(self.left_s(), 1), **self._facts})
