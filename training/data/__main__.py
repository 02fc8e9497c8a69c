"""Work on datasets: ``python -m training.data import|check|errors|stats|split|export``."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from pipeline.skeleton import INFANT13
from training.data.check import faults_of, read_document
from training.data.doubts import find_doubts, place_words, write_doubts_page
from training.data.exporting import export_side
from training.data.importing import FaultyError, import_document
from training.data.stats import stats_of
from training.data.version import (
    SIDES,
    Side,
    read_version,
    split_by_group,
    split_by_hash,
    write_version,
)
from training.errors import DatasetError, TrainingError

commands = typer.Typer(
    name="data",
    help="Datasets in COCO's keypoint form: import, check, errors, stats, split, export.",
    no_args_is_help=True,
)

Folder = Annotated[Path, typer.Argument(help="dataset folder (images/ and annotations.json)")]
Names = Annotated[
    list[str] | None, typer.Option("--map", help="THEIRS=OURS, a keypoint's name; may repeat")
]
AsJson = Annotated[bool, typer.Option("--json", help="print JSON, for machines")]
_SHOWN = 50


@commands.command("import")
def import_(
    annotations: Annotated[Path, typer.Argument(help="COCO keypoint file (JSON)")],
    images: Annotated[Path, typer.Option(help="folder of the pictures")],
    out: Annotated[Path, typer.Option(help="dataset folder to make")],
    names: Names = None,
) -> None:
    """Import a COCO file: keypoints by name, every fault named, nothing half-imported."""
    document = read_document(annotations, images, _mapping(names))
    version = import_document(document, out, INFANT13)
    typer.echo(f"{out}: {len(document.entries('images'))} pictures, version {version.hash[:12]}")


@commands.command()
def check(folder: Folder, names: Names = None, as_json: AsJson = False) -> None:
    """Name each fault of a dataset folder by file and id; leave with 1 where there is one."""
    faults = faults_of(read_document(folder / "annotations.json", None, _mapping(names)), INFANT13)
    version = None if faults else read_version(folder)
    if as_json:
        said = [{"file": str(f.path), "where": f.where, "what": f.what} for f in faults]
        typer.echo(json.dumps({"faults": said, "version": version.hash if version else None}))
    else:
        _list(faults)
        if not faults:
            typer.echo(f"{folder}: no fault; version {version.hash[:12] if version else '–'}")
    if faults:
        raise typer.Exit(1)


@commands.command()
def errors(
    folder: Folder,
    predictions: Annotated[
        Path | None,
        typer.Option(help="COCO results of models that did not learn from these labels"),
    ] = None,
    page: Annotated[Path | None, typer.Option("--html", help="page with pictures to write")] = None,
    as_json: AsJson = False,
) -> None:
    """Find labels that may be wrong: swaps, impossible lengths, outliers against a model."""
    pictures, labels, found = find_doubts(folder, predictions)
    if page is not None:
        write_doubts_page(page, pictures, labels, found)
    if as_json:
        said = [{"file": pictures.paths[d.row].name, "kind": d.kind} for d in found]
        told = [{"points": d.joints, "words": d.words, "weight": round(d.weight, 3)} for d in found]
        typer.echo(json.dumps([a | b for a, b in zip(said, told, strict=True)]))
        return
    for doubt in found[:_SHOWN]:
        typer.echo(place_words(pictures, doubt))
    typer.echo(f"{folder}: {len(found)} doubts in {len(pictures)} pictures")


@commands.command()
def stats(folder: Folder, as_json: AsJson = False) -> None:
    """Count pictures, infants, sides, strata and points."""
    found = stats_of(folder, INFANT13)
    if as_json:
        typer.echo(json.dumps(found))
        return
    for key in ("pictures", "without_infant", "infants_or_sources", "pictures_of_unknown_infant"):
        typer.echo(f"{key.replace('_', ' ')}: {found[key]}")
    typer.echo(f"version: {found['version'] or '–'}")
    for key, counts in ({"side": found["sides"]} | found["strata"]).items():
        typer.echo(f"{key}: " + ", ".join(f"{name} {count}" for name, count in counts.items()))
    Console().print(_points_table(found["points"]))


@commands.command()
def split(
    folder: Folder,
    val: Annotated[float, typer.Option(min=0, max=0.9, help="share of pictures to validate")] = 0.2,
    test: Annotated[float, typer.Option(min=0, max=0.9, help="share to keep for a test")] = 0.0,
    seed: Annotated[int, typer.Option(help="of the draw")] = 0,
    stable: Annotated[
        bool, typer.Option("--stable", help="by a hash: an infant keeps its side as data grows")
    ] = False,
) -> None:
    """Split by infant, or by source where no infant is known; kept in the dataset's version."""
    before = read_version(folder)
    sides = (split_by_hash if stable else split_by_group)(folder, val, test, seed)
    made = {"by": "split", "val": val, "test": test, "seed": seed, "stable": stable}
    version = write_version(folder, made, (before.hash,) if before else (), sides)
    counts = stats_of(folder, INFANT13)["sides"]
    said = ", ".join(f"{side} {counts.get(side, 0)}" for side in SIDES)
    typer.echo(f"{folder}: {said} pictures; version {version.hash[:12]}")


@commands.command()
def export(
    folder: Folder,
    out: Annotated[Path, typer.Option(help="folder to make")],
    side: Annotated[str, typer.Option(help="train, val, test or all")] = "all",
) -> None:
    """Write one side, or all, as a dataset folder of its own, its lineage kept."""
    if side not in (*SIDES, "all"):
        raise DatasetError(f"--side {side}: choose one of {', '.join(SIDES)}, all")
    chosen: Side | None = None if side == "all" else side  # type: ignore[assignment]
    version = export_side(folder, out, chosen)
    typer.echo(f"{out}: version {version.hash[:12]} of {', '.join(version.parents)[:12] or '–'}")


def _mapping(names: list[str] | None) -> dict[str, str]:
    pairs = [entry.partition("=") for entry in names or ()]
    for theirs, equals, ours in pairs:
        if not (theirs and equals and ours in INFANT13.keypoints):
            raise DatasetError(
                f"--map {theirs}{equals}{ours}: say THEIRS=OURS with one of "
                f"{', '.join(INFANT13.keypoints)}"
            )
    return {theirs: ours for theirs, _, ours in pairs}


def _points_table(points: dict[str, dict[str, int]]) -> Table:
    table = Table("point", "visible", "occluded", "absent")
    for name, counts in points.items():
        table.add_row(name, *(str(counts[key]) for key in ("visible", "occluded", "absent")))
    return table


def _list(faults: list[Any]) -> None:
    for fault in faults[:_SHOWN]:
        typer.echo(str(fault), err=True)
    if len(faults) > _SHOWN:
        typer.echo(f"… and {len(faults) - _SHOWN} more", err=True)


def main(program: Callable[[], Any] = commands) -> None:
    """Run the program; one line and exit code 1 on an error meant for a person."""
    try:
        program()
    except FaultyError as error:
        _list(error.faults)
        typer.echo(f"cotside: {len(error.faults)} faults; nothing was imported", err=True)
        sys.exit(1)
    except TrainingError as error:
        typer.echo(f"cotside: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
