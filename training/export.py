"""Export a trained network as a model folder: ``python -m training.export SPEC``.

The folder has ``model.onnx`` (dynamic batch, heatmaps in 0..1), ``manifest.json`` and ``CARD.md``.
What they state was measured on the exported file.
"""

from __future__ import annotations

import hashlib
import json
import sys
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.models.session import PoseModel, load_model
from pipeline.skeleton import SKELETONS
from training import build
from training.card import write_card
from training.checkpoint import load_weights
from training.compact import store_in
from training.data.coco import PictureSet
from training.errors import ExportError, TrainingError
from training.evaluate import report
from training.evaluation.calibration import fit_calibration
from training.evaluation.clips import measure_clips
from training.evaluation.looking import LOOKS, measure
from training.files import write_json
from training.graph import ExportNet, exportable, mirrored, parity, write_onnx
from training.precision import pictures_for, reduce_folder
from training.spec import ExportSpec, TrainSpec, load_spec

# The largest difference from torch, in heatmaps of 0..1, that an export may have.
PARITY_LIMIT = 1e-4


def write_manifest(
    spec: TrainSpec,
    out: Path,
    input_wh: tuple[int, int],
    output: dict[str, Any],
    figures: dict[str, Any],
) -> dict[str, Any]:
    """Write ``manifest.json`` for the ``model.onnx`` in ``out``; return its content.

    ``output``: how the runtime reads the network.
    """
    if spec.export is None:
        raise ExportError(f"spec {spec.name} has no [export] part")
    skeleton = SKELETONS[spec.network.skeleton]
    manifest = {
        "format_version": 1,
        "name": spec.name,
        "version": spec.export.version,
        "sha256": hashlib.sha256((out / "model.onnx").read_bytes()).hexdigest(),
        "skeleton": {"name": skeleton.name, "keypoints": list(skeleton.keypoints)},
        "input": {
            "width": input_wh[0],
            "height": input_wh[1],
            "channels": "rgb",
            "mean": list(build.MEAN_RGB),
            "std": list(build.STD_RGB),
            "layout": "NCHW",
        },
        "output": output,
        "crop": {
            "padding": spec.export.padding,
            "aspect": input_wh[0] / input_wh[1],
            "upright": True,
            # A network trained upright needs the runtime to look in the four directions as much as
            # one that was trained on all of them profits from it.
            "any_direction": True,
            "directions": spec.export.directions,
        },
        "licence": spec.export.licence,
        "training_data": spec.export.training_data,
        "figures": figures,
        "calibration": {"kind": "none"},
    }
    write_json(out / "manifest.json", manifest)
    return manifest


def _read_as(export: ExportSpec | None, output: dict[str, Any]) -> dict[str, Any]:
    """Return how the runtime shall read the network: its head says, the spec has the last word."""
    if export is None or export.expected_reach is None:
        return output
    if output["kind"] != "heatmap":
        raise ExportError(
            f"export.expected_reach: this network's answers are {output['kind']}, not heatmaps"
        )
    return output | {"decoder": "expected", "reach": export.expected_reach}


def measure_folder(out: Path, images: Path, clips: Path | None, count: int) -> dict[str, Any]:
    """Fit the calibration and measure on ``count`` pictures of a dataset, and on clips."""
    return measure_pictures(out, pictures_for(out, images, count), clips, "rendered pictures")


def measure_pictures(
    out: Path, pictures: PictureSet, clips: Path | None, name: str
) -> dict[str, Any]:
    """Fit the calibration on half of the infants, measure on the rest and on clips; write both.

    Returns the manifest as written; ``name``: what the pictures are called in it. The calibration
    is fitted on crops that are told the direction, as a followed infant's are, and on empty
    pictures.
    """
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    fitting, held_out = pictures.halves()
    model = load_model(out)
    found = measure(model, fitting, "upright")
    calibration = fit_calibration(found.errors_nk, found.scores_nk, fitting)
    manifest["calibration"] = calibration.model_dump(mode="json")
    write_json(out / "manifest.json", manifest)
    model = load_model(out)
    manifest["figures"] |= figures_of(model, held_out, clips, name)
    write_json(out / "manifest.json", manifest)
    write_card(out, manifest)
    return manifest


