"""What is remembered of a part besides its frames, until its file is settled.

A note is written before the part's frames are stored: where frames are, their note is.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from db.folders import THUMBNAIL_FILE
from pipeline.review.part import PartResult
from pipeline.review.plan import Part
from pipeline.review.whole import write_whole


@dataclass(frozen=True, slots=True)
class PartNote:
    """``last_us``: time of the part's last frame since the video's start, 0 when it has none.

    ``sureness``: mean score of the thumbnail's pose; ``line``: why the part failed, or ''.
    """

    last_us: int
    bad_times: int
    sureness: float = -1.0
    line: str = ""

    @classmethod
    def of(cls, result: PartResult) -> PartNote:
        """Make the note of a part that came back."""
        times_us = result.block.times_us
        last_us = int(times_us[-1]) if len(times_us) else 0
        return cls(last_us, result.bad_times, result.thumbnail[0])


def write_note(folder: Path, part: Part, note: PartNote, thumbnail: bytes = b"") -> None:
    """Write the note of a part, and its thumbnail."""
    if thumbnail:
        (folder / f"{part.number:05d}.jpg").write_bytes(thumbnail)
    write_whole(folder / f"{part.number:05d}.json", json.dumps(asdict(note)))


def read_note(folder: Path, part: Part) -> PartNote | None:
    """Return the note of a part; None where there is none, or none that can be read."""
    try:
        text = (folder / f"{part.number:05d}.json").read_text(encoding="utf-8")
        return PartNote(**json.loads(text))
    except (OSError, ValueError, TypeError):
        return None


def keep_best_thumbnail(folder: Path, parts: tuple[Part, ...], out: Path) -> None:
    """Copy the thumbnail of the surest part."""
    notes = {part.number: read_note(folder, part) for part in parts}
    sureness = {number: note.sureness for number, note in notes.items() if note is not None}
    for number in sorted(sureness, key=lambda number: -sureness[number]):
        picture = folder / f"{number:05d}.jpg"
        if picture.exists():
            (out / THUMBNAIL_FILE).write_bytes(picture.read_bytes())
            return
