"""Videos sent from a browser: streamed to the disk, judged by content, kept under an id of ours.

What a person calls a file never becomes a path: the name stands in a note beside it. A file appears
under its id only when all of it has come; half a one is removed at once, what a killed server left
of one a day later, and a whole one that no review took up after ``keep_uploads_days``.
"""

from __future__ import annotations

import json
import re
import shutil
import time
import uuid
from collections.abc import Container
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType

from pipeline.errors import CotsideError
from pipeline.review.finding import looks_like_video
from pipeline.review.folder import shown_name
from pipeline.review.whole import write_whole

MOST_LETTERS = 200
_HEAD_BYTES = 1024
_ROOM_LEFT_BYTES = 2_000_000_000
_LEFT_AFTER_S = 24 * 3600
_ID = re.compile(r"[0-9a-f]{32}")


class UploadRefused(CotsideError):
    """A file that is not taken; ``status`` is HTTP's word for why."""

    def __init__(self, line: str, status: int) -> None:
        super().__init__(line)
        self.status = status


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came whole. ``name``: as its sender called it, fit to be shown."""

    id: str
    name: str
    by: str
    bytes: int


class Uploads:
    """The folder of files that were sent."""

    def __init__(self, folder: Path, most_bytes: int) -> None:
        self._folder, self.most_bytes = folder, most_bytes

    def begin(self, name: str, by: str, announced: int | None) -> Receiving:
        """Begin to take a file of ``announced`` bytes (None: it does not say).

        Raises ``UploadRefused`` for one that is too large for the limit or the disk.
        """
        if announced is not None and announced > self.most_bytes:
            raise UploadRefused(too_large(self.most_bytes), 413)
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        room = shutil.disk_usage(self._folder).free - _ROOM_LEFT_BYTES
        if (announced or 0) > room:
            raise UploadRefused("there is not enough room for it on the server", 507)
        id_ = uuid.uuid4().hex
        return Receiving(self._folder / f"{id_}.part", plain_name(name), by, announced, self)

    def keep(self, part: Path, name: str, by: str) -> Upload:
        """Let a file that came whole appear."""
        made = Upload(part.stem, name, by, part.stat().st_size)
        write_whole(self._note(made.id), json.dumps(asdict(made)))
        part.replace(self.path(made.id))
        return made

    def path(self, upload_id: str) -> Path:
        """Return where a file lies; raise ``ValueError`` for what is no id of ours."""
        if not _ID.fullmatch(upload_id):
            raise ValueError("no upload has such an id")
        return self._folder / upload_id

    def find(self, upload_id: str) -> Upload | None:
        """Return a file that came whole, or None."""
        try:
            if not self.path(upload_id).is_file():
                return None
            return Upload(**json.loads(self._note(upload_id).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def clear(self, taken: Container[str], keep_s: float) -> list[str]:
        """Remove what no review took: halves a day old, whole files older than ``keep_s``.

        ``taken``: the ids of files that belong to a review. Returns the ids of whole files removed.
        """
        removed = []
        for path in list(self._folder.glob("*")):
            age_s = time.time() - _modified_s(path)
            if path.suffix == ".part":
                if age_s > _LEFT_AFTER_S:
                    path.unlink(missing_ok=True)
            elif path.stem not in taken and age_s > keep_s:
                path.unlink(missing_ok=True)
                removed += [] if path.suffix else [path.name]
        return removed

    def _note(self, upload_id: str) -> Path:
        return self._folder / f"{upload_id}.json"


class Receiving:
    """A file on its way; leaving the block without ``finish`` removes it."""

    def __init__(
        self, part: Path, name: str, by: str, announced: int | None, uploads: Uploads
    ) -> None:
        self._part, self._name, self._by = part, name, by
        self._announced, self._uploads = announced, uploads
        self._file = part.open("wb")
        self._n_bytes = 0
        self._is_judged = False

    def __enter__(self) -> Receiving:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()
        self._part.unlink(missing_ok=True)

    def take(self, content: bytes) -> None:
        """Take the next bytes; raise ``UploadRefused`` for too many, and for what is no video."""
        self._n_bytes += len(content)
        if self._n_bytes > self._uploads.most_bytes:
            raise UploadRefused(too_large(self._uploads.most_bytes), 413)
        self._file.write(content)
        if not self._is_judged and self._n_bytes >= _HEAD_BYTES:
            self._judge()

    def finish(self) -> Upload:
        """Keep the file; raise ``UploadRefused`` where bytes are missing or it is no video."""
        if self._announced is not None and self._n_bytes != self._announced:
            raise UploadRefused(f"only {self._n_bytes} of {self._announced} bytes came", 400)
        self._judge()
        self._file.close()
        return self._uploads.keep(self._part, self._name, self._by)

    def _judge(self) -> None:
        self._file.flush()
        if not looks_like_video(self._part):
            raise UploadRefused(
                "is not a video that can be read (MP4, MOV, MKV, AVI, MPEG-TS …)", 415
            )
        self._is_judged = True


def _modified_s(path: Path) -> float:
    """Return when a file was written; now for one that has just gone."""
    try:
        return path.stat().st_mtime
    except OSError:
        return time.time()


def plain_name(name: str) -> str:
    """Return a file's name fit to be shown: the last part of a path, of at most 200 letters."""
    last = re.split(r"[/\\]", name)[-1].strip()
    if last in ("", ".", ".."):
        last = "video"
    if len(last) > MOST_LETTERS:
        stem, dot, suffix = last.rpartition(".")
        tail = f"{dot}{suffix}" if stem and len(suffix) <= 8 else ""
        last = f"{last[: MOST_LETTERS - 1 - len(tail)]}…{tail}"
    return shown_name(last)


def too_large(most_bytes: int) -> str:
    """Say what may be sent."""
    return f"is too large: at most {most_bytes / 1e9:g} GB; put it into the server's folder instead"
