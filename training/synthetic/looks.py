"""Ways to look at photographs with a finished model, each scored: what more looks would buy.

``python -m training.synthetic.looks MODEL --real D --scorer F`` prints a row for each: once as the
picture stands, with other paddings, mirrored and averaged, upright in a second look, and with the
runtime's search. Photographs are measured on, never trained on.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

from pipeline.errors import CotsideError
from pipeline.models.crop import Crop
from pipeline.models.session import PoseModel, load_model
from pipeline.models.single import find, upright_angle
from pipeline.skeleton import INFANT13
from pipeline.types import Rectangle
from training.card import write_card
from training.errors import TrainingError
from training.files import write_json
from training.synthetic.trials import scored

Found = tuple[NDArray[np.float32], NDArray[np.float32]]
Look = Callable[[PoseModel, NDArray[np.uint8], Rectangle], Found]


def _crop(box: Rectangle, padding: float, angle_rad: float = 0.0) -> Crop:
    side = max(box.width, box.height) * padding
    return Crop(
        (box.x + (box.width - 1) / 2, box.y + (box.height - 1) / 2), (side, side), angle_rad
    )


def padded(model: PoseModel, image: NDArray[np.uint8], box: Rectangle, padding: float) -> Found:
    """Look once, as the picture stands, at the box grown by ``padding``."""
    points, scores = model.estimate([image], [_crop(box, padding)])
    return points[0], scores[0]


def mirrored(model: PoseModel, image: NDArray[np.uint8], box: Rectangle) -> Found:
    """Look at the picture and its mirror image; average the places by their scores."""
    points, scores = padded(model, image, box, model.manifest.crop.padding)
    width = image.shape[1]
    other = Rectangle(width - box.x - box.width, box.y, box.width, box.height)
    flipped = np.ascontiguousarray(image[:, ::-1])
    again, sure = padded(model, flipped, other, model.manifest.crop.padding)
    order = list(INFANT13.flip_indices)
    again, sure = again[order], sure[order]
    again[:, 0] = width - 1 - again[:, 0]
    share = (scores / np.maximum(scores + sure, 1e-6))[:, None]
    # Two far answers average to a place where nothing is: take the surer one there.
    near = np.linalg.norm(points - again, axis=1, keepdims=True) < 0.1 * max(box.width, box.height)
    best = np.where(share >= 0.5, points, again)
    mean = share * points + (1 - share) * again
    return np.where(near, mean, best).astype(np.float32), np.maximum(scores, sure)


def upright(model: PoseModel, image: NDArray[np.uint8], box: Rectangle) -> Found:
    """Look twice, the second time with the trunk upright."""
    padding = model.manifest.crop.padding
    points, scores = padded(model, image, box, padding)
    angle = upright_angle(points)
    if angle is None:
        return points, scores
    again, sure = model.estimate([image], [_crop(box, padding, angle)])
    return again[0], sure[0]


LOOKS: dict[str, Look] = {
    "once, padding 1.25": partial(padded, padding=1.25),
    "once, padding 1.1": partial(padded, padding=1.1),
    "once, padding 1.4": partial(padded, padding=1.4),
    "once and mirrored": mirrored,
    "upright second look": upright,
    "four directions, then upright": partial(find, search=True),
}


def score_of(
    look: Callable[[NDArray[np.uint8], Rectangle], Found], real: Path, scorer: Path
) -> dict[str, Any]:
    """Return AP and PCK of a way of looking, all and by posture."""
    said = scored(look, real, scorer)
    parts = {name: value for name, value in said.items() if isinstance(value, dict)}
    return {
        name: {"n": v["n"], **{key: v[key] for key in ("AP12_053", "AP12", "PCK20", "PCK10")}}
        for name, v in parts.items()
    }


def main(
    folder: Annotated[Path, typer.Argument(help="model folder")],
    real: Annotated[Path, typer.Option(help="photographs: images/ and one COCO file")],
    scorer: Annotated[Path, typer.Option(help="a program that scores COCO keypoint results")],
    state: Annotated[str, typer.Option(help="write into the card under this name")] = "",
) -> None:
    """Score each way of looking."""
    try:
        model = load_model(folder)
        figures = {
            name: score_of(partial(look, model), real, scorer) for name, look in LOOKS.items()
        }
        typer.echo(json.dumps(figures, indent=1))
        if state:
            manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
            manifest["figures"][state] = figures
            write_json(folder / "manifest.json", manifest)
            write_card(folder, manifest)
    except (TrainingError, CotsideError) as error:
        typer.echo(f"cotside: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    typer.run(main)
