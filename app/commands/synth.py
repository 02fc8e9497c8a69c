"""``cotside synth``: render infants that never lived, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec

import typer

from pipeline.errors import CotsideError

_PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
commands = typer.Typer()


@commands.command("synth", context_settings=_PASS_ON)
def synth(context: typer.Context) -> None:
    """Render infants: images, video, demo, sheet or bench (`cotside synth images --help`)."""
    if find_spec("torch") is None:
        raise CotsideError(
            "rendering needs the training group: run `uv sync --group training`, then again"
        )
    command = [sys.executable, "-m", "training.synthetic", *context.args]
    raise typer.Exit(subprocess.run(command, check=False).returncode)
