"""``cotside predict``: keypoints of a folder of pictures, as COCO results for any tool to score."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import cv2
import numpy as np
import typer
from rich.console import Console
from rich.progress import track

from pipeline.errors import CotsideError
from pipeline.models.session import PoseModel, load_model
from pipeline.models.single import find
from pipeline.types import ImageArray, Rectangle

_PICTURES = {".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp"}


def predict(
    images: Annotated[Path, typer.Option(help="The folder of pictures.")],
    out: Annotated[Path, typer.Option(help="Where to write the COCO keypoint results.")],
    boxes: Annotated[
        Path | None, typer.Option(help="A COCO file with a box for each infant. Default: none.")
    ] = None,
    model: Annotated[
        Path | None, typer.Option(help="A model folder. Default: the bundled.")
    ] = None,
    search: Annotated[
        bool, typer.Option(help="Try four directions, then look again with the trunk upright.")
    ] = True,
) -> None:
    """Estimate the 13 keypoints of the infant in each picture."""
    jobs = _boxed(images, boxes) if boxes else _whole(images)
    network = load_model(model)
    console = Console(stderr=True)
    results = [_result(network, job, search) for job in track(jobs, "predicting", console=console)]
    part = out.with_name(out.name + ".part")
    try:
        part.write_text(json.dumps(results), encoding="utf-8")
        part.replace(out)
    except OSError as error:
        raise CotsideError(f"{out}: cannot be written: {error.strerror}") from None
    typer.echo(f"{len(results)} results in {out}")


Job = tuple[int, Path, int, Rectangle | None]


def _boxed(images: Path, boxes: Path) -> list[Job]:
    """Return (image id, file, category, box) for each annotation of a COCO file."""
    try:
        document: dict[str, Any] = json.loads(boxes.read_text(encoding="utf-8"))
        names = {image["id"]: str(image["file_name"]) for image in document["images"]}
        return [
            (
                int(entry["image_id"]),
                _inside(images, names[entry["image_id"]]),
                int(entry.get("category_id", 1)),
                Rectangle(*(float(value) for value in entry["bbox"])),
            )
            for entry in document["annotations"]
        ]
    except OSError as error:
        raise CotsideError(f"{boxes}: cannot be read: {error.strerror}") from None
    except (ValueError, KeyError, TypeError) as error:
        raise CotsideError(f"{boxes}: is not a COCO file with images and boxes ({error})") from None


def _inside(folder: Path, name: str) -> Path:
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise CotsideError(f"{name!r}: lies outside {folder}")
    return path


def _whole(images: Path) -> list[Job]:
    """Return a job for each picture of the folder, numbered from 1 in the order of names."""
    if not images.is_dir():
        raise CotsideError(f"{images}: is not a folder")
    paths = sorted(path for path in images.iterdir() if path.suffix.lower() in _PICTURES)
    if not paths:
        raise CotsideError(f"{images}: holds no pictures")
    return [(number, path, 1, None) for number, path in enumerate(paths, start=1)]


def _read(path: Path) -> ImageArray:
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise CotsideError(f"{path}: is missing or is not a picture")
    return np.asarray(image, np.uint8)


def _result(network: PoseModel, job: Job, search: bool) -> dict[str, Any]:
    image_id, path, category, box = job
    image = _read(path)
    box = box or Rectangle(0, 0, image.shape[1], image.shape[0])
    keypoints_kc, scores_k = find(network, image, box, search=search)
    known = np.isfinite(keypoints_kc.sum(axis=1))
    points = np.column_stack([np.where(known[:, None], keypoints_kc, 0), scores_k * known])
    return {
        "image_id": image_id,
        "category_id": category,
        "file_name": path.name,
        "keypoints": [round(float(value), 3) for value in points.ravel()],
        "score": round(float(scores_k.mean()), 5),
    }
