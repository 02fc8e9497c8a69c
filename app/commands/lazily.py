"""Subcommands that are imported when they are asked for: ``cotside demo`` waits for no others.

How to add one: a function, or a ``typer.Typer`` with commands of its own, in a module here, and a
line in ``_HOMES``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command, get_group

_HOMES = {
    "demo": "demo:demo",
    "dashboard": "dashboard:dashboard",
    "monitor": "monitor:monitor",
    "bench": "bench:bench",
    "synth": "synth:commands",
    "predict": "predict:predict",
    "review": "review:review",
    "report": "report:report",
    "train": "retrain:train",
    "evaluate": "train:commands",
    "compare": "train:commands",
    "export": "train:commands",
    "zoo": "train:commands",
    "data": "train:commands",
    "db": "db:commands",
    "movement": "movement:commands",
    "people": "people:commands",
    "audit": "audit:commands",
    "keypoints": "keypoints:commands",
    "models": "models:commands",
    "annotate": "annotate:commands",
}


class LazyCommands(Mapping[str, Any]):
    """The subcommands by name; each is made, and its module imported, when it is taken."""

    def __iter__(self) -> Iterator[str]:
        """Go through the names, in the order of the help."""
        return iter(_HOMES)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(_HOMES)

    def __getitem__(self, name: str) -> Any:
        """Return the command of that name; raises ``KeyError``."""
        module, _, attribute = _HOMES[name].partition(":")
        home = getattr(import_module(f"app.commands.{module}"), attribute)
        if not isinstance(home, typer.Typer):
            alone = typer.Typer(add_completion=False)
            alone.command(name)(home)
            return get_command(alone)
        group = get_group(home)
        group.name = name
        return group.commands.get(name, group)


class LazyGroup(TyperGroup):
    """The group of all subcommands."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**{**attributes, "commands": LazyCommands()})
