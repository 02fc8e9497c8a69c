"""A dataset's version: the hash of what is in it, how it came about, and which side each is on.

``version.json`` beside ``annotations.json``::

    {"format": 1, "hash": …, "annotations_sha256": …, "made": {"by": "import", …},
     "parents": [hash, …], "split": {"val": ["infant a", …], "test": […]}}

The hash covers annotations, pictures and split. Groups that no side names are for training.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from training.data.check import read_document
from training.data.identity import by_content, group_of
from training.errors import DatasetError

Side = Literal["train", "val", "test"]
SIDES: tuple[Side, ...] = ("train", "val", "test")
VERSION_FILE = "version.json"
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Version:
    """What a dataset folder says of itself; ``split``: side → groups, those not named train."""

    hash: str
    annotations_sha256: str
    made: dict[str, Any]
    parents: tuple[str, ...] = ()
    split: dict[str, list[str]] = field(default_factory=dict)

    def side_of(self, group: str) -> Side:
        """Return the side on which a group of pictures stands."""
        for side in SIDES:
            if group in self.split.get(side, ()):
                return side
        return "train"


def read_version(folder: Path) -> Version | None:
    """Read a folder's version; None where it has none.

    Raises ``DatasetError`` where the annotations were changed since, so that a hash never stands
    for something else.
    """
    path = folder / VERSION_FILE
    if not path.is_file():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content.pop("format") != _FORMAT:
            raise DatasetError(f"{path}: is of a format that this program does not know")
        split = {
            side: [by_content(group, folder) for group in groups]
            for side, groups in content["split"].items()
        }
        version = Version(**(content | {"parents": tuple(content["parents"]), "split": split}))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DatasetError(f"{path}: cannot be read: {error}") from error
    if version.annotations_sha256 != _digest(folder / "annotations.json"):
        raise DatasetError(
            f"{folder}: annotations.json was changed since its version was made; "
            "import it as a new dataset"
        )
    return version


def write_version(
    folder: Path,
    made: dict[str, Any],
    parents: tuple[str, ...] = (),
    split: dict[str, list[str]] | None = None,
) -> Version:
    """Write the version of a folder's content as it is now; return it."""
    split = {side: sorted(groups) for side, groups in (split or {}).items() if groups}
    annotations = _digest(folder / "annotations.json")
    version = Version(_content_hash(folder, annotations, split), annotations, made, parents, split)
    part = folder / f"{VERSION_FILE}.part"
    content = {"format": _FORMAT} | asdict(version)
    part.write_text(json.dumps(content, indent=1, ensure_ascii=False), encoding="utf-8")
    part.replace(folder / VERSION_FILE)
    return version


def split_by_group(folder: Path, val: float, test: float, seed: int) -> dict[str, list[str]]:
    """Draw whole groups until each side has its share of pictures; return side → groups.

    Raises ``DatasetError`` where the groups are too few for the sides asked for.
    """
    images = read_document(folder / "annotations.json").entries("images")
    sizes: dict[str, int] = {}
    for image in images:
        group = group_of(image, folder)
        sizes[group] = sizes.get(group, 0) + 1
    order = list(np.random.default_rng(seed).permutation(sorted(sizes)))
    split: dict[str, list[str]] = {}
    for side, share in (("val", val), ("test", test)):
        wanted, got = share * len(images), 0
        while order and got < wanted:
            group = str(order.pop())
            split.setdefault(side, []).append(group)
            got += sizes[group]
    if not order:
        raise DatasetError(f"{folder}: {len(sizes)} infants or sources are too few for this split")
    return split


def split_by_hash(folder: Path, val: float, test: float, seed: int) -> dict[str, list[str]]:
    """Assign each group by a hash of its name alone; return side → groups.

    A group keeps its side however much data is added, and whatever the other groups are; the shares
    are those of groups, and true on average only.
    """
    images = read_document(folder / "annotations.json").entries("images")
    split: dict[str, list[str]] = {}
    for group in sorted({group_of(image, folder) for image in images}):
        digest = hashlib.sha256(f"{seed}/{group}".encode()).digest()
        place = int.from_bytes(digest[:8], "big") / 2**64
        if place < val + test:
            split.setdefault("val" if place < val else "test", []).append(group)
    return split


def _content_hash(folder: Path, annotations: str, split: dict[str, list[str]]) -> str:
    """Return the hash of annotations, pictures (in the order of their names) and split."""
    digest = hashlib.sha256(annotations.encode())
    images = read_document(folder / "annotations.json").entries("images")
    for name in sorted(str(image["file_name"]) for image in images):
        digest.update(f"{name}\0{_digest(folder / 'images' / name)}\0".encode())
    digest.update(json.dumps(split, sort_keys=True, ensure_ascii=False).encode())
    return digest.hexdigest()


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read: {error.strerror}") from error
