"""Compare two models: ``python -m training.compare CANDIDATE --against MODEL --images D``.

On the validation infants of a dataset, and with ``--old`` on old data, where a model that was
trained on may have forgotten what it knew. ``--keep`` lays the comparison into the candidate's
folder, where the gate before promotion and the Models page find it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.errors import CotsideError
from pipeline.models.comparison import COMPARISON_FILE
from pipeline.models.session import PoseModel, load_model
from training.data.coco import PictureSet
from training.errors import TrainingError
from training.evaluate import RESEARCH_USE, choose_pictures
from training.evaluation.comparing import Pair, compare
from training.evaluation.looking import measure
from training.files import write_json


def comparison(candidate: PoseModel, in_use: PoseModel, pictures: PictureSet) -> dict[str, Any]:
    """Return how two models differ on pictures looked at upright, as a followed infant is."""
    pair = Pair(
        measure(candidate, pictures, "upright"), measure(in_use, pictures, "upright"), pictures
    )
    return compare(pair)


def compared(
    candidate: PoseModel,
    in_use: PoseModel,
    images: PictureSet | None,
    old: PictureSet | None,
) -> dict[str, Any]:
    """Return the whole comparison, ready for JSON; None for data that there is not."""
    parts = {"images": images, "old": old}
    return {
        "research_use": RESEARCH_USE,
        "candidate": f"{candidate.manifest.name} {candidate.manifest.version}",
        "candidate_sha256": candidate.manifest.sha256,
        "in_use": f"{in_use.manifest.name} {in_use.manifest.version}",
        "in_use_sha256": in_use.manifest.sha256,
        **{
            name: None if pictures is None else comparison(candidate, in_use, pictures)
            for name, pictures in parts.items()
        },
    }


def main(
    candidate: Annotated[Path, typer.Argument(help="model folder")],
    images: Annotated[Path, typer.Option(help="dataset folder, split by infant")],
    against: Annotated[Path | None, typer.Option(help="model folder; default: bundled")] = None,
    old: Annotated[Path | None, typer.Option(help="dataset that must not be forgotten")] = None,
    side: Annotated[str, typer.Option(help="of the split: val or test")] = "val",
    count: Annotated[int, typer.Option(help="pictures to take at most of each")] = 500,
    keep: Annotated[bool, typer.Option("--keep", help="write it into the candidate too")] = False,
) -> None:
    """Compare a candidate with another model on the same infants; print JSON."""
    try:
        chosen = "test" if side == "test" else "val"
        result = compared(
            load_model(candidate),
            load_model(against),
            choose_pictures(images, count, chosen),
            None if old is None else choose_pictures(old, count, None),
        )
        if keep:
            write_json(candidate / COMPARISON_FILE, result)
        typer.echo(json.dumps(result, indent=1))
    except (TrainingError, CotsideError) as error:
        typer.echo(f"cotside: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    typer.run(main)
