"""What all sources that FFmpeg opens have in common: opening, limits, decoding, errors."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

import av
import numpy as np
from av.codec.hwaccel import HWAccel
from av.error import FFmpegError
from av.video.reformatter import VideoReformatter

from pipeline.errors import EndOfStream, SourceError, Unreadable
from pipeline.sources.base import MAX_PIXELS, SourceSpec, StreamInfo, check_size
from pipeline.sources.hardware import accelerator, distrust, working_device
from pipeline.sources.translate import OPENING, READING, translate
from pipeline.types import ImageArray

_MICRO = 1_000_000
_QUARTER_TURN = 90


@dataclass(slots=True)
class DecodedPicture:
    """A picture as FFmpeg decoded it; see ``pipeline.sources.base.Picture``."""

    frame: Any
    reformatter: VideoReformatter
    stream_us: int | None
    arrival_us: int
    arrival_ns: int
    jump: int = 0

    @property
    def _quarter_turns(self) -> int:
        return round(float(self.frame.rotation) / _QUARTER_TURN) % 4

    @property
    def size_wh(self) -> tuple[int, int]:
        """Return (width, height) as shown, the camera's own rotation applied."""
        width, height = self.frame.width, self.frame.height
        return (height, width) if self._quarter_turns % 2 else (width, height)

    @property
    def image_hwc(self) -> ImageArray:
        """Convert to blue, green, red; (H, W, 3) uint8."""
        shown = self.reformatter.reformat(self.frame, format="bgr24", threads=1)
        plane = shown.planes[0]
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
        image_hwc = rows[: shown.height, : shown.width * 3].reshape(shown.height, shown.width, 3)
        if not self._quarter_turns:
            return image_hwc
        return np.ascontiguousarray(np.rot90(image_hwc, self._quarter_turns))


