"""Read dataset folders: ``images/`` beside ``annotations.json`` in COCO's keypoint form.

One infant a picture. Keypoints are mapped to the skeleton by the names in the file's category. A
picture without an annotation is an empty cot: all its points are known to be absent.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.skeleton import Skeleton
from training.data.check import read_document
from training.data.identity import group_of
from training.data.version import Side, read_version
from training.errors import DatasetError


@dataclass(frozen=True, slots=True)
class PictureSet:
    """Pictures with their keypoints.

    ``keypoints_nkc``: (N, K, 3) float32 x, y, visibility 0/1/2; ``boxes_n4``: (N, 4) float32 left,
    top, width, height; ``empty_n``: (N,) bool, no infant in the picture; ``strata``: the image
    entries as they stand in the file; ``groups``: whom each shows (training/data/identity.py).
    """

    paths: tuple[Path, ...]
    keypoints_nkc: NDArray[np.float32]
    boxes_n4: NDArray[np.float32]
    empty_n: NDArray[np.bool_]
    strata: tuple[dict[str, Any], ...]
    groups: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.paths)

    def take(self, positions: Iterable[int]) -> PictureSet:
        """Return the pictures at these positions."""
        rows = list(positions)
        return PictureSet(
            paths=tuple(self.paths[row] for row in rows),
            keypoints_nkc=self.keypoints_nkc[rows],
            boxes_n4=self.boxes_n4[rows],
            empty_n=self.empty_n[rows],
            strata=tuple(self.strata[row] for row in rows),
            groups=tuple(self.groups[row] for row in rows),
        )

    def evenly(self, count: int) -> PictureSet:
        """Return ``count`` pictures taken evenly over all, or all where there are no more."""
        if count >= len(self):
            return self
        return self.take(position * len(self) // count for position in range(count))

    def halves(self) -> tuple[PictureSet, PictureSet]:
        """Return the pictures of every other infant, and the rest.

        Every other picture where all are of one infant.
        """
        order = {group: place for place, group in enumerate(dict.fromkeys(self.groups))}
        places = [order[group] for group in self.groups] if len(order) > 1 else range(len(self))
        sides = [[row for row, place in enumerate(places) if place % 2 == n] for n in (0, 1)]
        return self.take(sides[0]), self.take(sides[1])


def dataset_folders(roots: Iterable[Path]) -> list[Path]:
    """Return the dataset folders at or directly below the roots, sorted by name.

    Folders whose ``annotations.json`` is not there yet are left for later.
    """
    folders: list[Path] = []
    for root in roots:
        if (root / "annotations.json").is_file():
            folders.append(root)
        elif root.is_dir():
            folders += sorted(path.parent for path in root.glob("*/annotations.json"))
    return folders


def read_pictures(
    folders: Iterable[Path], skeleton: Skeleton, side: Side | None = None
) -> PictureSet:
    """Read all pictures of the folders; raise ``DatasetError`` naming file and id.

    ``side``: only that side of the folders whose version has a split; the others count whole.
    """
    parts = [_one_side(_read_folder(folder, skeleton), folder, side) for folder in folders]
    if not parts:
        raise DatasetError("no dataset folder with an annotations.json was found")
    return PictureSet(
        paths=tuple(path for part in parts for path in part.paths),
        keypoints_nkc=np.concatenate([part.keypoints_nkc for part in parts]),
        boxes_n4=np.concatenate([part.boxes_n4 for part in parts]),
        empty_n=np.concatenate([part.empty_n for part in parts]),
        strata=tuple(entry for part in parts for entry in part.strata),
        groups=tuple(group for part in parts for group in part.groups),
    )


def _one_side(pictures: PictureSet, folder: Path, side: Side | None) -> PictureSet:
    version = read_version(folder)
    if side is None or version is None or not version.split:
        return pictures
    rows = [row for row, group in enumerate(pictures.groups) if version.side_of(group) == side]
    return pictures.take(rows)


def _columns(document: dict[str, Any], skeleton: Skeleton, path: Path) -> dict[int, list[int]]:
    """Return, for each category id, where the skeleton's points stand in its list."""
    columns = {}
    for category in document.get("categories", []):
        names = category.get("keypoints", [])
        missing = [name for name in skeleton.keypoints if name not in names]
        if missing:
            raise DatasetError(f"{path}: category {category.get('id')} has no {', '.join(missing)}")
        columns[category["id"]] = [names.index(name) for name in skeleton.keypoints]
    return columns


def _read_folder(folder: Path, skeleton: Skeleton) -> PictureSet:
    path = folder / "annotations.json"
    document = read_document(path).content
    columns = _columns(document, skeleton, path)
    by_image = {}
    for annotation in document.get("annotations", []):
        if annotation["image_id"] in by_image:
            raise DatasetError(f"{path}: image {annotation['image_id']} has two annotations")
        by_image[annotation["image_id"]] = annotation
    images = document["images"]
    keypoints = np.zeros((len(images), len(skeleton), 3), np.float32)
    boxes = np.zeros((len(images), 4), np.float32)
    empty = np.ones(len(images), np.bool_)
    for row, image in enumerate(images):
        annotation = by_image.get(image["id"])
        boxes[row] = (0, 0, image["width"], image["height"])
        if annotation is None or not any(annotation["keypoints"][2::3]):
            continue
        points = np.asarray(annotation["keypoints"], np.float32).reshape(-1, 3)
        keypoints[row] = points[columns[annotation["category_id"]]]
        if not np.isfinite(keypoints[row]).all():
            raise DatasetError(f"{path}: annotation {annotation['id']} has a keypoint that is NaN")
        boxes[row] = annotation["bbox"]
        empty[row] = False
    return PictureSet(
        paths=tuple(folder / "images" / image["file_name"] for image in images),
        keypoints_nkc=keypoints,
        boxes_n4=boxes,
        empty_n=empty,
        strata=tuple(images),
        groups=tuple(group_of(image, folder) for image in images),
    )
