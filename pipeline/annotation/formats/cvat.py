"""CVAT for images 1.1 (XML): a skeleton a picture, its points occluded or outside."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from pathlib import Path

from pipeline.annotation.formats.base import (
    FormatError,
    LabelledPicture,
    absent,
    numbers,
    register,
)
from pipeline.skeleton import INFANT13


@register
class Cvat:
    """An ``<image>`` each, with a ``<skeleton>`` of ``<points>``; "outside" is absent."""

    name = "cvat"
    target = "annotations.xml"
    keeps_occluded = True

    def read(self, path: Path, images: Path) -> list[LabelledPicture]:
        """Read every image; its first skeleton counts."""
        data = path.read_bytes()
        # Entities of a document type can grow without end; CVAT writes none.
        if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
            raise FormatError(f"{path}: holds a document type, which is not read")
        try:
            root = ElementTree.fromstring(data)
        except ElementTree.ParseError as error:
            raise FormatError(f"{path}: line {error.position[0]}: is not XML: {error}") from None
        if root.tag != "annotations":
            raise FormatError(f"{path}: is not CVAT for images: it begins with <{root.tag}>")
        return [_picture(image, path) for image in root.iter("image")]

    def write(self, pictures: Sequence[LabelledPicture], path: Path) -> None:
        """Write version 1.1."""
        root = ElementTree.Element("annotations")
        ElementTree.SubElement(root, "version").text = "1.1"
        for number, one in enumerate(pictures):
            width, height = one.size_wh
            about = {"id": number, "name": one.file, "width": width, "height": height}
            about |= {"subset": one.subject} if one.subject else {}
            image = ElementTree.SubElement(root, "image", {k: str(v) for k, v in about.items()})
            if not one.is_empty:
                _skeleton(image, one)
        ElementTree.indent(root)
        ElementTree.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def _skeleton(image: ElementTree.Element, one: LabelledPicture) -> None:
    about = {"label": "infant", "source": "manual", "z_order": "0"}
    skeleton = ElementTree.SubElement(image, "skeleton", about)
    for name, (x, y, state) in zip(INFANT13.keypoints, one.points_k3.tolist(), strict=True):
        ElementTree.SubElement(
            skeleton,
            "points",
            {
                "label": name,
                "outside": str(int(state == 0)),
                "occluded": str(int(state == 1)),
                "points": f"{x:.3f},{y:.3f}",
            },
        )


def _picture(image: ElementTree.Element, path: Path) -> LabelledPicture:
    name = image.get("name", "")
    where = f"{path}: image {name or image.get('id')}"
    width, height = numbers([image.get("width"), image.get("height")], 2, where)
    skeletons = image.findall("skeleton")
    if len(skeletons) > 1:
        raise FormatError(f"{where}: holds {len(skeletons)} skeletons; one infant a picture")
    points_k3 = absent()
    for skeleton in skeletons:
        found = {point.get("label", ""): point for point in skeleton.findall("points")}
        for k, label in enumerate(INFANT13.keypoints):
            if label not in found:
                raise FormatError(f"{where}: has no point {label}")
            points_k3[k] = _point(found[label], f"{where}: {label}")
    size_wh = (int(width), int(height))
    return LabelledPicture(name, size_wh, points_k3, image.get("subset", ""))


def _point(point: ElementTree.Element, where: str) -> tuple[float, float, int]:
    if point.get("outside") == "1":
        return 0.0, 0.0, 0
    x, y = numbers(point.get("points", "").split(","), 2, where)
    return x, y, 1 if point.get("occluded") == "1" else 2
