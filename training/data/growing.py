"""A set of labels that grows: each version knows the one before, and infants keep their side."""

from __future__ import annotations

import hashlib
import shutil
from collections import Counter
from pathlib import Path

from pipeline.skeleton import INFANT13
from training.data.check import read_document
from training.data.identity import group_of
from training.data.importing import import_document
from training.data.version import Version, read_version, write_version
from training.errors import DatasetError


def grow(labels: Path, out: Path, before: Path | None, val: float = 0.2) -> Version:
    """Make a version of a labelled folder, after ``before`` where there is one; return it.

    Every infant of the version before keeps its side. A new one goes where pictures are wanting:
    to training first, then to validation until that has the share ``val`` of the pictures. Each
    version says the side of all its infants. Raises ``DatasetError``, and then nothing is left.
    """
    parent = None if before is None else read_version(before)
    known = {} if parent is None else _sides(parent)
    document = read_document(labels / "annotations.json")
    sizes = Counter(group_of(image, out) for image in document.entries("images"))
    import_document(document, out, INFANT13)
    split = sides_of(sizes, known, val)
    lineage = () if parent is None else (parent.hash,)
    try:
        return write_version(out, {"by": "annotations", "val": val}, lineage, split)
    except (DatasetError, OSError):
        shutil.rmtree(out)
        raise


def sides_of(sizes: Counter[str], known: dict[str, str], val: float) -> dict[str, list[str]]:
    """Return side → groups; ``sizes`` counts each group's pictures, ``known`` is kept as it is."""
    counts = Counter({"train": 0, "val": 0})
    split: dict[str, list[str]] = {}
    for group in sorted(sizes, key=lambda one: (one not in known, _draw(one))):
        wanting = counts["train"] > 0 and counts["val"] < val * counts.total()
        side = known.get(group) or ("val" if wanting else "train")
        split.setdefault(side, []).append(group)
        counts[side] += sizes[group]
    return split


def _draw(group: str) -> str:
    """Return what new groups are ordered by: chance, but always the same."""
    return hashlib.sha256(group.encode()).hexdigest()


def _sides(version: Version) -> dict[str, str]:
    return {group: side for side, groups in version.split.items() for group in groups}
