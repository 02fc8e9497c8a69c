"""Write a dataset, or one side of it, as a dataset folder of its own."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from training.data.check import read_document
from training.data.identity import group_of
from training.data.version import SIDES, Side, Version, read_version, write_version
from training.errors import DatasetError


def export_side(folder: Path, out: Path, side: Side | None) -> Version:
    """Copy one side (None: all) to a new folder; return its version, whose parent is this one's.

    Raises ``DatasetError`` where the side is empty or the folder is there already.
    """
    if out.exists():
        raise DatasetError(f"{out}: is there already; choose a folder that is not")
    document = read_document(folder / "annotations.json")
    before = read_version(folder)
    images = [
        image
        for image in document.entries("images")
        if side is None or _side(before, group_of(image, folder)) == side
    ]
    if not images:
        raise DatasetError(f"{folder}: has no picture on the side {side}")
    kept = {image["id"] for image in images}
    annotations = [a for a in document.entries("annotations") if a["image_id"] in kept]
    content = document.content | {"images": images, "annotations": annotations}
    part = out.with_name(out.name + ".part")
    try:
        shutil.rmtree(part, ignore_errors=True)
        for image in images:
            target = part / "images" / image["file_name"]
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / "images" / image["file_name"], target)
        (part / "annotations.json").write_text(json.dumps(content), encoding="utf-8")
        made = {"by": "export", "side": side or "all"}
        split = before.split if before and side is None else {}
        version = write_version(part, made, (before.hash,) if before else (), split)
        part.rename(out)
    except OSError as error:
        raise DatasetError(f"{out}: cannot be written: {error.strerror or error}") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return version


def _side(version: Version | None, group: str) -> Side:
    return version.side_of(group) if version else SIDES[0]
