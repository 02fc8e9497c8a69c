"""The one server: Streamlit's pages and our routes on one port, with safe settings throughout."""

from __future__ import annotations

import errno
import ipaddress
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any

import streamlit as st
import uvicorn
from starlette.middleware import Middleware
from streamlit.components.v2 import manifest_scanner
from streamlit.components.v2.manifest_scanner import ComponentManifest
from streamlit.runtime.pages_manager import PagesManager
from streamlit.web import bootstrap

from app.first_paint import FirstPaint
from app.leaving import leave
from app.routes import routes
from app.signing_in.routes import sign_in_routes
from app.signing_in.service import secrets_for
from app.signing_in.wall import Wall
from app.state import AppState, install
from app.theme import theme_options
from pipeline.errors import CotsideError

MAIN_PAGE = Path(__file__).with_name("main.py")
_STOP_WITHIN_S = 1


class ServerError(CotsideError):
    """The dashboard cannot listen where it was told to."""


def build_app(
    state: AppState,
    on_start: Callable[[], None] = lambda: None,
    on_stop: Callable[[], None] = lambda: None,
) -> st.App:
    """Make the ASGI application; ``on_start`` and ``on_stop`` run around its life."""

    @asynccontextmanager
    async def lifespan(_app: st.App) -> AsyncIterator[None]:
        on_start()
        try:
            yield
        finally:
            on_stop()

    install(state)
    # The folder ``pages`` beside the main page would otherwise be taken for Streamlit's older kind
    # of pages, and an address like /cot opened first would run without the frame around it.
    PagesManager.uses_pages_directory = False
    # Our components are declared in app/components. Streamlit would read the metadata of every
    # installed package for others, half a second long, and serve the files that those name.
    manifest_scanner.scan_component_manifests = _no_components
    people, dashboard = state.settings.people, state.settings.dashboard
    return st.App(
        MAIN_PAGE,
        routes=[*routes(state), *sign_in_routes(state)],
        middleware=[
            Middleware(Wall, door=state.door, has_service=people.oidc is not None),
            Middleware(FirstPaint),
        ],
        secrets=None if people.oidc is None else secrets_for(people.oidc, dashboard),
        lifespan=lifespan,
    )


def listen(host: str, port: int) -> tuple[socket.socket, str | None]:
    """Return a listening socket, and a line to show when ``port`` was taken and another is used.

    Port 0 asks for any free one. Raises ``ServerError`` for an address that is not this machine's.
    """
    try:
        return _bind(host, port), None
    except PermissionError:
        raise ServerError(f"port {port} needs more rights; choose one above 1023") from None
    except OSError as error:
        if not _is_taken(error):
            raise ServerError(f"cannot listen on {host}: {error.strerror or error}") from None
    taken = _bind(host, 0)
    line = f"port {port} is taken by another program; using {taken.getsockname()[1]} instead"
    return taken, line


def address(listening: socket.socket) -> str:
    """Return the address to open in a browser."""
    host, port = listening.getsockname()[:2]
    shown = "127.0.0.1" if host == "0.0.0.0" else f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}"


def serve(app: st.App, listening: socket.socket) -> None:
    """Serve until SIGTERM or SIGINT, then end open connections within 1 s."""
    host, port = listening.getsockname()[:2]
    bootstrap.load_config_options(streamlit_options(host, port))
    config = uvicorn.Config(
        app,
        ws="websockets-sansio",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_STOP_WITHIN_S,
    )
    uvicorn.Server(config).run(sockets=[listening])


@contextmanager
def end_in_order() -> Iterator[None]:
    """Turn SIGTERM and SIGINT into an orderly end of this block, and then of the process."""
    told = False

    def end(_number: int, _frame: FrameType | None) -> None:
        nonlocal told
        told = True
        # A second signal must not cut the closing short.
        for number in before:
            signal.signal(number, signal.SIG_IGN)
        raise SystemExit(0)

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        with suppress(SystemExit):
            yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if told:
        leave()


def streamlit_options(host: str, port: int) -> dict[str, Any]:
    """Return the Streamlit settings of every dashboard; users' own files cannot weaken them."""
    return {
        "server.address": host,
        "server.port": port,
        "server.headless": True,
        "server.fileWatcherType": "none",
        "server.runOnSave": False,
        "server.enableXsrfProtection": True,
        "server.enableCORS": True,
        "server.allowedHosts": ["localhost", "127.0.0.1", "[::1]"] if _is_loopback(host) else [],
        "server.enableStaticServing": False,
        "server.enableAgentApi": False,
        "server.maxUploadSize": 1,
        "browser.gatherUsageStats": False,
        "client.showErrorDetails": "none",
        "client.showErrorLinks": "false",
        "client.toolbarMode": "viewer",
        "global.developmentMode": False,
        "runner.magicEnabled": False,
        **theme_options(),
    }


def _no_components(max_workers: int | None = None) -> list[tuple[ComponentManifest, Path]]:
    return []


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(128)
    except OSError:
        listening.close()
        raise
    return listening


def _is_taken(error: OSError) -> bool:
    return error.errno == errno.EADDRINUSE


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
