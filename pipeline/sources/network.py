"""Cameras on the network: RTSP, and HTTP with MJPEG or MPEG-TS."""

from __future__ import annotations

import errno
import socket
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from av import error as ffmpeg
from av.error import FFmpegError

from pipeline.errors import OpenTimeout, ReadTimeout, SourceError, Unreachable, Unreadable
from pipeline.sources.addresses import with_credentials
from pipeline.sources.base import SourceSpec, StreamInfo, register
from pipeline.sources.catchup import Backlog, CatchUp
from pipeline.sources.container import ContainerSource, DecodedPicture, to_us
from pipeline.sources.translate import OPENING

# Enough to find the picture size; FFmpeg's own 5 s would delay each reconnection.
_PROBE = {"analyzeduration": "2000000", "probesize": "2000000", "fpsprobesize": "3"}
# After an interrupted read FFmpeg may still hand out one last packet that it had kept.
_TIMEOUT_SHARE = 0.95
# A read that had to wait this long was waiting for the camera, not lagging behind it.
_WAITED_NS = 1_000_000
_CONNECT_S = 2.0
_VAGUE = (ffmpeg.OSError, ffmpeg.InvalidDataError, ffmpeg.EOFError)
_DEFAULT_PORTS = {"rtsp": 554, "rtsps": 322, "http": 80, "https": 443}


class NetworkSource(ContainerSource):
    """A live stream: never ends by itself, and pictures are left out rather than late."""

    network = True

    def __init__(self, spec: SourceSpec) -> None:
        super().__init__(spec)
        self._catch_up = CatchUp()
        self._timed = False
        self._asked_ns = 0
        self._waited_ns = 0

    def address(self) -> str:
        """Return the address with user and password in it; it exists in this process only."""
        return with_credentials(self.spec.url, self.spec.username, self.spec.password)

    def options(self) -> dict[str, str]:
        """Keep the search for the stream short."""
        return dict(_PROBE)

    def open(self) -> StreamInfo:
        """Open the stream."""
        self._asked_ns = time.monotonic_ns()
        return super().open()

    def frames(self) -> Iterator[DecodedPicture | None]:
        """Yield pictures, beginning with the first that has a time."""
        for picture in super().frames():
            self._timed = self._timed or (picture is not None and picture.stream_us is not None)
            yield picture if self._timed else None

    def _next_packet(self, packets: Iterator[Any]) -> Any:
        self._asked_ns = time.monotonic_ns()
        packet = super()._next_packet(packets)
        self._waited_ns = time.monotonic_ns() - self._asked_ns
        if self._waited_ns > self.spec.read_timeout_s * _TIMEOUT_SHARE * 1e9:
            raise ReadTimeout(f"went silent: nothing for {self.spec.read_timeout_s:g} s")
        return packet

    def _before_decode(self, packet: Any, arrival_ns: int) -> None:
        if packet.pts is None or packet.time_base is None:
            return
        stream_us = to_us(packet.pts, packet.time_base)
        skipping = self._catch_up.arrived(stream_us, arrival_ns // 1000, is_key=packet.is_keyframe)
        self._stream.codec_context.skip_frame = "NONKEY" if skipping else "DEFAULT"
        self.skipped += skipping and not packet.is_keyframe

    def _translated(self, error: FFmpegError, step: str) -> SourceError:
        if step == OPENING and isinstance(error, _VAGUE):
            # RTSP reports an interrupted wait as invalid data.
            waited_s = (time.monotonic_ns() - self._asked_ns) / 1e9
            if waited_s > self.spec.open_timeout_s * _TIMEOUT_SHARE:
                return OpenTimeout(f"no answer within {self.spec.open_timeout_s:g} s")
            if error.errno == errno.EIO:
                return self._without_stream()
        return super()._translated(error, step)

    def _without_stream(self) -> SourceError:
        """Find out what FFmpeg's "input/output error" means: no host, no port, or no video."""
        parts = urlsplit(self.spec.url)
        port = parts.port or _DEFAULT_PORTS[parts.scheme.lower()]
        try:
            socket.create_connection((parts.hostname or "", port), _CONNECT_S).close()
        except socket.gaierror:
            return Unreachable("the host name is unknown")
        except OSError:
            return Unreachable("nobody answers there")
        return Unreadable("answers, but not with a video")


@register("rtsp", "rtsps")
class RtspSource(NetworkSource):
    """An RTSP camera, over TCP unless the settings say UDP. Sound is not even asked for."""

    formats = "rtsp"
    protocols = "rtsp,rtp,srtp,rtcp,tcp,udp,tls"

    def options(self) -> dict[str, str]:
        """Choose the transport and ask for pictures only."""
        return {
            **super().options(),
            "rtsp_transport": self.spec.transport,
            "allowed_media_types": "video",
        }


@register("http", "https")
class HttpSource(NetworkSource):
    """An HTTP camera. MJPEG carries no times: there, a picture's time is its arrival."""

    formats = "mpjpeg,mjpeg,mpegts"
    protocols = "http,https,httpproxy,tcp,tls"

    def __init__(self, spec: SourceSpec) -> None:
        super().__init__(spec)
        self._timeless = False
        self._backlog = Backlog()

    def open(self) -> StreamInfo:
        """Open the stream and find out whether it has times of its own."""
        info = super().open()
        self._timeless = "jpeg" in self._container.format.name
        return info

    def _before_decode(self, packet: Any, arrival_ns: int) -> None:
        if not self._timeless:
            super()._before_decode(packet, arrival_ns)
            return
        behind = self._backlog.read(arrival_ns, waited=self._waited_ns > _WAITED_NS)
        self._stream.codec_context.skip_frame = "ALL" if behind else "DEFAULT"
        self.skipped += behind

    def _stream_us(self, frame: Any, arrival_ns: int) -> int | None:
        return arrival_ns // 1000 if self._timeless else super()._stream_us(frame, arrival_ns)
