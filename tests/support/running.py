"""The real dashboard as a process, with its monitor, for tests that kill and look."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import httpx
import psutil

from app.permissions import Role
from pipeline.rundir import RunDirectory
from tests.support.signing_in import cookie_for

ROOT = Path(__file__).parents[2]
CLIP = ROOT / "app" / "demo" / "clips" / "well_lit.mp4"
T = TypeVar("T")


def until(ask: Callable[[], T], within_s: float, what: str) -> T:
    """Return the first truthy answer; fail after ``within_s``."""
    stop_s = time.monotonic() + within_s
    while time.monotonic() < stop_s:
        answer = ask()
        if answer:
            return answer
        time.sleep(0.1)
    raise AssertionError(f"not within {within_s:g} s: {what}")


class Running:
    """A dashboard that was started, where it is, and whose monitor it watches."""

    def __init__(self, process: subprocess.Popen[str], database: Path) -> None:
        self.process = process
        self.database = database
        self.directory = RunDirectory.of(str(database))
        self.url = ""

    def health(self) -> dict[str, Any]:
        try:
            answer = httpx.get(f"{self.url}/healthz", timeout=5)
        except httpx.HTTPError:
            return {}
        return dict(answer.json())

    def cookie(self, role: Role = Role.ADMINISTRATOR) -> dict[str, str]:
        """Sign somebody in; return the cookie as a browser of playwright's takes it."""
        name, value = cookie_for(str(self.database), role)
        return {"name": name, "value": value, "url": self.url}

    def is_watched(self) -> bool:
        health = self.health()
        return health.get("status") == "ok" and health["cots"] > 0

    def frames_stored(self) -> int:
        return int(self.ask("SELECT coalesce(sum(n_frames), 0) FROM chunks")[0][0])

    def ask(self, query: str) -> list[Any]:
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as connection:
            return connection.execute(query).fetchall()

    def monitor_pid(self) -> int | None:
        return self.directory.monitor_pid()

    def descendants(self) -> list[psutil.Process]:
        found = psutil.Process(self.process.pid).children(recursive=True)
        pid = self.monitor_pid()
        if pid is not None and psutil.pid_exists(pid):
            found.append(psutil.Process(pid))
            found += psutil.Process(pid).children(recursive=True)
        return found


@contextmanager
def running(folder: Path, *arguments: str) -> Iterator[Running]:
    """Run ``cotside`` with the arguments; everything it started is gone afterwards."""
    log = (folder / "dashboard.log").open("w+")
    process = subprocess.Popen(
        [sys.executable, "-m", "app.cli", *arguments],
        cwd=ROOT,
        stdout=log,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "TMPDIR": str(folder), "PYTHONUNBUFFERED": "1"},
    )
    made = Running(process, folder / "cotside.db")
    try:
        made.url = until(lambda: _address(log, process), 150, "the dashboard says where it is")
        yield made
    finally:
        left = made.descendants() if process.poll() is None else _monitors(made)
        process.send_signal(signal.SIGKILL)
        process.wait()
        for one in left:
            if one.is_running():
                one.kill()
        log.close()
        for leftover in made.directory.path.glob("*"):
            leftover.unlink()
        made.directory.path.rmdir()


def dashboard_arguments(folder: Path, cots: int = 1) -> list[str]:
    """Write a settings file with cots that play a clip; return the command's arguments."""
    settings = [f"database = {str(folder / 'cotside.db')!r}"]
    for number in range(1, cots + 1):
        settings += [
            "[[cots]]",
            f'name = "Cot {number}"',
            "[cots.camera]",
            f'name = "Camera {number}"',
            f'url = "file:{CLIP}"',
        ]
    path = folder / "cotside.toml"
    path.write_text("\n".join(settings), encoding="utf-8")
    return ["dashboard", "--config", str(path), "--port", "0", "--headless"]


def _address(log: Any, process: subprocess.Popen[str]) -> str:
    log.seek(0)
    text = log.read()
    if process.poll() is not None:
        raise AssertionError(f"the dashboard ended: {text}")
    _, found, rest = text.partition("Cotside is at ")
    return rest.split()[0] if found else ""


def _monitors(made: Running) -> list[psutil.Process]:
    pid = made.monitor_pid()
    if pid is None or not psutil.pid_exists(pid):
        return []
    one = psutil.Process(pid)
    return [one, *one.children(recursive=True)]
