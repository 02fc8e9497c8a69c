"""What every source of pictures promises, and the registry that finds one by address."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

from pipeline.errors import Refused
from pipeline.types import ImageArray

if TYPE_CHECKING:  # pydantic would double the memory of each capture process
    from pipeline.settings import CameraSettings

# Larger pictures are refused before anything is decoded.
MAX_PIXELS = 8192 * 4320
MAX_SIDE = 8192
MAX_DURATION_S = 7 * 86400.0


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """What is known of a stream once it is open.

    ``fps`` is what the stream says of itself (None when it says nothing), ``decoder`` is
    "software" or the name of the hardware in use, ``live`` tells that pictures come at their own
    pace. ``n_frames`` and ``duration_s`` are what a file's index says, None where it is silent.
    """

    width: int
    height: int
    fps: float | None
    codec: str
    live: bool
    decoder: str = "software"
    n_frames: int | None = None
    duration_s: float | None = None


class Picture(Protocol):
    """One decoded picture; its pixels are converted only when asked for."""

    @property
    def stream_us(self) -> int | None:
        """Presentation time, integer µs; None when the stream gave none."""

    @property
    def arrival_us(self) -> int:
        """UTC at which its data came in, µs."""

    @property
    def arrival_ns(self) -> int:
        """Monotonic time at which its data came in, ns."""

    @property
    def jump(self) -> int:
        """A number that rises when the source began anew (a file played again)."""

    @property
    def size_wh(self) -> tuple[int, int]:
        """Width and height in pixels."""

    @property
    def image_hwc(self) -> ImageArray:
        """Pixels, (H, W, 3) uint8, blue-green-red."""


class Source(Protocol):
    """A thing that yields pictures. Every method raises errors of ``SourceError`` only.

    ``decode_errors`` counts pictures that were damaged, ``skipped`` those left out to catch up.
    """

    decode_errors: int
    skipped: int

    def open(self) -> StreamInfo:
        """Open within the time limits; may be called once."""

    def frames(self) -> Iterator[Picture | None]:
        """Yield pictures, and None whenever data came that made no picture yet.

        Ends when a recording is at its end; a live stream that ends raises ``EndOfStream``.
        """

    def close(self) -> None:
        """Let go of everything; harmless when repeated."""


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """A camera as the capture process needs it (``CameraSettings`` without pydantic).

    ``live`` False reads a file once, as fast as it goes, instead of playing it as a camera.
    ``password`` is known only inside the process that opens the camera.
    """

    url: str
    username: str | None = None
    password: str | None = None
    expected_fps: float | None = None
    transport: str = "tcp"
    loop: bool = True
    open_timeout_s: float = 4.0
    read_timeout_s: float = 4.0
    live: bool = True

    @classmethod
    def of(
        cls, camera: CameraSettings, *, live: bool = True, password: str | None = None
    ) -> SourceSpec:
        """Take over the settings of a camera."""
        return cls(
            url=camera.url,
            username=camera.username,
            password=password,
            expected_fps=camera.expected_fps,
            transport=camera.transport,
            loop=camera.loop,
            open_timeout_s=camera.open_timeout_s,
            read_timeout_s=camera.read_timeout_s,
            live=live,
        )


SourceFactory = Callable[[SourceSpec], Source]
_F = TypeVar("_F", bound=SourceFactory)
_KINDS: dict[str, SourceFactory] = {}


def register(*schemes: str) -> Callable[[_F], _F]:
    """Register a source class for addresses that begin with one of ``schemes``."""

    def keep(factory: _F) -> _F:
        for scheme in schemes:
            _KINDS[scheme] = factory
        return factory

    return keep


def scheme_of(url: str) -> str:
    """Return the scheme of an address; a bare path counts as ``file``."""
    scheme, colon, _ = url.partition(":")
    if not colon or not scheme.replace("+", "").isalnum():
        return "file"
    return scheme.lower()


def make_source(spec: SourceSpec) -> Source:
    """Make the source for an address, without opening it; raise ``Refused`` for an unknown kind."""
    scheme = scheme_of(spec.url)
    try:
        factory = _KINDS[scheme]
    except KeyError:
        known = ", ".join(sorted(f"{kind}:" for kind in _KINDS))
        raise Refused(f"addresses of kind {scheme!r} are not opened; use one of {known}") from None
    return factory(spec)


def check_size(width: int, height: int, what: str) -> None:
    """Raise ``Refused`` for a picture size that no cot camera has."""
    if width > MAX_SIDE or height > MAX_SIDE or width * height > MAX_PIXELS:
        raise too_large(width, height, what)


def too_large(width: int, height: int, what: str) -> Refused:
    """Return the error for a picture size that no cot camera has."""
    return Refused(
        f"{what}: pictures of {width}×{height} are larger than Cotside opens "
        f"({MAX_SIDE} a side, {MAX_PIXELS / 1e6:.0f} million pixels)"
    )
