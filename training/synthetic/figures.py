"""Calibrate a model folder and state how it does on rendered infants that it never saw.

``python -m training.synthetic.figures MODEL --pictures D --empty D`` looks once at each picture, as
it lies; ``--look search`` turns to where the trunk is upright first, as the runtime does for a
network that needs it. Half of the pictures fit the calibration, the other half give the figures:
all, by stratum, how well scores are probabilities, what hidden points score, and how often a cot
without an infant gives a pose.
"""

from __future__ import annotations

import json
import sys
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

from pipeline.confidence import PRESENT_SCORE
from pipeline.errors import CotsideError
from pipeline.models.session import load_model
from pipeline.skeleton import INFANT13
from pipeline.tracking import SHARE_OF_A_BODY, body_share
from training.card import write_card
from training.data.coco import PictureSet, dataset_folders, read_pictures
from training.errors import TrainingError
from training.evaluate import report
from training.evaluation.calibration import fit_calibration
from training.evaluation.looking import Found, Look, measure
from training.files import write_json
from training.metrics import share_within

STRATA = ("posture", "covered", "light", "head_side", "dressed", "mask", "carer", "tone", "tilt")
_NEAR = 0.1
_BINS = 10

Errors = NDArray[np.float64]
Scores = NDArray[np.float32]


def stratum_of(entry: dict[str, Any], name: str) -> str:
    """Return which part of a stratum a picture belongs to; tone and tilt come in thirds."""
    if name == "tone":
        return ("light", "middle", "dark")[min(2, int(3 * float(entry["tone"])))]
    if name == "tilt":
        return ("above", "oblique", "low")[int(np.digitize(float(entry["tilt_deg"]), (15, 40)))]
    return str(entry[name])


def by_stratum(errors: Errors, pictures: PictureSet) -> dict[str, dict[str, Any]]:
    """Return, for each part of each stratum, pictures and the share of limb points within 0.2."""
    full = np.flatnonzero(~pictures.empty_n)
    said: dict[str, dict[str, Any]] = {}
    for name in STRATA:
        values = np.array([stratum_of(pictures.strata[row], name) for row in full])
        for value in sorted(set(values)):
            rows = full[values == value]
            shares = share_within(errors[rows], pictures.keypoints_nkc[rows, :, 2], 0.2)
            said[f"{name} {value}"] = {"pictures": len(rows), "pck_0.2": shares["limbs"]}
    return said


def calibration_error(errors: Errors, scores: Scores, visibility: NDArray[np.float32]) -> float:
    """Return the mean gap between scores and the share within 0.1 trunk, over ten bins (ECE)."""
    known = visibility > 0
    said, right = scores[known].astype(np.float64), errors[known] <= _NEAR
    bins = np.minimum((said * _BINS).astype(int), _BINS - 1)
    gaps = [
        abs(said[bins == b].mean() - right[bins == b].mean()) * (bins == b).mean()
        for b in np.unique(bins)
    ]
    return float(np.sum(gaps))


def taken_for_infants(found: Found) -> float:
    """Return the share of answers that the runtime would call an infant."""
    return float((body_share(found.points_nkc, found.scores_nk) >= SHARE_OF_A_BODY).mean())


def joined(first: PictureSet, second: PictureSet) -> PictureSet:
    """Return both sets as one."""
    joint: dict[str, Any] = {}
    for part in fields(PictureSet):
        one, other = getattr(first, part.name), getattr(second, part.name)
        joint[part.name] = one + other if isinstance(one, tuple) else np.concatenate([one, other])
    return PictureSet(**joint)


def calibrate(folder: Path, pictures: PictureSet, look: Look) -> None:
    """Fit the scores of a model folder; its threshold stays where a score is the probability."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    # At this threshold a score is what the network says (pipeline/models/calibration.py).
    manifest["calibration"] = {"kind": "none", "threshold": PRESENT_SCORE}
    write_json(folder / "manifest.json", manifest)
    model = load_model(folder)
    found = measure(model, pictures, look)
    fitted = fit_calibration(found.errors_nk, found.scores_nk, pictures)
    manifest["calibration"] = {**fitted.model_dump(mode="json"), "threshold": PRESENT_SCORE}
    write_json(folder / "manifest.json", manifest)


def figures(folder: Path, pictures: PictureSet, empty: PictureSet, look: Look) -> dict[str, Any]:
    """Measure a calibrated model folder on pictures that neither trained nor calibrated it."""
    model = load_model(folder)
    found = measure(model, pictures, look)
    nobody = measure(model, empty, look)
    errors, scores = found.errors_nk, found.scores_nk
    visibility = pictures.keypoints_nkc[..., 2]
    said: dict[str, Any] = report(found, pictures)
    said["calibration_error"] = calibration_error(errors, scores, visibility)
    said["mean_score_hidden"] = float(scores[visibility == 1].mean())
    said["mean_score_seen"] = float(scores[visibility == 2].mean())
    said["false_poses"] = taken_for_infants(nobody)
    said["taken_for_infants"] = taken_for_infants(found)
    said["pictures_without_infant"] = len(empty)
    said["strata"] = by_stratum(errors, pictures)
    return said


def main(
    folder: Annotated[
        Path, typer.Argument(help="model folder; its manifest and card are rewritten")
    ],
    pictures: Annotated[Path, typer.Option(help="rendered pictures, unseen")],
    empty: Annotated[Path, typer.Option(help="rendered pictures without an infant")],
    look: Annotated[Look, typer.Option(help="how to look at a picture")] = "as it lies",
    fit: Annotated[
        bool, typer.Option(help="fit the calibration first, or measure with the one it has")
    ] = True,
) -> None:
    """Calibrate a model folder, measure it, and write both into its manifest and card."""
    try:
        fitting, held_out = read_pictures(dataset_folders([pictures]), INFANT13).halves()
        nobody = read_pictures(dataset_folders([empty]), INFANT13)
        if fit:
            some = nobody.take(range(0, len(nobody), max(1, 10 * len(nobody) // len(fitting))))
            calibrate(folder, joined(fitting, some), look)
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        name = "rendered pictures, " + ("single look" if look == "as it lies" else look)
        manifest["figures"][name] = figures(folder, held_out, nobody, look)
        write_json(folder / "manifest.json", manifest)
        write_card(folder, manifest)
    except (TrainingError, CotsideError) as error:
        typer.echo(f"cotside: {error}", err=True)
        sys.exit(1)
    typer.echo(json.dumps(manifest["figures"][name], indent=1))


if __name__ == "__main__":
    typer.run(main)
