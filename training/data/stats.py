"""What a dataset holds: pictures, infants, sides, strata and points, to be read before training."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from pipeline.skeleton import Skeleton
from training.data.coco import read_pictures
from training.data.identity import group_of, is_known
from training.data.version import read_version

# Strata that figures are broken down by, where the pictures say them.
STRATA = ("posture", "covered", "light", "head_side", "carer", "dressed", "tone")
_MOST_VALUES = 12


def stats_of(folder: Path, skeleton: Skeleton) -> dict[str, Any]:
    """Count a dataset folder; raise ``DatasetError`` where it cannot be read."""
    pictures = read_pictures([folder], skeleton)
    version = read_version(folder)
    groups = [group_of(image, folder) for image in pictures.strata]
    sides = Counter(version.side_of(group) if version else "train" for group in groups)
    visibility = pictures.keypoints_nkc[~pictures.empty_n, :, 2]
    return {
        "folder": str(folder),
        "version": version.hash if version else None,
        "pictures": len(pictures),
        "without_infant": int(pictures.empty_n.sum()),
        "infants_or_sources": len({group for group in groups if is_known(group)}),
        "pictures_of_unknown_infant": sum(not is_known(group) for group in groups),
        "sides": dict(sides),
        "strata": _strata(pictures.strata),
        "points": {
            name: {
                "visible": int((visibility[:, k] == 2).sum()),
                "occluded": int((visibility[:, k] == 1).sum()),
                "absent": int((visibility[:, k] == 0).sum()),
            }
            for k, name in enumerate(skeleton.keypoints)
        },
    }


def _strata(images: tuple[dict[str, Any], ...]) -> dict[str, dict[str, int]]:
    found = {}
    for key in STRATA:
        counts = Counter(str(image[key]) for image in images if key in image)
        if 0 < len(counts) <= _MOST_VALUES:
            found[key] = dict(counts.most_common())
    return found
