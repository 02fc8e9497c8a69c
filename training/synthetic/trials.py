"""Run experiments one after the other and keep their figures in one table.

``python -m training.synthetic.trials TABLE.csv SPEC... --rendered D --real D --scorer F`` trains
each spec that has no finished run, exports its last checkpoint, and appends a row: the share of
visible limb points within 0.2 trunks on rendered pictures, and, where a folder of photographs is
named, what the scorer says of them in a single pass. Photographs are measured on, never trained on.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

from pipeline.models.session import load_model
from pipeline.models.single import find
from pipeline.skeleton import INFANT13
from pipeline.types import Rectangle
from training.data.coco import dataset_folders, read_pictures
from training.data.dataset import load_image
from training.errors import DatasetError, TrainingError
from training.evaluate import report
from training.evaluation.looking import measure
from training.export import export
from training.spec import TrainSpec, load_spec
from training.train import train

COLUMNS = (
    "name pictures_seen rendered_pck20 rendered_pck10 ap12_053 pck20 pck10 supine prone sitting"
).split()


Found = tuple[NDArray[np.float32], NDArray[np.float32]]
Look = Callable[[NDArray[np.uint8], Rectangle], Found]


def scored(look: Look, folder: Path, scorer: Path) -> dict[str, Any]:
    """Score what ``look`` finds in photographs (``images/``, one COCO file beside it, with boxes).

    ``scorer`` is a program that takes truth and COCO keypoint results and prints JSON.
    """
    truth = next(folder.glob("*.json"), None)
    if truth is None:
        raise DatasetError(f"{folder}: has no COCO file")
    document = json.loads(truth.read_text(encoding="utf-8"))
    names = {image["id"]: image["file_name"] for image in document["images"]}
    results = []
    for entry in document["annotations"]:
        image = load_image(folder / "images" / names[entry["image_id"]])
        points, scores = look(image, Rectangle(*entry["bbox"]))
        rows = [[float(x), float(y), float(s)] for (x, y), s in zip(points, scores, strict=True)]
        results.append(
            {
                "image_id": entry["image_id"],
                "keypoints": [value for row in rows for value in row],
                "score": float(scores.mean()),
            }
        )
    with tempfile.NamedTemporaryFile("w", suffix=".json") as found:
        json.dump(results, found)
        found.flush()
        command = [sys.executable, str(scorer), str(truth), found.name]
        done = subprocess.run(command, check=True, capture_output=True)
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def trial(
    spec: TrainSpec, rendered: Path | None, real: Path | None, scorer: Path | None
) -> dict[str, Any]:
    """Train (or take the finished run of) a spec; return its row."""
    last = spec.run.work_dir / "last.pth"
    done = spec.run.work_dir / "done"
    if not done.exists():
        train(spec, resume=last.exists())
        done.touch()
    out = spec.run.work_dir / "model"
    export(spec, last, out, spec.schedule.final_input_wh)
    model = load_model(out)
    seen = spec.data.samples_per_epoch * spec.schedule.epochs
    row: dict[str, Any] = {"name": spec.name, "pictures_seen": seen}
    if rendered is not None:
        pictures = read_pictures(dataset_folders([rendered]), INFANT13)
        said = report(measure(model, pictures, "as it lies"), pictures)
        row["rendered_pck20"] = round(100 * said["pck_0.2"]["limbs"], 1)
        row["rendered_pck10"] = round(100 * said["pck_0.1"]["limbs"], 1)
    if real is not None and scorer is not None:
        said = scored(partial(find, model, search=False), real, scorer)
        row |= {"ap12_053": said["all"]["AP12_053"], "pck20": said["all"]["PCK20"]}
        row["pck10"] = said["all"]["PCK10"]
        for posture in ("Supine", "Prone", "Sitting"):
            row[posture.lower()] = said[posture]["AP12_053"]
    return row


def main(
    table: Annotated[Path, typer.Argument(help="CSV to append to")],
    specs: Annotated[list[Path], typer.Argument(help="training specs (TOML)")],
    rendered: Annotated[Path | None, typer.Option(help="rendered pictures to measure on")] = None,
    real: Annotated[Path | None, typer.Option(help="photographs to measure on")] = None,
    scorer: Annotated[Path | None, typer.Option(help="score_poses")] = None,
) -> None:
    """Train and measure each spec in turn; a failed one is told and passed over."""
    for path in specs:
        try:
            row = trial(load_spec(path), rendered, real, scorer)
        except TrainingError as error:
            typer.echo(f"cotside: {path}: {error}", err=True)
            continue
        fresh = not table.exists()
        with table.open("a", newline="", encoding="utf-8") as file:
            out = csv.DictWriter(file, COLUMNS)
            if fresh:
                out.writeheader()
            out.writerow(row)
        typer.echo(json.dumps(row))


if __name__ == "__main__":
    typer.run(main)
