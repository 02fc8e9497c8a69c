"""A folder of pictures, shown one after the other in the natural order of their names."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.errors import SourceError, Unreachable, Unreadable
from pipeline.sources.addresses import path_of
from pipeline.sources.base import SourceSpec, StreamInfo, register
from pipeline.sources.container import ContainerSource
from pipeline.types import ImageArray

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp"})
DEFAULT_FPS = 10.0
_MICRO = 1_000_000


class _PictureFile(ContainerSource):
    """One picture file, judged by its content."""

    formats = "image2,jpeg_pipe,png_pipe,bmp_pipe,tiff_pipe,webp_pipe,mjpeg"
    protocols = "file"

    def address(self) -> str:
        return f"file:{self.spec.url}"

    def options(self) -> dict[str, str]:
        # Otherwise "%" in a name would be taken for a counter.
        return {"pattern_type": "none"}


@dataclass(slots=True)
class FolderPicture:
    """A picture read from its file; see ``pipeline.sources.base.Picture``."""

    image_hwc: ImageArray
    stream_us: int | None
    arrival_us: int
    arrival_ns: int
    jump: int

    @property
    def size_wh(self) -> tuple[int, int]:
        """Return (width, height)."""
        return self.image_hwc.shape[1], self.image_hwc.shape[0]


@register("folder")
class FolderSource:
    """Pictures of a folder at ``expected_fps`` (10 unless given); a damaged one is counted.

    Each round through the folder is a segment of its own, as with a looped file.
    """

    def __init__(self, spec: SourceSpec) -> None:
        self.spec = spec
        self.decode_errors = 0
        self.skipped = 0
        self._paths: list[Path] = []
        self._fps = spec.expected_fps or DEFAULT_FPS

    def open(self) -> StreamInfo:
        """List the pictures and look at the first that can be read."""
        folder = Path(path_of(self.spec.url)).expanduser().absolute()
        try:
            found = [path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES]
        except OSError as error:
            raise Unreachable(f"{folder.name}: {error.strerror}") from None
        self._paths = sorted((path for path in found if path.is_file()), key=_natural)
        if not self._paths:
            raise Unreadable(f"{folder.name}: holds no picture ({', '.join(sorted(SUFFIXES))})")
        info = self._first_info()
        n_frames = len(self._paths)
        return replace(
            info,
            fps=self._fps,
            live=self.spec.live,
            n_frames=n_frames,
            duration_s=n_frames / self._fps,
        )

    def _first_info(self) -> StreamInfo:
        error: SourceError | None = None
        for path in self._paths:
            source = _PictureFile(replace(self.spec, url=str(path), live=False))
            try:
                return source.open()
            except SourceError as caught:
                error = error or caught
            finally:
                source.close()
        raise error or Unreadable("holds no picture that can be read")

    def frames(self) -> Iterator[FolderPicture | None]:
        """Yield the pictures, paced and looped when played as a camera."""
        jump, number, start_ns = 0, 0, time.monotonic_ns()
        while True:
            good = 0
            for path in self._paths:
                if self.spec.live:
                    _wait_until(start_ns + round(number * 1e9 / self._fps))
                image_hwc = self._read(path)
                stream_us = round(number * _MICRO / self._fps)
                number += 1
                if image_hwc is None:
                    yield None
                    continue
                good += 1
                now_us, now_ns = time.time_ns() // 1000, time.monotonic_ns()
                yield FolderPicture(image_hwc, stream_us, now_us, now_ns, jump)
            if not self.spec.live or not self.spec.loop:
                return
            if not good:
                raise Unreadable("holds no picture that can be read")
            jump += 1

    def _read(self, path: Path) -> ImageArray | None:
        source = _PictureFile(replace(self.spec, url=str(path), live=False))
        try:
            source.open()
            picture = next((found for found in source.frames() if found is not None), None)
            image_hwc = None if picture is None else picture.image_hwc
        except SourceError:
            image_hwc = None
        finally:
            source.close()
        if image_hwc is None:
            self.decode_errors += 1
        return image_hwc

    def close(self) -> None:
        """Forget the list."""
        self._paths = []


def _natural(path: Path) -> list[tuple[int, int, str]]:
    """Sort key under which picture 10 follows picture 9."""
    parts = re.split(r"(\d+)", path.name)
    return [(1, int(part), "") if part.isdecimal() else (0, 0, part) for part in parts]


def _wait_until(when_ns: int) -> None:
    wait_s = (when_ns - time.monotonic_ns()) / 1e9
    if wait_s > 0:
        time.sleep(wait_s)
