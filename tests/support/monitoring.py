"""A real monitor in a process of its own, for tests and benchmarks."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import tomli_w

from pipeline.live import LiveView, MonitorStatus
from pipeline.rundir import RunDirectory

ROOT = Path(__file__).parents[2]


def write_settings(
    folder: Path, cameras: dict[str, dict[str, object]], **sections: dict[str, object]
) -> Path:
    """Write a settings file of one cot a camera, named alike; return its path."""
    cots = [
        {"name": name, "camera": {"name": name, "url": "", **camera}}
        for name, camera in cameras.items()
    ]
    values: dict[str, object] = {"database": str(folder / "cotside.db"), **sections, "cots": cots}
    path = folder / "cotside.toml"
    path.write_text(tomli_w.dumps(values), encoding="utf-8")
    return path


class RunningMonitor:
    """A started ``cotside monitor`` and a view of what it shows."""

    def __init__(self, settings: Path, log: Path) -> None:
        self.database = str(settings.parent / "cotside.db")
        self._log = log
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "app.cli", "monitor", "--config", str(settings)],
                cwd=ROOT,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONWARNINGS": "default"},
            )
        self.view = LiveView(RunDirectory.of(self.database))

    def status(self) -> MonitorStatus:
        """Return what the monitor says of itself."""
        return self.view.status()

    def wait_for(self, what: Callable[[MonitorStatus], object], timeout_s: float = 30.0) -> float:
        """Wait until the status satisfies ``what``; return the seconds; fail with the log."""
        began_s = time.monotonic()
        while time.monotonic() - began_s < timeout_s:
            status = self.status()
            if status.monitoring and what(status):
                return time.monotonic() - began_s
            if self.process.poll() is not None:
                raise AssertionError(f"the monitor ended:\n{self.log()}")
            time.sleep(0.05)
        raise AssertionError(f"not within {timeout_s} s: {self.status()}\n{self.log()}")

    def log(self) -> str:
        """Return what the monitor printed."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def processes(self) -> list[psutil.Process]:
        """Return the monitor and its children."""
        parent = psutil.Process(self.process.pid)
        return [parent, *parent.children(recursive=True)]

    def stop(self, timeout_s: float = 10.0) -> float:
        """Ask it to end; return the seconds it took; kill it and fail when it does not."""
        began_s = time.monotonic()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"no end within {timeout_s} s:\n{self.log()}") from None
        return time.monotonic() - began_s

    def kill(self) -> None:
        """Kill -9."""
        self.process.kill()
        self.process.wait()


@contextlib.contextmanager
def running_monitor(settings: Path) -> Iterator[RunningMonitor]:
    """Run a monitor for as long as the block lasts; remove its run directory."""
    monitor = RunningMonitor(settings, settings.with_name("monitor.log"))
    try:
        yield monitor
    finally:
        if monitor.process.poll() is None:
            monitor.stop()
        monitor.view.close()
        directory = RunDirectory.of(monitor.database).path
        for leftover in directory.iterdir():
            leftover.unlink()
        directory.rmdir()
