"""Fetch a file whole: resumed where it was cut, checked, and never half there."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.errors import DownloadError
from training.files import file_sha256

_CHUNK_BYTES = 1 << 20
_TIMEOUT_S = 30.0
_TRIES = 5

Progress = Callable[[int, int | None], None]


@dataclass(frozen=True, slots=True)
class Remote:
    """A file elsewhere: where, how large, and how its SHA-256 begins (all of it, or what is known).

    ``size_bytes`` None: what the server says.
    """

    address: str
    sha256: str
    size_bytes: int | None = None

    @property
    def file_name(self) -> str:
        """Return the last part of the address."""
        return self.address.rsplit("/", 1)[-1]


def fetch(remote: Remote, folder: Path, progress: Progress = lambda done, total: None) -> Path:
    """Return the file in ``folder``, fetched if it is not there yet.

    A connection that is cut is taken up where it ended, here and at the next call. ``progress``
    gets bytes so far and in all (None: not known). The whole SHA-256 is written down beside the
    file, and a file that no longer has it is refused. Raises ``DownloadError`` in one line.
    """
    path = folder / remote.file_name
    seal = path.with_name(path.name + ".sha256")
    if path.is_file():
        _refuse_changed(
            path, seal.read_text("utf-8").split()[0] if seal.is_file() else remote.sha256
        )
        return path
    part = path.with_name(path.name + ".part")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _complete(remote, part, progress)
        found = _check(remote, part)
        seal.write_text(f"{found}  {path.name}\n", encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise DownloadError(f"{part}: cannot be written: {error.strerror or error}") from error
    return path


def _complete(remote: Remote, part: Path, progress: Progress) -> None:
    """Ask for what is missing until all is there; give up when a try brought nothing new."""
    why = "the connection was cut"
    for _ in range(_TRIES):
        before = _size(part)
        try:
            if _append(remote, part, progress):
                return
        except (urllib.error.URLError, http.client.HTTPException, TimeoutError) as error:
            _refuse_if_final(remote, error)
            why = _reason(error)
        except ConnectionError as error:
            why = _reason(error)
        if _size(part) == before:
            break
    raise DownloadError(
        f"{remote.address}: {why} after {_size(part)} bytes; run again to go on from there"
    )


def _append(remote: Remote, part: Path, progress: Progress) -> bool:
    """Append what the server gives from where the file ends; tell whether that was all."""
    start = _size(part)
    request = urllib.request.Request(remote.address, headers={"Range": f"bytes={start}-"})
    with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:
        resumed = answer.status == http.client.PARTIAL_CONTENT
        start = start if resumed else 0
        length = answer.headers.get("Content-Length")
        total = start + int(length) if length is not None else remote.size_bytes
        _refuse_other_size(remote, total)
        with part.open("ab" if resumed else "wb") as file:
            _copy(answer, file, start, total, progress)
    return total is None or _size(part) == total


def _copy(answer: Any, file: Any, start: int, total: int | None, progress: Progress) -> None:
    done = start
    while chunk := answer.read(_CHUNK_BYTES):
        file.write(chunk)
        done += len(chunk)
        progress(done, total)


def _check(remote: Remote, part: Path) -> str:
    found = file_sha256(part)
    if not found.startswith(remote.sha256):
        part.unlink()
        raise DownloadError(
            f"{remote.address}: its SHA-256 begins with {found[:12]}, not {remote.sha256[:12]}; "
            "it is not the published file and was deleted"
        )
    return found


def _refuse_changed(path: Path, sha256: str) -> None:
    found = file_sha256(path)
    if not found.startswith(sha256):
        raise DownloadError(
            f"{path}: was changed: its SHA-256 begins with {found[:12]}, not {sha256[:12]}; "
            "delete it to have it fetched again"
        )


def _refuse_other_size(remote: Remote, total: int | None) -> None:
    if None not in (remote.size_bytes, total) and total != remote.size_bytes:
        raise DownloadError(
            f"{remote.address}: holds {total} bytes, not {remote.size_bytes}; "
            "it is not the published file"
        )


def _refuse_if_final(remote: Remote, error: Exception) -> None:
    """Raise at once what asking again will not mend."""
    if isinstance(error, urllib.error.HTTPError):
        raise DownloadError(f"{remote.address}: the server answered {error.code}") from error


def _reason(error: Exception) -> str:
    return str(getattr(error, "reason", None) or error) or type(error).__name__


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0
