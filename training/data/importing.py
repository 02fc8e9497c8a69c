"""Make a dataset folder of a COCO file and its pictures: checked first, all of it or nothing."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from pipeline.skeleton import Skeleton
from training.data.check import Document, Fault, faults_of
from training.data.version import Version, write_version
from training.errors import DatasetError


class FaultyError(DatasetError):
    """A dataset with faults; ``faults`` lists them all."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(f"{faults[0]} ({len(faults)} faults in all; nothing was imported)")
        self.faults = faults


def import_document(document: Document, out: Path, skeleton: Skeleton) -> Version:
    """Write a dataset folder in the skeleton's own points; return its version.

    Raises ``FaultyError`` naming each fault by file and id, ``DatasetError`` where the folder is
    there already; in both cases nothing is written.
    """
    if out.exists():
        raise DatasetError(f"{out}: is there already; choose a folder that is not")
    faults = faults_of(document, skeleton)
    if faults:
        raise FaultyError(faults)
    part = out.with_name(out.name + ".part")
    try:
        shutil.rmtree(part, ignore_errors=True)
        _write(document, part, skeleton)
        made = {"by": "import", "from": document.path.name, "names": document.names}
        version = write_version(part, made)
        part.rename(out)
    except OSError as error:
        raise DatasetError(f"{out}: cannot be written: {error.strerror or error}") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return version


def _write(document: Document, folder: Path, skeleton: Skeleton) -> None:
    places = {
        category["id"]: [document.category_points(category).index(n) for n in skeleton.keypoints]
        for category in document.entries("categories")
    }
    for image in document.entries("images"):
        target = folder / "images" / image["file_name"]
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(document.pictures / image["file_name"], target)
    category = {
        "id": 1,
        "name": "infant",
        "keypoints": list(skeleton.keypoints),
        "skeleton": [[a + 1, b + 1] for a, b in skeleton.limb_indices],
    }
    content = {
        "images": document.entries("images"),
        "annotations": [
            _renamed(annotation, places[annotation["category_id"]])
            for annotation in document.entries("annotations")
        ],
        "categories": [category],
    }
    (folder / "annotations.json").write_text(json.dumps(content), encoding="utf-8")


def _renamed(annotation: dict[str, Any], places: list[int]) -> dict[str, Any]:
    flat = annotation["keypoints"]
    triples = [flat[3 * place : 3 * place + 3] for place in places]
    # A point that is not placed has no place: some files leave a click behind.
    chosen = [triple if triple[2] else [0, 0, 0] for triple in triples]
    return annotation | {
        "category_id": 1,
        "keypoints": [value for triple in chosen for value in triple],
        "num_keypoints": sum(triple[2] > 0 for triple in chosen),
    }
