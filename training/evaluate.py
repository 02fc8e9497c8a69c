"""Measure an exported model: ``python -m training.evaluate MODEL --images D --report F.html``.

What is measured is the model folder, through the runtime's own session and decoder. Errors are in
trunk lengths (mid-shoulder to mid-hip, at least a quarter of the box's side).
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from pipeline.errors import CotsideError
from pipeline.models.crop import Crop
from pipeline.models.session import PoseModel, load_model
from pipeline.skeleton import INFANT13
from training.data.coco import PictureSet, dataset_folders, read_pictures
from training.data.dataset import load_image
from training.data.version import SIDES, Side, read_version
from training.errors import DatasetError, TrainingError
from training.evaluation.calibration import reliability
from training.evaluation.clips import measure_clips
from training.evaluation.intervals import Figure, figures_of, joint_figures
from training.evaluation.looking import LOOKS, Found, Look, measure
from training.evaluation.occlusion import occlusion_test
from training.evaluation.page import write_page
from training.evaluation.strata import strata_of
from training.metrics import share_within

RESEARCH_USE = "Research use only; it is not a medical device."
_TIMED_PICTURES = 20


def report(found: Found, pictures: PictureSet) -> dict[str, Any]:
    """Return the shares within 0.1 and 0.2 trunks of visible points, and what scores say."""
    full = ~pictures.empty_n
    visibility = pictures.keypoints_nkc[full, :, 2]
    errors, scores = found.errors_nk[full], found.scores_nk
    occluded = visibility == 1
    return {
        "pictures": len(pictures),
        "pck_0.1": share_within(errors, visibility, 0.1),
        "pck_0.2": share_within(errors, visibility, 0.2),
        "pck_0.2_occluded": float((errors[occluded] <= 0.2).mean()) if occluded.any() else None,
        "median_score_visible": float(np.median(scores[full][visibility == 2])),
        "median_score_empty": float(np.median(scores[~full])) if (~full).any() else None,
    }


def full_report(found: Found, pictures: PictureSet) -> dict[str, Any]:
    """Return the report with all measures, their intervals, strata, joints and calibration."""
    strata = {
        key: {
            value: {
                "pictures": len(rows),
                "figures": _plain(figures_of(found.take(rows), pictures.take(rows))),
            }
            for value, rows in values.items()
        }
        for key, values in strata_of(pictures).items()
    }
    return report(found, pictures) | {
        "infants_or_sources": len(set(pictures.groups)),
        "figures": _plain(figures_of(found, pictures)),
        "joints": _plain(joint_figures(found, pictures)),
        "strata": strata,
        "calibration": reliability(
            found.errors_nk, found.scores_nk, pictures.keypoints_nkc[..., 2]
        ),
    }


def _plain(figures: dict[str, Figure]) -> dict[str, dict[str, float | None]]:
    return {name: asdict(figure) for name, figure in figures.items()}


def speed(model: PoseModel, pictures: PictureSet) -> dict[str, float]:
    """Return median milliseconds a picture of the bare session and of crop to keypoints."""
    whole, bare = [], []
    for path, box in list(zip(pictures.paths, pictures.boxes_n4, strict=True))[:_TIMED_PICTURES]:
        image = load_image(path)
        side = float(max(box[2:]))
        crop = Crop((float(box[0]) + side / 2, float(box[1]) + side / 2), (side, side))
        start_s = time.perf_counter()
        model.estimate([image], [crop])
        whole.append(time.perf_counter() - start_s)
        start_s = time.perf_counter()
        model.run(1)
        bare.append(time.perf_counter() - start_s)
    return {
        "bare_session_ms": float(np.median(bare)) * 1e3,
        "whole_ms": float(np.median(whole)) * 1e3,
    }


def choose_pictures(images: Path, count: int, side: Side | None) -> PictureSet:
    """Read a set's side, evenly thinned to at most ``count`` pictures."""
    pictures = read_pictures(dataset_folders([images]), INFANT13, side)
    if not len(pictures):
        raise DatasetError(f"{images}: has no picture on the side {side}")
    step = max(1, -(-len(pictures) // count))
    return pictures.take(range(0, len(pictures), step))


def evaluate(
    model: PoseModel,
    images: Path | None,
    clips: Path | None,
    count: int,
    every: int,
    *,
    side: Side | None = None,
    cover: int = 0,
) -> tuple[dict[str, Any], dict[Look, tuple[Found, PictureSet]]]:
    """Measure on pictures and clips, by search and told the direction.

    ``cover``: cover each limb in so many pictures and tell what is lost. Returns the result, ready
    for JSON, and what was found in the pictures, by how they were looked at.
    """
    manifest = model.manifest
    result: dict[str, Any] = {
        "research_use": RESEARCH_USE,
        "model": manifest.name,
        "version": manifest.version,
        "sha256": manifest.sha256,
        "provider": model.provider,
    }
    seen: dict[Look, tuple[Found, PictureSet]] = {}
    if images is not None:
        pictures = choose_pictures(images, count, side)
        result["data"] = _data(images, side)
        seen = {look: (measure(model, pictures, look), pictures) for look in LOOKS}
        result["images"] = {look: full_report(*pair) for look, pair in seen.items()}
        result["speed"] = speed(model, pictures)
        if cover:
            result["occlusion"] = _cover(model, *seen["upright"], cover)
    if clips is not None:
        result["clips"] = {look: measure_clips(model, clips, every, look) for look in LOOKS}
    return result, seen


def _cover(model: PoseModel, found: Found, pictures: PictureSet, count: int) -> dict[str, Any]:
    rows = np.flatnonzero(~pictures.empty_n)[:count]
    parts = occlusion_test(model, pictures.take(rows), "upright", found.take(rows))
    return {"pictures": len(rows), "parts": parts}


def _data(images: Path, side: Side | None) -> dict[str, Any]:
    versions = {f.name: read_version(f) for f in dataset_folders([images])}
    return {
        "folder": images.name,
        "side": side,
        "versions": {name: version.hash if version else None for name, version in versions.items()},
    }


def main(  # noqa: PLR0913 - the options of a command line
    model: Annotated[Path, typer.Argument(help="model folder")],
    images: Annotated[Path | None, typer.Option(help="dataset folder")] = None,
    clips: Annotated[Path | None, typer.Option(help="folder of clips with truth")] = None,
    count: Annotated[int, typer.Option(help="pictures to take at most")] = 500,
    every: Annotated[int, typer.Option(help="take every n-th frame of a clip")] = 5,
    side: Annotated[str | None, typer.Option(help="of the dataset's split: val, test")] = None,
    cover: Annotated[int, typer.Option(help="pictures in which to cover each limb")] = 0,
    page: Annotated[Path | None, typer.Option("--report", help="HTML page to write")] = None,
    faces: Annotated[bool, typer.Option(help="leave faces as they are on the page")] = False,
) -> None:
    """Measure an exported model; print the figures as JSON, and write a page to be read."""
    try:
        if side is not None and side not in SIDES:
            raise DatasetError(f"--side {side}: choose one of {', '.join(SIDES)}")
        result, seen = evaluate(
            load_model(model), images, clips, count, every, side=side, cover=cover
        )
        if page is not None:
            if "upright" not in seen:
                raise DatasetError("--report needs --images")
            write_page(page, result, *seen["upright"], faces=faces)
        typer.echo(json.dumps(result, indent=1))
    except (TrainingError, CotsideError) as error:
        typer.echo(f"cotside: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    typer.run(main)