def figures_of(
    model: PoseModel, pictures: PictureSet, clips: Path | None, name: str
) -> dict[str, Any]:
    """Return what a manifest states of a model, by pictures, and by clips where there are some."""
    figures: dict[str, Any] = {}
    for look in LOOKS:
        figures[f"{name}, {look}"] = report(measure(model, pictures, look), pictures)
        if clips is not None:
            figures[f"rendered clips, {look}"] = measure_clips(model, clips, 5, look)
    return figures


def export(
    spec: TrainSpec, checkpoint: Path, out: Path, input_wh: tuple[int, int]
) -> dict[str, Any]:
    """Export a checkpoint to a model folder; return the manifest.

    Raises ``ExportError`` when the file differs from torch by more than ``PARITY_LIMIT``.
    """
    model = build.construct(spec.network, spec.loss, input_wh)
    missing = load_weights(model, checkpoint).untouched
    if missing:
        raise ExportError(f"{checkpoint}: has no {missing[0]} ({len(missing)} tensors missing)")
    output = _read_as(spec.export, model.head.output_spec())
    out.mkdir(parents=True, exist_ok=True)
    part = out / "model.part.onnx"
    width = input_wh[0]
    write_onnx(mirrored(exportable(model), spec, width), part, input_wh, model.head.output_names)
    # Coordinates lie between 0 and the input's side: they count as shares of it.
    unit = max(input_wh) if output["kind"] == "coords" else 1.0
    wanted = mirrored(ExportNet(model), spec, width)
    difference = parity(wanted, part, input_wh, unit)
    if not difference <= PARITY_LIMIT:
        part.unlink()
        raise ExportError(f"the exported file differs from torch by {difference:.1e}; not written")
    stored: dict[str, Any] = {}
    if spec.export is not None and spec.export.stored_bits != 32:
        store_in(spec.export.stored_bits, part, part)
        stored["stored_bits"] = spec.export.stored_bits
        stored["stored_bits_max_difference"] = parity(wanted, part, input_wh, unit)
    part.replace(out / "model.onnx")
    figures = {
        "parity_max_difference": difference,
        **stored,
        "bytes": (out / "model.onnx").stat().st_size,
        "parameters": sum(p.numel() for p in model.parameters()),
        "exported": date.today().isoformat(),
    }
    manifest = write_manifest(spec, out, input_wh, output, figures)
    write_card(out, manifest)
    return manifest


def main(
    spec: Annotated[Path, typer.Argument(help="the training spec (TOML)")],
    checkpoint: Annotated[Path | None, typer.Option(help="default: the run's best")] = None,
    out: Annotated[Path | None, typer.Option(help="model folder; default: the spec's")] = None,
    side: Annotated[int | None, typer.Option(help="square input; default: the spec's last")] = None,
    images: Annotated[
        Path | None, typer.Option(help="pictures to calibrate and measure on")
    ] = None,
    clips: Annotated[Path | None, typer.Option(help="rendered clips to measure on")] = None,
    count: Annotated[int, typer.Option(help="pictures to take")] = 600,
) -> None:
    """Export a trained network as a model folder."""
    try:
        read = load_spec(spec)
        best = read.run.work_dir / "best.pth"
        input_wh = (side, side) if side else read.schedule.final_input_wh
        folder = out or (read.export.out if read.export else read.run.work_dir / "model")
        also = read.export.also if read.export else ()
        if also and images is None:
            raise ExportError("export.also needs --images: smaller arithmetic is measured on them")
        manifest = export(read, checkpoint or best, folder, input_wh)
        if images is not None:
            manifest = measure_folder(folder, images, clips, count)
        for precision in also if images is not None else ():
            beside = folder.with_name(f"{folder.name}_{precision}")
            reduce_folder(folder, beside, precision, pictures_for(folder, images, count))
        typer.echo(json.dumps(manifest["figures"]))
    except TrainingError as error:
        typer.echo(f"cotside: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    typer.run(main)
