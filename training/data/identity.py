"""Who is in a picture: what splits go by, so that no infant is learned from and measured on."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

_ALONE = "picture "


def group_of(image: dict[str, Any], folder: Path) -> str:
    """Return the group of pictures that must stay together, by COCO's entry of one of them.

    The infant's pseudonym where it is known; else the recording or source it came from; else the
    seed of a rendered one; else the picture is a group of its own, by its content: a split must
    hold wherever the folder is moved to, and however the file is called there.
    """
    infant = image.get("infant")
    # Rendered sets say by true or false whether an infant is there.
    if infant not in (None, "") and not isinstance(infant, bool):
        return f"infant {infant}"
    for key in ("source", "image_source"):
        if image.get(key):
            return f"source {image[key]}"
    if "seed" in image:
        return f"rendered seed {image['seed']}"
    return _ALONE + _content_of(folder.absolute() / "images" / str(image.get("file_name")))


def is_known(group: str) -> bool:
    """Tell whether a group is more than the picture itself."""
    return not group.startswith(_ALONE)


def by_content(group: str, folder: Path) -> str:
    """Return a group as :func:`group_of` names it; older splits name lone pictures by their path.

    Such a path is that of the folder when it was split: the file is looked for where it is now.
    """
    name = group.rpartition("/images/")[2]
    path = folder.absolute() / "images" / name
    if is_known(group) or name == group or not path.is_file():
        return group
    return _ALONE + _content_of(path)


def _content_of(path: Path) -> str:
    try:
        return _digest(path, path.stat().st_mtime_ns)
    except OSError:
        # A missing picture is said where pictures are checked or read.
        return str(path)


@lru_cache(maxsize=100_000)
def _digest(path: Path, changed_ns: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]
