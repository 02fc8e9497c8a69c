"""An HTTP camera for tests: MJPEG or MPEG-TS from memory, with the faults that cameras have.

Runs in threads of the test's own process: ``with HttpCamera(mode, ...) as camera``, then open
``camera.url``. ``camera.connections`` counts who came, whatever they then asked.
"""

from __future__ import annotations

import base64
import socket
import threading
import time
from pathlib import Path

import av

from tests.support.clips import numbered_picture

BOUNDARY = "frame"


def jpeg(image_hwc) -> bytes:
    context = av.CodecContext.create("mjpeg", "w")
    context.height, context.width = image_hwc.shape[:2]
    context.pix_fmt, context.framerate = "yuvj420p", 25
    frame = av.VideoFrame.from_ndarray(image_hwc, "bgr24").reformat(format="yuvj420p")
    packets = [*context.encode(frame), *context.encode(None)]
    return bytes(packets[0])


class HttpCamera:
    """Serves on a free port of this machine.

    ``mode``: mjpeg | ts | silent (accepts, never answers) | garbage | text | close (accepts and
    closes) | hang_up (closes when it was asked) | hls | resize (MJPEG that changes its size after
    ``n_frames``). ``n_frames`` ends the pictures after so many, ``then`` says how: "silence" or
    "close". ``pictures`` are JPEGs to send instead of numbered ones.
    """

    def __init__(
        self,
        mode: str = "mjpeg",
        *,
        fps: float = 25.0,
        n_frames: int | None = None,
        then: str = "silence",
        user: str | None = None,
        password: str = "",
        clip: Path | None = None,
        body: bytes = b"",
        port: int = 0,
        pictures: list[bytes] | None = None,
    ):
        self.mode, self.fps, self.n_frames, self.then = mode, fps, n_frames, then
        self.clip, self.body = clip, body
        self.expected = None
        if user is not None:
            pair = f"{user}:{password}".encode()
            self.expected = "basic " + base64.b64encode(pair).decode()
        self.connections = 0
        self.stopping = threading.Event()
        self.server = socket.create_server(("127.0.0.1", port))
        self.server.settimeout(0.1)
        self.port = self.server.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/video"
        self.small = pictures or [jpeg(numbered_picture(n)) for n in range(32)]
        self.large = [jpeg(numbered_picture(n, 480, 360)) for n in range(32)]
        self.threads = [threading.Thread(target=self.accept, daemon=True)]
        self.clients: list[socket.socket] = []

    def __enter__(self):
        self.threads[0].start()
        return self

    def __exit__(self, *exc):
        self.stopping.set()
        self.server.close()
        for client in self.clients:
            client.close()
        for thread in self.threads:
            thread.join(3)

    def accept(self):
        while not self.stopping.is_set():
            try:
                client, _ = self.server.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            client.settimeout(5)
            self.connections += 1
            self.clients.append(client)
            thread = threading.Thread(target=self.serve, args=(client,), daemon=True)
            self.threads.append(thread)
            thread.start()

    def serve(self, client):
        try:
            self.answer(client)
        except OSError:
            pass
        finally:
            client.close()

    def answer(self, client):
        if self.mode == "silent":
            self.stopping.wait()
            return
        if self.mode == "close":
            return
        request = self.read_request(client)
        if self.mode == "hang_up":
            return
        if self.expected is not None and self.authorization(request) != self.expected.lower():
            client.sendall(
                b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=cam\r\n"
                b"Content-Length: 0\r\nConnection: close\r\n\r\n"
            )
            return
        getattr(self, f"send_{self.mode}")(client)
        if self.then == "silence":
            self.stopping.wait()

    def read_request(self, client) -> str:
        request = b""
        while b"\r\n\r\n" not in request:
            data = client.recv(4096)
            if not data:
                raise OSError("client went away")
            request += data
        return request.decode("latin-1")

    def authorization(self, request: str) -> str:
        for line in request.split("\r\n"):
            name, _, value = line.partition(":")
            if name.lower() == "authorization":
                kind, _, token = value.strip().partition(" ")
                return f"{kind} {token}".lower()
        return ""

    def head(self, client, kind: str):
        client.sendall(
            f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nConnection: close\r\n\r\n".encode()
        )

    def send_mjpeg(self, client):
        self.head(client, f"multipart/x-mixed-replace; boundary={BOUNDARY}")
        number = 0
        start = time.monotonic()
        while not self.stopping.is_set() and (self.n_frames is None or number < self.n_frames):
            self.send_picture(client, self.small[number % len(self.small)])
            number += 1
            self.stopping.wait(max(0.0, start + number / self.fps - time.monotonic()))

    def send_picture(self, client, data: bytes):
        head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(data)}\r\n\r\n"
        client.sendall(head.encode() + data + b"\r\n")

    def send_resize(self, client):
        half = (self.n_frames or 20) // 2
        pictures = [self.small[n % 32] if n < half else self.large[n % 32] for n in range(2 * half)]
        self.head(client, f"multipart/x-mixed-replace; boundary={BOUNDARY}")
        for data in pictures:
            self.send_picture(client, data)
            if self.stopping.wait(1 / self.fps):
                return

    def send_ts(self, client):
        """Send a transport stream file at the pace of its own clock."""
        self.head(client, "video/mp2t")
        data = self.clip.read_bytes()
        step = 188 * 20
        with av.open(str(self.clip)) as container:
            duration_s = container.duration / 1e6
        pause_s = duration_s * step / len(data)
        for start in range(0, len(data), step):
            client.sendall(data[start : start + step])
            if self.stopping.wait(pause_s):
                return

    def send_garbage(self, client):
        self.head(client, "video/mp2t")
        noise = bytes((n * 7919 + n // 3) % 251 for n in range(65536))
        while not self.stopping.is_set():
            client.sendall(noise)
            self.stopping.wait(0.05)

    def send_text(self, client):
        self.head(client, "text/html")
        client.sendall(b"<html><body>Please log in</body></html>")
        self.then = "close"

    def send_body(self, client):
        self.head(client, "application/vnd.apple.mpegurl")
        client.sendall(self.body)
        self.then = "close"
