"""Which files of what was given are to be reviewed: by their content, not by their names."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from pipeline.errors import ReviewError

_VIDEO_SUFFIXES = set(
    ".mp4 .m4v .mov .3gp .mkv .webm .avi .ts .m2ts .mts .mpg .mpeg .wmv .asf .flv .mxf .ogv "
    ".h264 .hevc .mjpeg".split()
)
_TRANSPORT_PACKETS = (188, 192, 204)


def find_videos(given: Iterable[Path]) -> list[Path]:
    """Return the files given, and those in the folders given that are videos by name or content.

    Each once, in the order given, a folder's in the order of names. Raises ``ReviewError`` for a
    path that is not there, and when nothing is left to review.
    """
    found: dict[Path, None] = {}
    for path in given:
        if path.is_dir():
            found.update((file.absolute(), None) for file in videos_in(path))
        elif path.exists() or path.is_symlink():
            found[path.absolute()] = None
        else:
            raise ReviewError(f"{path}: there is no such file or folder")
    if not found:
        raise ReviewError("there is no video in what was given")
    return list(found)


def videos_in(folder: Path) -> Iterator[Path]:
    """Yield the videos of a folder and of those in it; hidden ones and links elsewhere stay out."""
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(place) / name
            if name.startswith(".") or not path.is_file():
                continue
            if path.suffix.lower() in _VIDEO_SUFFIXES or looks_like_video(path):
                yield path


def looks_like_video(path: Path) -> bool:
    """Tell by its first bytes whether a file is of a kind that holds video."""
    try:
        with path.open("rb") as file:
            head = file.read(1024)
    except OSError:
        return False
    return (
        head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide")
        or head.startswith((b"\x1a\x45\xdf\xa3", b"FLV\x01", b"\x30\x26\xb2\x75", b"\0\0\x01\xba"))
        or (head.startswith(b"RIFF") and head[8:12] == b"AVI ")
        or any(_repeats_sync(head, packet) for packet in _TRANSPORT_PACKETS)
    )


def breaks_off(path: Path) -> bool:
    """Tell whether a transport stream ends in the middle of a packet; raise ``OSError``.

    It has no index, so nothing else tells that it was cut; cut between two packets, it is whole.
    """
    with path.open("rb") as file:
        head = file.read(1024)
    sizes = [packet for packet in _TRANSPORT_PACKETS if _repeats_sync(head, packet)]
    return bool(sizes) and path.stat().st_size % sizes[0] != 0


def _repeats_sync(head: bytes, packet: int) -> bool:
    first = 4 if packet == 192 else 0
    marks = head[first::packet]
    return len(marks) >= 4 and set(marks) == {0x47}
