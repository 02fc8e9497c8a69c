"""Retrain in a folder that holds an order: ``python -m training.retraining FOLDER``."""

from __future__ import annotations

import training.mmpose_compat  # noqa: F401  isort: skip

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from pipeline.errors import CotsideError
from training.errors import TrainingError
from training.retraining.order import Desk
from training.retraining.steps import Retraining

# The least that the system knows: whoever watches infants on this machine goes first.
_NICE = 19


def main(folder: Annotated[Path, typer.Argument(help="the folder of the retraining")]) -> None:
    """Retrain from the model in use, going on where an earlier run was ended."""
    os.nice(_NICE)
    try:
        Retraining.at(Desk(folder.absolute())).run()
    except (TrainingError, CotsideError, OSError) as error:
        typer.echo(f"cotside: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    typer.run(main)
