"""Files that appear under their names only when they are whole."""

from __future__ import annotations

import os
import uuid
from pathlib import Path

_HALF = ".part"


def half_file(path: Path) -> Path:
    """Return a name for a file until it is whole; a new one each time.

    A worker that was given up, and is not dead after all, then writes into no other's file.
    """
    return path.with_name(f"{path.name}.{uuid.uuid4().hex[:8]}{_HALF}")


def remove_half_files(folder: Path) -> None:
    """Remove what workers that were ended left unfinished below a folder."""
    for path in folder.rglob(f"*{_HALF}"):
        path.unlink(missing_ok=True)


def write_whole(path: Path, text: str) -> None:
    """Write a text file whole or not at all, and have it on the disk."""
    part = half_file(path)
    with part.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
