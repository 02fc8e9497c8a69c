"""``cotside monitor``: capture, inference and recording, without any page."""

from __future__ import annotations

import contextlib
import logging
import signal
import threading
from pathlib import Path
from typing import Annotated

import typer

from app.commands.loading import loading
from app.leaving import leave
from pipeline.settings import load_settings


def monitor(
    config: Annotated[
        Path | None, typer.Option(help="Settings file (TOML); without one, the defaults.")
    ] = None,
    db: Annotated[
        str | None, typer.Option(help="Database path or URL; goes before the settings file's.")
    ] = None,
) -> None:
    """Watch the cots: capture, find poses, store them. Ends in order on SIGTERM or Ctrl-C."""
    with loading():
        from pipeline.monitor.loop import Monitor

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    settings = load_settings(config)
    if db is not None:
        settings = settings.model_copy(update={"database": db})
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with contextlib.suppress(OSError):
        # Whoever started us may be gone; a monitor does not end for that.
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    Monitor(settings).run(stop)
    if stop.is_set():
        leave()
