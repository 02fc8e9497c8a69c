"""Compare two models: ``python -m training.compare CANDIDATE --against MODEL --images D``.

On the validation infants of a dataset, and with ``--old`` on old data, where a model that was
trained on may have forgotten what it knew.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.errors import CotsideError
from pipeline.models.session import PoseModel, load_model
from training.data.coco import PictureSet
from training.errors import TrainingError
from training.evaluate import RESEARCH_USE, choose_pictures
from training.evaluation.comparing import Pair, compare
from training.evaluation.looking import measure


def comparison(candidate: PoseModel, in_use: PoseModel, pictures: PictureSet) -> dict[str, Any]:
    """Return how two models differ on pictures looked at upright, as a followed infant is."""
    pair = Pair(
        measure(candidate, pictures, "upright"), measure(in_use, pictures, "upright"), pictures
    )
    return compare(pair)


def main(
    candidate: Annotated[Path, typer.Argument(help="model folder")],
    images: Annotated[Path, typer.Option(help="dataset folder, split by infant")],
    against: Annotated[Path | None, typer.Option(help="model folder; default: bundled")] = None,
    old: Annotated[Path | None, typer.Option(help="dataset that must not be forgotten")] = None,
    side: Annotated[str, typer.Option(help="of the split: val or test")] = "val",
    count: Annotated[int, typer.Option(help="pictures to take at most of each")] = 500,
) -> None:
    """Compare a candidate with another model on the same infants; print JSON."""
    try:
        new, before = load_model(candidate), load_model(against)
        chosen = "test" if side == "test" else "val"
        result: dict[str, Any] = {
            "research_use": RESEARCH_USE,
            "candidate": f"{new.manifest.name} {new.manifest.version}",
            "in_use": f"{before.manifest.name} {before.manifest.version}",
            "images": comparison(new, before, choose_pictures(images, count, chosen)),
        }
        if old is not None:
            result["old"] = comparison(new, before, choose_pictures(old, count, None))
        typer.echo(json.dumps(result, indent=1))
    except (TrainingError, CotsideError) as error:
        typer.echo(f"cotside: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    typer.run(main)
