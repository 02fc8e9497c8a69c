"""What one part of a spec brings: several seeds with it and without, measured alike.

``python -m training.seeds SPEC --without distill --images D --out F.md`` trains the spec with each
seed, with the part and without it, measures every run on the same pictures, and writes a table that
says plainly what the part brought. Runs that are finished are taken as they are.
"""

from __future__ import annotations

import math
import statistics
import sys
from pathlib import Path
from typing import Annotated

import typer

from pipeline.models.session import load_model
from pipeline.skeleton import SKELETONS
from training.data.coco import dataset_folders, read_pictures
from training.errors import SpecError, TrainingError
from training.evaluate import report
from training.evaluation.looking import measure
from training.export import export
from training.spec import ExportSpec, TrainSpec, load_spec
from training.train import train

SWITCHES = ("distill", "self_train", "loss.morphology", "loss.temporal")
FIGURES = ("pck_0.1", "pck_0.2")


def without(spec: TrainSpec, switch: str) -> TrainSpec:
    """Return a spec with one part taken out; raise ``SpecError`` where it has none."""
    outer, _, inner = switch.rpartition(".")
    holder = getattr(spec, outer) if outer else spec
    if switch not in SWITCHES or getattr(holder, inner) is None:
        raise SpecError(f"--without {switch}: the spec has no such part ({', '.join(SWITCHES)})")
    bare = holder.model_copy(update={inner: None})
    return spec.model_copy(update={outer: bare}) if outer else bare


def measured_run(spec: TrainSpec, images: Path) -> dict[str, float]:
    """Train a spec unless that is done, export it, and return its figures on pictures."""
    work, out = spec.run.work_dir, spec.run.work_dir / "model"
    if not (work / "done").exists():
        train(spec, resume=(work / "last.pth").exists())
        (work / "done").touch()
    part = spec.export or ExportSpec(out=out)
    export(
        spec.model_copy(update={"export": part}),
        work / "last.pth",
        out,
        spec.schedule.final_input_wh,
    )
    pictures = read_pictures(dataset_folders([images]), SKELETONS[spec.network.skeleton])
    said = report(measure(load_model(out), pictures, "upright"), pictures)
    return {name: said[name]["limbs"] for name in FIGURES}


def with_seed(spec: TrainSpec, seed: int, name: str) -> TrainSpec:
    """Return a spec with another seed and a work folder of its own below the spec's."""
    run = spec.run.model_copy(
        update={"seed": seed, "work_dir": spec.run.work_dir / f"{name}_{seed}"}
    )
    return spec.model_copy(update={"run": run})


def table_of(
    switch: str, with_it: list[dict[str, float]], without_it: list[dict[str, float]]
) -> list[str]:
    """Return the lines of the table: each seed, the mean difference, and what that says."""
    lines = ["| figure | seed | without | with | difference |", "|---|---|---|---|---|"]
    verdicts = []
    for name in FIGURES:
        pairs = [(a[name], b[name]) for a, b in zip(without_it, with_it, strict=True)]
        for seed, (bare, full) in enumerate(pairs):
            lines.append(f"| {name} | {seed} | {bare:.3f} | {full:.3f} | {full - bare:+.3f} |")
        verdicts.append(_verdict(name, switch, [full - bare for bare, full in pairs]))
    return [*lines, "", *verdicts]


def _verdict(name: str, switch: str, differences: list[float]) -> str:
    mean = statistics.fmean(differences)
    if len(differences) < 2:
        return f"{name}: {mean:+.3f} in one run, which says nothing of chance."
    # Student's t of a paired difference would need more seeds; twice the standard error is said.
    error = statistics.stdev(differences) / math.sqrt(len(differences))
    clear = abs(mean) > 2 * error
    word = ("better" if mean > 0 else "worse") if clear else "no clear difference"
    count = len(differences)
    return f"{name} with {switch}: {mean:+.3f} ± {2 * error:.3f} over {count} seeds: {word}."


def main(
    spec: Annotated[Path, typer.Argument(help="the training spec (TOML)")],
    switch: Annotated[str, typer.Option("--without", help=", ".join(SWITCHES))],
    images: Annotated[Path, typer.Option(help="pictures to measure on, never trained on")],
    out: Annotated[Path, typer.Option(help="document to write the table to")],
    seeds: Annotated[int, typer.Option(help="how many")] = 3,
) -> None:
    """Train with a part and without it, several seeds each, and write what it brought."""
    try:
        whole = load_spec(spec)
        bare = without(whole, switch)
        with_it, without_it = [], []
        for seed in range(seeds):
            without_it.append(measured_run(with_seed(bare, seed, "without"), images))
            with_it.append(measured_run(with_seed(whole, seed, "with"), images))
        head = [
            f"# {whole.name}: with and without `{switch}`",
            "",
            f"Written by `python -m training.seeds {spec.name} --without {switch}`. Shares of "
            "visible limb joints within 0.1 and 0.2 trunks. Research use only.",
            "",
        ]
        text = "\n".join([*head, *table_of(switch, with_it, without_it)])
        out.write_text(text + "\n", encoding="utf-8")
        typer.echo(text)
    except TrainingError as error:
        typer.echo(f"cotside: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    typer.run(main)
