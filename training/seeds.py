"""What one part of a spec brings: several seeds with it and without, measured alike.

``python -m training.seeds SPEC --without distill --images D --out F.md`` trains the spec with each
seed, with the part and without it, measures every run on the same pictures, and writes a table that
says plainly what the part brought. Runs that are finished are taken as they are.

``--without loss.morphology --term ranges --term prior`` tries that loss's terms one by one.
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
TERMS = ("ranges", "symmetry", "prior", "clip")
FIGURES = ("pck_0.1", "pck_0.2")


def without(spec: TrainSpec, switch: str) -> TrainSpec:
    """Return a spec with one part taken out; raise ``SpecError`` where it has none."""
    outer, _, inner = switch.rpartition(".")
    holder = getattr(spec, outer) if outer else spec
    if switch not in SWITCHES or getattr(holder, inner) is None:
        raise SpecError(f"--without {switch}: the spec has no such part ({', '.join(SWITCHES)})")
    bare = holder.model_copy(update={inner: None})
    return spec.model_copy(update={outer: bare}) if outer else bare


def only(spec: TrainSpec, term: str) -> TrainSpec:
    """Return a spec whose morphology loss has one term; raise ``SpecError`` where it has not.

    A term that the spec leaves out weighs 1. Clips are for the term over clips only.
    """
    loss = spec.loss.morphology
    if loss is None or term not in TERMS:
        raise SpecError(f"--term {term}: the morphology loss has {', '.join(TERMS)}")
    if term == "clip" and not spec.data.clips:
        raise SpecError("--term clip: needs data.clips, folders of unlabelled recordings")
    weights = dict.fromkeys(TERMS, 0.0) | {term: getattr(loss, term) or 1.0}
    clips = spec.data.clips if term == "clip" else ()
    return spec.model_copy(
        update={
            "loss": spec.loss.model_copy(update={"morphology": loss.model_copy(update=weights)}),
            "data": spec.data.model_copy(update={"clips": clips}),
        }
    )


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


def measured_runs(spec: TrainSpec, name: str, seeds: int, images: Path) -> list[dict[str, float]]:
    """Return the figures of runs that differ in their seed."""
    return [measured_run(with_seed(spec, seed, name), images) for seed in range(seeds)]


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


def document(spec: TrainSpec, switch: str, terms: tuple[str, ...], images: Path, seeds: int) -> str:
    """Train and measure all runs; return the tables of what a part, or each term of it, brought."""
    bare = without(spec, switch)
    tried = {"with": spec}
    if terms:
        tried = {term: only(spec, term) for term in terms}
        bare = bare.model_copy(update={"data": bare.data.model_copy(update={"clips": ()})})
    without_it = measured_runs(bare, "without", seeds, images)
    lines = [
        f"# {spec.name}: with and without `{switch}`",
        "",
        f"Written by `python -m training.seeds SPEC --without {switch}`. Shares of visible limb "
        "joints within 0.1 and 0.2 trunks. Research use only.",
    ]
    for name, one in tried.items():
        part = f"{switch}.{name}" if terms else switch
        lines += ["", f"## {part}", ""]
        lines += table_of(part, measured_runs(one, name, seeds, images), without_it)
    return "\n".join(lines)


def main(
    spec: Annotated[Path, typer.Argument(help="the training spec (TOML)")],
    switch: Annotated[str, typer.Option("--without", help=", ".join(SWITCHES))],
    images: Annotated[Path, typer.Option(help="pictures to measure on, never trained on")],
    out: Annotated[Path, typer.Option(help="document to write the table to")],
    seeds: Annotated[int, typer.Option(help="how many")] = 3,
    terms: Annotated[
        list[str] | None, typer.Option("--term", help=f"one of {', '.join(TERMS)}; may repeat")
    ] = None,
) -> None:
    """Train with a part and without it, several seeds each, and write what it brought."""
    try:
        said = document(load_spec(spec), switch, tuple(terms or ()), images, seeds)
        out.write_text(said + "\n", encoding="utf-8")
        typer.echo(said)
    except TrainingError as error:
        typer.echo(f"cotside: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    typer.run(main)
