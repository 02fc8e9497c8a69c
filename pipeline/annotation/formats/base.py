"""What every format reads and writes, and the registry of formats."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar

import cv2
import numpy as np

from pipeline.annotation.points import ABSENT, Points, fault_of
from pipeline.errors import CotsideError
from pipeline.skeleton import INFANT13


class FormatError(CotsideError):
    """A file of labels that cannot be read or written: where, what is wrong."""


@dataclass(frozen=True, slots=True)
class LabelledPicture:
    """One picture and its points.

    ``file``: its name within the folder of pictures. ``points_k3``: (13, 3) x, y, state; all absent
    for a picture without an infant. ``subject``: a pseudonym, '' where nobody knows. ``about``:
    what else is known of it, kept by the formats that have room for it (COCO).
    """

    file: str
    size_wh: tuple[int, int]
    points_k3: Points
    subject: str = ""
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Tell whether no point is placed."""
        return not (self.points_k3[:, 2] > ABSENT).any()


class Format(Protocol):
    """One format. ``keeps_occluded``: it tells occluded from visible; else both read as visible.

    ``target``: the file (or folder) that holds the labels within an export.
    """

    name: ClassVar[str]
    target: ClassVar[str]
    keeps_occluded: ClassVar[bool]

    def read(self, path: Path, images: Path) -> list[LabelledPicture]:
        """Read a file; ``images``: where its pictures lie. Raises ``FormatError``."""

    def write(self, pictures: Sequence[LabelledPicture], path: Path) -> None:
        """Write a file."""


_FORMATS: dict[str, Format] = {}
_F = TypeVar("_F", bound=type[Any])


def register(kind: _F) -> _F:
    """Register a class as a format."""
    _FORMATS[kind.name] = kind()
    return kind


def format_names() -> list[str]:
    """Return the names of the formats."""
    return sorted(_FORMATS)


def format_named(name: str) -> Format:
    """Return a format; raise ``FormatError`` naming the known ones."""
    if name not in _FORMATS:
        raise FormatError(f"no format {name!r}; there are {', '.join(format_names())}")
    return _FORMATS[name]


def read_labels(name: str, path: Path, images: Path) -> list[LabelledPicture]:
    """Read and check a file of labels; raise ``FormatError`` in one line naming the place."""
    try:
        pictures = format_named(name).read(path, images)
    except CotsideError:
        raise
    except OSError as error:
        raise FormatError(f"{path}: cannot be read: {error.strerror or error}") from None
    except Exception as error:  # each library has errors of its own
        raise FormatError(f"{path}: is not {name}: {_line(error)}") from error
    for picture in pictures:
        _check(picture, path)
    names = [picture.file for picture in pictures]
    twice = next((one for one in names if names.count(one) > 1), None) if names else None
    if twice is not None:
        raise FormatError(f"{path}: {twice}: stands there twice; one infant a picture")
    return pictures


def write_labels(name: str, pictures: Sequence[LabelledPicture], path: Path) -> None:
    """Write labels; raise ``FormatError`` in one line."""
    try:
        format_named(name).write(pictures, path)
    except CotsideError:
        raise
    except OSError as error:
        raise FormatError(f"{path}: cannot be written: {error.strerror or error}") from None


def _check(picture: LabelledPicture, path: Path) -> None:
    file = Path(picture.file)
    if file.is_absolute() or ".." in file.parts or not file.name:
        raise FormatError(f"{path}: {picture.file!r}: leads out of the folder of pictures")
    for name, triple in zip(INFANT13.keypoints, picture.points_k3.tolist(), strict=True):
        fault = fault_of(triple, picture.size_wh)
        if fault:
            raise FormatError(f"{path}: {picture.file}: {name}: {fault}")


def _line(error: Exception) -> str:
    return f"{type(error).__name__} {error}".strip().splitlines()[0][:200]


def size_of(path: Path, where: str) -> tuple[int, int]:
    """Return a picture's (width, height); raise ``FormatError`` where it is missing."""
    image = cv2.imread(str(path), cv2.IMREAD_COLOR) if path.is_file() else None
    if image is None:
        raise FormatError(f"{where}: the picture {path} is missing or not a picture")
    return image.shape[1], image.shape[0]


def places_of(names: Iterable[str], where: str) -> list[int]:
    """Return where each of our points stands in a file's list of names."""
    theirs = list(names)
    missing = [name for name in INFANT13.keypoints if name not in theirs]
    if missing:
        raise FormatError(f"{where}: has no point {', '.join(missing)}")
    return [theirs.index(name) for name in INFANT13.keypoints]


def numbers(values: Sequence[Any], count: int, where: str) -> list[float]:
    """Return so many numbers; raise ``FormatError`` where there are others."""
    try:
        found = [float(value) for value in values]
    except (TypeError, ValueError):
        raise FormatError(f"{where}: holds something that is no number") from None
    if len(found) != count:
        raise FormatError(f"{where}: holds {len(found)} numbers, not {count}")
    return found


def absent() -> Points:
    """Return thirteen absent points."""
    return np.zeros((len(INFANT13), 3))


def without_places(points_k3: Points) -> Points:
    """Return points of which the absent have no place: some tools leave a click behind."""
    return np.where(points_k3[:, 2:] > 0, points_k3, 0.0)


def box_of(points_k3: Points) -> tuple[float, float, float, float]:
    """Return left, top, width and height of the placed points, at least a pixel each way."""
    placed = points_k3[points_k3[:, 2] > 0, :2]
    low, high = placed.min(axis=0), placed.max(axis=0)
    width, height = np.maximum(high - low, 1.0)
    return float(low[0]), float(low[1]), float(width), float(height)


def read_json(path: Path) -> Any:
    """Read JSON; raise ``FormatError`` naming the line where it breaks off."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise FormatError(f"{path}: line {error.lineno}: is not JSON: {error.msg}") from None
    except UnicodeDecodeError:
        raise FormatError(f"{path}: is not text") from None
