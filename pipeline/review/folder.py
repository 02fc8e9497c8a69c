"""The folder of a review's results: who may write there, what is called how, what was begun."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import unicodedata
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from db.folders import RUN_FILE
from pipeline.errors import ReviewError
from pipeline.review.whole import write_whole

VIDEOS_FOLDER, _LOCK_FILE = "videos", ".lock"
_SLUG_LENGTH = 40


@dataclass(frozen=True, slots=True)
class RunMark:
    """What a run is begun with and has to go on with."""

    model_sha256: str
    blur_faces: bool


def open_folder(out: Path, mark: RunMark, *, resume: bool) -> str:
    """Make the folder, or find the run that was begun in it; return the run's id.

    Raises ``ReviewError`` for a folder that holds something else, or a run of another model, or
    one whose faces are blurred otherwise.
    """
    run_file = out / RUN_FILE
    if stored_path(out) != str(out):
        raise ReviewError(f"{stored_path(out)}: holds letters that are none; give another --out")
    try:
        if run_file.exists():
            if not resume:
                raise ReviewError(f"{out}: holds a review already; give --resume, or another --out")
            begun = json.loads(run_file.read_text(encoding="utf-8"))
            if begun["model_sha256"] != mark.model_sha256:
                raise ReviewError(f"{out}: was begun with another model; give --model, or --out")
            if begun.get("blur_faces", False) != mark.blur_faces:
                how = "without" if mark.blur_faces else "with"
                raise ReviewError(f"{out}: was begun {how} --blur-faces; go on so, or give --out")
            return str(begun["run"])
        if out.exists() and any(out.iterdir()):
            raise ReviewError(f"{out}: is not empty and holds no review; give another --out")
        (out / VIDEOS_FOLDER).mkdir(parents=True, exist_ok=True)
        run = str(uuid.uuid4())
        begun = {"run": run, **asdict(mark), "state": "running"}
        write_whole(run_file, json.dumps(begun))
        return run
    except (ValueError, KeyError, TypeError):
        raise ReviewError(f"{run_file}: cannot be read; give another --out") from None
    except OSError as error:
        raise ReviewError(f"{out}: cannot be used: {error.strerror}") from None


def begun_with(out: Path) -> str | None:
    """Return the hash of the model that the review in a folder was begun with; None: no review."""
    try:
        return str(json.loads((out / RUN_FILE).read_text(encoding="utf-8"))["model_sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


@contextmanager
def locked(out: Path) -> Iterator[None]:
    """Hold the folder for one review; raise ``ReviewError`` while another one works in it."""
    with (out / _LOCK_FILE).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ReviewError(f"{out}: another review is working in it") from None
        yield


def folder_name(path: Path) -> str:
    """Return a safe folder name for a file's results: a few letters of its name and a hash of all.

    Letters without accents, digits, ``-`` and ``_`` only, whatever the file is called.
    """
    plain = unicodedata.normalize("NFKD", path.stem).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^A-Za-z0-9_]+", "-", plain).strip("-")[:_SLUG_LENGTH] or "video"
    return f"{slug}-{hashlib.sha256(str(path).encode('utf-8', 'surrogateescape')).hexdigest()[:10]}"


def stored_path(path: Path) -> str:
    """Return a path as a database can hold it; what is no UTF-8 as backslashes and digits."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def shown_name(name: str) -> str:
    """Return a file's name as it may be shown and stored: no control characters, no broken ones."""
    name = name.encode("utf-8", "replace").decode("utf-8")
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name)
