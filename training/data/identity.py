"""Who is in a picture: what splits go by, so that no infant is learned from and measured on."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def group_of(image: dict[str, Any], folder: Path) -> str:
    """Return the group of pictures that must stay together, by COCO's entry of one of them.

    The infant's pseudonym where it is known; else the recording or source it came from; else the
    seed of a rendered one; else the picture is a group of its own.
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
    return f"picture {folder.absolute() / 'images' / str(image.get('file_name'))}"


def is_known(group: str) -> bool:
    """Tell whether a group is more than the picture itself."""
    return not group.startswith("picture ")