class ContainerSource:
    """Opens one video stream with FFmpeg; sources say which, and how.

    Subclasses set ``network``, ``formats`` (the only containers opened) and ``protocols`` (the
    only ways FFmpeg may fetch anything), and give the address and options.
    """

    network: ClassVar[bool] = False
    formats: ClassVar[str] = ""
    protocols: ClassVar[str] = ""
    format_name: ClassVar[str | None] = None

    def __init__(self, spec: SourceSpec) -> None:
        self.spec = spec
        self.decode_errors = 0
        self.skipped = 0
        self._container: Any = None
        self._stream: Any = None
        self._reformatter = VideoReformatter()
        self._on_hardware = False
        self._decoded = 0

    # What differs between sources --------------------------------------------------------

    def address(self) -> str:
        """Return what FFmpeg opens."""
        raise NotImplementedError

    def options(self) -> dict[str, str]:
        """Return further FFmpeg options."""
        return {}

    def _before_decode(self, packet: Any, arrival_ns: int) -> None:
        """Take note of a packet; live sources decide here what to leave out."""

    # Opening -----------------------------------------------------------------------------

    def open(self) -> StreamInfo:
        """Open the stream within the time limits and check its size, before any decoding."""
        try:
            self._container = self._open_container()
            self._stream = self._video_stream()
            self._prepare_decoder()
            return self._info()
        except SourceError:
            self.close()
            raise

    def _open_container(self) -> Any:
        hardware = accelerator()
        try:
            return self._open_with(hardware)
        except Unreadable:
            if hardware is None:
                raise
        # FFmpeg falls back by itself for codecs, not for a device that fails to start.
        container = self._open_with(None)
        distrust()
        return container

    def _open_with(self, hardware: HWAccel | None) -> Any:
        options = {
            "protocol_whitelist": self.protocols,
            "max_pixels": str(MAX_PIXELS),
            "threads": "1",
            **({"format_whitelist": self.formats} if self.formats else {}),
            **self.options(),
        }
        try:
            return av.open(
                self.address(),
                format=self.format_name,
                options=options,
                timeout=(self.spec.open_timeout_s, self.spec.read_timeout_s),
                hwaccel=hardware,
                metadata_errors="replace",
            )
        except FFmpegError as error:
            raise self._translated(error, OPENING) from None

    def _video_stream(self) -> Any:
        streams = [stream for stream in self._container.streams.video if stream.codec_context]
        if not streams:
            raise Unreadable("holds no video that can be decoded")
        stream = streams[0]
        check_size(stream.codec_context.width, stream.codec_context.height, "this video")
        return stream

    def _prepare_decoder(self) -> None:
        # One thread: no frames held back in other threads, and cameras share the cores anyway.
        self._stream.thread_count = 1
        self._stream.codec_context.options = {"max_pixels": str(MAX_PIXELS)}

    def _info(self) -> StreamInfo:
        context = self._stream.codec_context
        if context.width == 0 or context.height == 0:
            raise self._without_size()
        hardware = working_device() if context.is_hwaccel else None
        self._on_hardware = hardware is not None
        return StreamInfo(
            width=context.width,
            height=context.height,
            fps=_plausible_fps(self._stream.average_rate or self._stream.guessed_rate),
            codec=context.name,
            live=self.spec.live,
            decoder=hardware or "software",
            n_frames=None if self.network else self._stream.frames or None,
            # A live stream may announce a length all the same; it means nothing there.
            duration_s=None if self.network else self._duration_s(),
        )

    def _duration_s(self) -> float | None:
        """Return the length by the index; for a cut AVI, FFmpeg shortens all but its count."""
        stream = self._stream
        lengths_s = [(self._container.duration or 0) / _MICRO]
        if stream.frames and stream.average_rate:
            lengths_s.append(float(stream.frames / stream.average_rate))
        return max(lengths_s) or None

    def _without_size(self) -> SourceError:
        """Say why FFmpeg found no picture size."""
        return Unreadable("sends data, but no picture could be found in it")

    # Reading -----------------------------------------------------------------------------

    def frames(self) -> Iterator[DecodedPicture | None]:
        """Yield pictures in presentation order, None for data that made no picture."""
        yield from self._play()
        if self.network:
            raise EndOfStream("the camera closed the stream")

    def _play(self, jump: int = 0) -> Iterator[DecodedPicture | None]:
        packets = self._container.demux(self._stream)
        while (packet := self._next_packet(packets)) is not None:
            arrival_us, arrival_ns = time.time_ns() // 1000, time.monotonic_ns()
            self._before_decode(packet, arrival_ns)
            frames = self._decode(packet)
            for frame in frames:
                yield DecodedPicture(
                    frame,
                    self._reformatter,
                    self._stream_us(frame, arrival_ns),
                    arrival_us,
                    arrival_ns,
                    jump,
                )
            if not frames:
                yield None

    def _next_packet(self, packets: Iterator[Any]) -> Any:
        try:
            return next(packets, None)
        except FFmpegError as error:
            raise self._translated(error, READING) from None

    def _decode(self, packet: Any) -> list[Any]:
        try:
            frames = packet.decode()
        except FFmpegError:
            self.decode_errors += 1
            return []
        whole = [frame for frame in frames if not frame.is_corrupt]
        self.decode_errors += len(frames) - len(whole)
        self._decoded += len(whole)
        return whole

    def _stream_us(self, frame: Any, arrival_ns: int) -> int | None:
        del arrival_ns
        if frame.pts is None or frame.time_base is None:
            return None
        return to_us(frame.pts, frame.time_base)

    def close(self) -> None:
        """Close the stream and free its memory."""
        container, self._container, self._stream = self._container, None, None
        if container is not None:
            container.close()
        if self._on_hardware and self.decode_errors and not self._decoded:
            distrust()

    def _translated(self, error: FFmpegError, step: str) -> SourceError:
        spec = self.spec
        waited_s = spec.open_timeout_s if step == OPENING else spec.read_timeout_s
        return translate(error, step, network=self.network, waited_s=waited_s)


def to_us(ticks: int, time_base: Fraction) -> int:
    """Turn ticks of a stream's clock into whole µs, rounded, exact for any length."""
    numerator = ticks * time_base.numerator * _MICRO
    return (2 * numerator + time_base.denominator) // (2 * time_base.denominator)


def _plausible_fps(rate: Fraction | None) -> float | None:
    """Return a frame rate a camera can have; FFmpeg gives 90000 when it does not know."""
    if rate is None or not 0 < rate <= 240:
        return None
    return float(rate)
