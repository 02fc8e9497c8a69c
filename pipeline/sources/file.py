"""A video file: played at its own pace like a camera, or read once as fast as it goes."""

from __future__ import annotations

import re
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import av
import av.logging
from av.error import FFmpegError

from pipeline.errors import Refused, SourceError, Unreachable, Unreadable
from pipeline.sources.addresses import path_of
from pipeline.sources.base import MAX_DURATION_S, StreamInfo, register, too_large
from pipeline.sources.container import ContainerSource, DecodedPicture, to_us
from pipeline.sources.translate import READING

# A file whose clock leaps is not waited for longer than this at a time.
_LONGEST_WAIT_S = 2.0
_SIZE_IN_LOG = re.compile(r"Picture size (\d+)x(\d+)")
_NO_RATE_STEP_US = 40_000
# Playlists and descriptions that make FFmpeg open something else.
_PLAYLISTS = (b"#EXTM3U", b"ffconcat", b"<MPD", b"<?xml", b"v=0", b"[playlist]", b"RTSPtext")


@dataclass(frozen=True, slots=True)
class PacketMark:
    """One coded picture: its presentation time (None when it has none), and if it is a key one.

    ``is_shown`` False: the file itself cuts it away (an edit list).
    """

    stream_us: int | None
    is_key: bool
    is_shown: bool = True


@register("file")
class FileSource(ContainerSource):
    """A recording on disk.

    Played as a camera, its frames arrive at their own times, and at its end it starts again: the
    picture jumps there, so every round is a segment of its own, while ``stream_us`` goes on
    rising. Read once (``live`` False), it ends.
    """

    formats = (
        "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,flv,asf,h264,hevc,mjpeg,ogg,mxf"
    )
    protocols = "file"

    def address(self) -> str:
        """Return the absolute path, so that no name can be taken for an address."""
        return f"file:{self._path()}"

    def _path(self) -> Path:
        return Path(path_of(self.spec.url)).expanduser().absolute()

    def open(self) -> StreamInfo:
        """Open the file; refuse anything but a regular video file of sane size and duration."""
        self._look_first(self._path())
        info = super().open()
        if info.duration_s is not None and info.duration_s > MAX_DURATION_S:
            self.close()
            raise Refused(
                f"claims to last {info.duration_s / 86400:.0f} days; "
                f"Cotside opens up to {MAX_DURATION_S / 86400:.0f}"
            )
        return replace(info, live=self.spec.live)

    def _look_first(self, path: Path) -> None:
        if path.parts[:2] == ("/", "dev"):
            raise Refused(f"{path}: is a device; write v4l2:{path} for a camera on USB")
        try:
            mode = path.stat().st_mode
            if not stat.S_ISREG(mode):
                raise Refused(f"{path.name}: is not a regular file")
            with path.open("rb") as file:
                head = file.read(512).lstrip(b"\xef\xbb\xbf \t\r\n")
        except FileNotFoundError:
            raise Unreachable(f"{path.name}: there is no such file") from None
        except (OSError, ValueError) as error:
            raise Unreadable(f"{path.name}: {getattr(error, 'strerror', error)}") from None
        if not head:
            raise Unreadable(f"{path.name}: is empty")
        if head.startswith(_PLAYLISTS):
            raise Refused(
                f"{path.name}: is a playlist that points elsewhere; give the video itself"
            )

    def _without_size(self) -> SourceError:
        """Open once more with FFmpeg's log on: sizes beyond its limit are told there only."""
        self.close()
        av.logging.set_skip_repeated(False)
        av.logging.set_level(av.logging.ERROR)
        try:
            with av.logging.Capture() as logs:
                self._open_container().close()
        finally:
            av.logging.set_level(None)
        for _, _, message in logs:
            if (size := _SIZE_IN_LOG.search(message)) is not None:
                return too_large(int(size[1]), int(size[2]), "this video")
        return Unreadable("holds no picture that can be decoded")

    def frames(self) -> Iterator[DecodedPicture | None]:
        """Yield the file's pictures: once at full speed, or paced and looped."""
        if not self.spec.live:
            yield from self._play()
            return
        jump, offset_us, start_ns = 0, 0, 0
        while True:
            last = None
            for picture in self._paced(self._play(jump), offset_us, start_ns):
                if picture is not None and picture.stream_us is not None:
                    last = picture
                yield picture
            if not self.spec.loop:
                return
            if last is None or last.stream_us is None:
                raise Unreadable("holds no picture that can be played")
            # The last picture keeps its time: one that comes at once would replace it unseen.
            step_us = self._step_us()
            jump, offset_us = jump + 1, last.stream_us + step_us
            start_ns = last.arrival_ns + step_us * 1000
            self._container.seek(0)

    def packets(self) -> Iterator[PacketMark]:
        """Yield a mark of each coded picture to the file's end, in the file's order, undecoded."""
        packets = self._container.demux(self._stream)
        while (packet := self._next_packet(packets)) is not None:
            if packet.size:
                known = packet.pts is not None and packet.time_base is not None
                stream_us = to_us(packet.pts, packet.time_base) if known else None
                yield PacketMark(stream_us, packet.is_keyframe, not packet.is_discard)

    def seek(self, stream_us: int) -> None:
        """Go to the last key picture not later than a time; ``Unreadable`` where it cannot be."""
        ticks = int(stream_us / 1_000_000 / self._stream.time_base)
        try:
            self._container.seek(ticks, stream=self._stream)
        except FFmpegError as error:
            raise self._translated(error, READING) from None

    def recorded_at(self) -> str | None:
        """Return when the file says it was recorded, as it says it; None when it does not."""
        for tags in (self._container.metadata, self._stream.metadata):
            if tags.get("creation_time"):
                return str(tags["creation_time"])
        return None

    def _paced(
        self, pictures: Iterator[DecodedPicture | None], offset_us: int, start_ns: int
    ) -> Iterator[DecodedPicture | None]:
        """Hold each picture back until its time, the round's first until ``start_ns`` (or now)."""
        start_ns, first_us = max(start_ns, time.monotonic_ns()), None
        for picture in pictures:
            if picture is None or picture.stream_us is None:
                yield picture
                continue
            first_us = picture.stream_us if first_us is None else first_us
            elapsed_us = picture.stream_us - first_us
            wait_s = (start_ns + elapsed_us * 1000 - time.monotonic_ns()) / 1e9
            if wait_s > 0:
                time.sleep(min(wait_s, _LONGEST_WAIT_S))
            if wait_s > _LONGEST_WAIT_S:
                start_ns = time.monotonic_ns() - elapsed_us * 1000
            picture.stream_us = offset_us + elapsed_us
            picture.arrival_us, picture.arrival_ns = time.time_ns() // 1000, time.monotonic_ns()
            yield picture

    def _step_us(self) -> int:
        rate = self._stream.average_rate
        return round(1_000_000 / rate) if rate else _NO_RATE_STEP_US
