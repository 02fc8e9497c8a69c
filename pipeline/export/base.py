"""What is exported, and the registry of formats."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import CotsideError
from pipeline.skeleton import INFANT13, Skeleton

NOTE = "Research use only. Not a medical device."


class ExportError(CotsideError):
    """Keypoints that cannot be exported: an unknown format, a library or a recording not there."""


@dataclass(frozen=True, slots=True)
class Take:
    """One recording as it may leave the house.

    ``times_s``: (T,) since the first frame. ``keypoints_tkc``: (T, K, 2) px of the picture, NaN =
    absent; ``scores_tk``: (T, K) 0..1, 0 where absent; ``flags_t``: (T,). ``subject``: a pseudonym.
    ``started``: when it began, by whole days not the true time unless that was asked for.
    ``size_wh``: of the last picture.
    """

    times_s: NDArray[np.float64]
    keypoints_tkc: NDArray[np.float32]
    scores_tk: NDArray[np.float32]
    flags_t: NDArray[np.uint16]
    subject: str
    started: datetime
    size_wh: tuple[int, int]
    fps: float
    model: str
    software: str
    skeleton: Skeleton = INFANT13

    @property
    def name(self) -> str:
        """Return a name for the video that these keypoints belong to."""
        return f"{self.subject}.mp4"


class Exporter(Protocol):
    """Write a take to a file."""

    def __call__(self, take: Take, path: Path, /) -> None:
        """Write it; library errors may pass, ``export`` translates them."""


_EXPORTERS: dict[str, tuple[Exporter, str]] = {}
_E = TypeVar("_E", bound=Exporter)


def exporter(name: str, suffix: str) -> Callable[[_E], _E]:
    """Register a function as the format ``name``; its library insists on ``suffix``."""

    def register(function: _E) -> _E:
        _EXPORTERS[name] = (function, suffix)
        return function

    return register


def format_names() -> list[str]:
    """Return the names of the formats."""
    return sorted(_EXPORTERS)


def export(take: Take, format_name: str, path: Path) -> None:
    """Write a take in a format, whole or not at all; raise ``ExportError`` in one line."""
    if format_name not in _EXPORTERS:
        raise ExportError(f"no format {format_name!r}; there are {', '.join(format_names())}")
    if path.exists():
        raise ExportError(f"{path}: is there already; give another --out")
    function, suffix = _EXPORTERS[format_name]
    part = path.with_name(f".{path.name}.part{suffix}")
    try:
        function(take, part)
        part.replace(path)
    except CotsideError:
        raise
    except OSError as error:
        raise ExportError(f"{path}: cannot be written: {error.strerror or error}") from None
    except Exception as error:  # each library has errors of its own
        raise ExportError(f"{path}: {format_name} could not be written: {error}") from error
    finally:
        part.unlink(missing_ok=True)


def needed(module: str, format_name: str) -> Any:
    """Import a library that not every installation has; raise ``ExportError`` saying how to."""
    try:
        return import_module(module)
    except ImportError:
        raise ExportError(
            f"{format_name} needs {module.partition('.')[0]}, which is not installed; "
            "run: uv sync --group science"
        ) from None
