"""A real web server and a real mail server, which take what they are told to take."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass
class WebReceiver:
    """Answers with ``answers`` in turn, then with 204; keeps what was posted."""

    answers: list[int] = field(default_factory=list)
    posted: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    url: str = ""

    def taken(self) -> list[int]:
        """The ids of what was answered with success."""
        return [one["id"] for one in self.posted if one["answered"] < 300]


@contextmanager
def web_receiver(*answers: int) -> Iterator[WebReceiver]:
    made = WebReceiver(list(answers))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status = made.answers.pop(0) if made.answers else 204
            made.posted.append({**body, "answered": status})
            made.headers.append(dict(self.headers))
            self.send_response(status)
            if status in (301, 302, 307):
                self.send_header("Location", f"{made.url}elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_address[1]}/"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield made
    server.shutdown()
    server.server_close()
    thread.join()


@dataclass
class MailReceiver:
    """Keeps the messages it took; refuses the first ``refusals`` of them."""

    refusals: int = 0
    messages: list[str] = field(default_factory=list)
    to: list[list[str]] = field(default_factory=list)
    port: int = 0

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.refusals:
            self.refusals -= 1
            return "451 try again later"
        content = envelope.content
        assert isinstance(content, bytes)
        self.messages.append(content.decode())
        self.to.append(list(envelope.rcpt_tos))
        return "250 taken"


@contextmanager
def mail_receiver(refusals: int = 0, password: str | None = None) -> Iterator[MailReceiver]:
    made = MailReceiver(refusals)

    def authenticate(server, session, envelope, mechanism, data: LoginPassword) -> AuthResult:
        return AuthResult(success=data.password == (password or "").encode(), handled=False)

    login: dict[str, Any] = {}
    if password is not None:
        login = {"authenticator": authenticate, "auth_require_tls": False}
    controller = Controller(made, hostname="127.0.0.1", port=_free_port(), **login)
    controller.start()
    made.port = controller.port
    yield made
    controller.stop()


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
