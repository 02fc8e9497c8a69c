"""Find what is wrong in a COCO keypoint file, each fault by file and id."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2

from pipeline.skeleton import Skeleton
from training.errors import DatasetError

# How far over the picture's edge a point may lie, in pixels: annotators click on the border.
_EDGE_PX = 1.0


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: ``where`` is "image 7" or "annotation 12" of ``path``."""

    path: Path
    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.path}: {self.where}: {self.what}"


@dataclass(frozen=True, slots=True)
class Document:
    """A COCO file as it was read, where its pictures lie, and how its points are called.

    ``names``: the file's own keypoint names → the wanted ones, where they differ.
    """

    path: Path
    pictures: Path
    content: dict[str, Any]
    names: dict[str, str] = field(default_factory=dict)

    def entries(self, kind: str) -> list[dict[str, Any]]:
        """Return the entries of ``images``, ``annotations`` or ``categories``."""
        return list(self.content.get(kind, []))

    def category_points(self, category: dict[str, Any]) -> list[str]:
        """Return a category's keypoints under the wanted names."""
        return [self.names.get(name, name) for name in category.get("keypoints", [])]


def read_document(
    path: Path, pictures: Path | None = None, names: dict[str, str] | None = None
) -> Document:
    """Read a COCO file; raise ``DatasetError`` where it is none."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DatasetError(f"{path}: cannot be read as JSON: {error}") from error
    if not isinstance(content, dict) or "images" not in content:
        raise DatasetError(f"{path}: not a COCO file: it has no 'images'")
    for kind in ("images", "annotations", "categories"):
        entries = content.get(kind, [])
        if not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
            raise DatasetError(f"{path}: '{kind}' is not a list of entries")
    return Document(path, pictures or path.parent / "images", content, names or {})


def faults_of(document: Document, skeleton: Skeleton) -> list[Fault]:
    """Return all faults, in the order of the file; none means that it can be learned from."""
    checks: tuple[Callable[[Document, Skeleton], Iterator[Fault]], ...] = (
        _categories,
        _identities,
        _pictures,
        _annotations,
    )
    return [fault for check in checks for fault in check(document, skeleton)]


def _categories(document: Document, skeleton: Skeleton) -> Iterator[Fault]:
    if not document.entries("categories"):
        yield Fault(document.path, "categories", "there are none")
    for category in document.entries("categories"):
        names = document.category_points(category)
        missing = [name for name in skeleton.keypoints if name not in names]
        if missing:
            yield Fault(
                document.path,
                f"category {category.get('id')}",
                f"has no {', '.join(missing)}; map names with --map THEIRS={missing[0]}",
            )


def _identities(document: Document, skeleton: Skeleton) -> Iterator[Fault]:
    for kind, one in (("images", "image"), ("annotations", "annotation")):
        counts = Counter(entry.get("id") for entry in document.entries(kind))
        for identity, count in counts.items():
            if count > 1:
                yield Fault(document.path, f"{one} {identity}", f"the id is there {count} times")
    names = Counter(image.get("file_name") for image in document.entries("images"))
    for name, count in names.items():
        if count > 1:
            yield Fault(document.path, f"file {name}", f"stands in {count} images")


def _pictures(document: Document, skeleton: Skeleton) -> Iterator[Fault]:
    for image in document.entries("images"):
        where = f"image {image.get('id')}"
        name = image.get("file_name")
        if not isinstance(name, str) or Path(name).is_absolute() or ".." in Path(name).parts:
            yield Fault(document.path, where, f"its file name {name!r} leads out of the folder")
            continue
        what = _picture_fault(document.pictures / name, image)
        if what:
            yield Fault(document.path, where, what)


def _picture_fault(path: Path, image: dict[str, Any]) -> str | None:
    if not path.is_file():
        return f"the picture {path} is missing"
    read = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if read is None:
        return f"{path} is not a picture"
    height, width = read.shape[:2]
    stated = (image.get("width"), image.get("height"))
    if stated != (width, height):
        return f"{path} is {width}×{height}, the file says {stated[0]}×{stated[1]}"
    return None


def _annotations(document: Document, skeleton: Skeleton) -> Iterator[Fault]:
    images = {image.get("id"): image for image in document.entries("images")}
    points = {c.get("id"): c.get("keypoints", []) for c in document.entries("categories")}
    taken: set[Any] = set()
    for annotation in document.entries("annotations"):
        where = f"annotation {annotation.get('id')}"
        image = images.get(annotation.get("image_id"))
        names = points.get(annotation.get("category_id"))
        if image is None:
            yield Fault(document.path, where, f"no image {annotation.get('image_id')}")
        elif names is None:
            yield Fault(document.path, where, f"no category {annotation.get('category_id')}")
        else:
            if image["id"] in taken:
                yield Fault(document.path, where, f"image {image['id']} has another annotation")
            taken.add(image["id"])
            found = (*_point_faults(annotation, image, names), *_box_faults(annotation))
            for what in found:
                yield Fault(document.path, where, what)


def _point_faults(
    annotation: dict[str, Any], image: dict[str, Any], names: list[str]
) -> Iterator[str]:
    flat = annotation.get("keypoints")
    if not _are_numbers(flat, 3 * len(names)):
        yield f"its keypoints are not {3 * len(names)} numbers"
        return
    for name, x, y, v in zip(names, flat[::3], flat[1::3], flat[2::3], strict=True):
        if v not in (0, 1, 2):
            yield f"{name}: its visibility is {v}, not 0, 1 or 2"
        elif not (math.isfinite(x) and math.isfinite(y)):
            yield f"{name}: it lies at NaN or infinity"
        elif v > 0 and not (_within(x, image.get("width")) and _within(y, image.get("height"))):
            size = f"{image.get('width')}×{image.get('height')}"
            yield f"{name}: ({x:g}, {y:g}) lies outside the {size} picture"


def _box_faults(annotation: dict[str, Any]) -> Iterator[str]:
    box = annotation.get("bbox")
    if not _are_numbers(box, 4) or not all(math.isfinite(value) for value in box):
        yield "its bbox is not four finite numbers"
    elif box[2] <= 0 or box[3] <= 0:
        yield f"its bbox is {box[2]:g} wide and {box[3]:g} high"


def _are_numbers(values: Any, count: int) -> bool:
    return (
        isinstance(values, list)
        and len(values) == count
        and all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)
    )


def _within(value: float, size: Any) -> bool:
    return isinstance(size, int | float) and -_EDGE_PX <= value <= size - 1 + _EDGE_PX
