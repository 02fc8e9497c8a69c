"""``cotside evaluate|compare|export|zoo|data``: start training's programs, each a process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import typer

from app.training_group import training_fault
from pipeline.errors import CotsideError

_FORWARD = {"allow_extra_args": True, "ignore_unknown_options": True}
_TOOLS = {
    "evaluate": "Measure a model folder on pictures and clips: MODEL --images D --clips D.",
    "compare": "Compare two model folders: CANDIDATE --against MODEL --images D [--old D].",
    "export": "Export a trained network as a model folder: SPEC [--checkpoint F] [--out D].",
    "zoo": "List the networks that can be trained: [--json].",
    "data": "Work on datasets: import, check, errors, stats, split, export.",
}
# What runs without torch.
_LIGHT = {"data"}


def _starter(name: str) -> Callable[[typer.Context], None]:
    def start(context: typer.Context) -> None:
        run_tool(name, context.args)

    return start


# Arguments are passed on as they stand.
commands = typer.Typer()
for _name, _summary in _TOOLS.items():
    commands.command(_name, help=_summary, context_settings=dict(_FORWARD), add_help_option=False)(
        _starter(_name)
    )


def run_tool(name: str, arguments: list[str]) -> None:
    """Run ``python -m training.NAME``; leave with its exit code when it failed.

    Raises ``CotsideError`` where the tool needs torch and it is not installed.
    """
    if name not in _LIGHT and (fault := training_fault()):
        raise CotsideError(fault)
    code = subprocess.run([sys.executable, "-m", f"training.{name}", *arguments]).returncode
    if code:
        raise typer.Exit(code if code in (1, 2) else 1)
