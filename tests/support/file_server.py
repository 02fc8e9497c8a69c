"""An HTTP server of one file, with ranges, that can cut its answers short."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class FileServer:
    """Serves ``content`` at ``address`` on this machine; ``with FileServer(...) as server``.

    The first ``cuts`` answers end after ``cut_after`` bytes with the connection. ``ranges``: honour
    Range. ``asked``: the Range headers that came.
    """

    def __init__(
        self, content: bytes, *, cuts: int = 0, cut_after: int = 1000, ranges: bool = True
    ) -> None:
        self.content = content
        self.cuts = cuts
        self.cut_after = cut_after
        self.ranges = ranges
        self.asked: list[str | None] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.address = f"http://127.0.0.1:{self._server.server_port}/weights.pth"

    def __enter__(self) -> FileServer:
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                owner.answer(self)

            def log_message(self, *_: object) -> None:
                pass

        return Handler

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        if not handler.path.endswith("weights.pth"):
            handler.send_error(404)
            return
        wanted = handler.headers.get("Range")
        self.asked.append(wanted)
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and self.ranges else 0
        body = self.content[start:]
        handler.send_response(206 if wanted and self.ranges else 200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        if self.cuts:
            self.cuts -= 1
            body = body[: self.cut_after]
        handler.wfile.write(body)
