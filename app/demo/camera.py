"""A camera for the demonstration: a clip as an endless HTTP stream that goes away now and then.

The clip's packets are sent as they are in MPEG-TS at their own pace, never decoded, so the camera
costs next to nothing. Its times rise without end across repetitions, as a real camera's do.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import av
import av.error
from av.packet import Packet
from av.video.stream import VideoStream

PATH = "/camera.ts"


@dataclass(frozen=True, slots=True)
class Outage:
    """When the camera is away: ``away_s`` at the end of every ``every_s``, from its start."""

    every_s: float = 60.0
    away_s: float = 20.0

    def is_away(self, since_start_s: float) -> bool:
        """Tell whether the camera is away so long after its start."""
        return since_start_s % self.every_s > self.every_s - self.away_s


class DemoCamera:
    """Serves one clip on this machine only, at ``url``, with outages."""

    def __init__(self, clip: Path, outage: Outage | None = None) -> None:
        self._clip = clip
        self._outage = outage or Outage()
        self._began_s = time.monotonic()
        self._stopped = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """Return the camera's address."""
        return f"http://127.0.0.1:{self._server.server_address[1]}{PATH}"

    @property
    def is_away(self) -> bool:
        """Tell whether the camera is away now."""
        is_out = self._outage.is_away(time.monotonic() - self._began_s)
        return self._stopped.is_set() or is_out

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Go away for good."""
        self._stopped.set()
        self._server.shutdown()
        self._server.server_close()

    def send(self, sink: object) -> None:
        """Write the stream to ``sink`` until the camera goes away or nobody listens."""
        with (
            av.open(str(self._clip)) as clip,
            av.open(sink, "w", format="mpegts", options={"flush_packets": "1"}) as stream,
        ):
            source = clip.streams.video[0]
            target = stream.add_stream_from_template(source)
            began_s = time.monotonic()
            for packet, due_s in _endless(clip, source, target):
                while (wait_s := due_s - (time.monotonic() - began_s)) > 0:
                    self._stopped.wait(min(wait_s, 0.2))
                if self.is_away:
                    return
                stream.mux(packet)


def _endless(
    clip: av.container.InputContainer, source: VideoStream, target: VideoStream
) -> Iterator[tuple[Packet[VideoStream], float]]:
    """Yield the clip's packets over and over, with times that go on, and when each is due."""
    offset = 0
    base = source.time_base
    if base is None:
        return
    while True:
        end = offset
        clip.seek(0)
        for packet in clip.demux(source):
            if packet.dts is None or packet.pts is None:
                continue
            packet.dts += offset
            packet.pts += offset
            end = max(end, packet.pts + (packet.duration or 0))
            packet.stream = target
            yield packet, float(packet.dts * base)
        offset = end


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False


def _handler(camera: DemoCamera) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path != PATH:
                self.send_error(404)
                return
            if camera.is_away:
                self.send_error(503)
                return
            self.send_response(200)
            self.send_header("Content-Type", "video/MP2T")
            self.end_headers()
            try:
                camera.send(_Sink(self))
            except (OSError, av.error.FFmpegError):
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: the monitor tells how its cameras fare."""

    return Handler


class _Sink:
    """What PyAV writes to: the visitor's socket, without seeking."""

    def __init__(self, handler: BaseHTTPRequestHandler) -> None:
        self._out = handler.wfile

    def write(self, data: bytes) -> int:
        """Send the bytes on."""
        return self._out.write(data)
