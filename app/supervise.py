"""Keeps one monitor running for a database: starts it, starts it again, and ends what it started.

A child that has shown signs of life and then shows none for half a minute hangs: it is killed and
begun anew. Its beats do not wait for the database, so a database that is stuck kills no monitor.

A monitor that already runs (a service, or one that outlived a killed dashboard) is left alone and
only watched. The child has its own session and its own log file, so nothing that happens to the
dashboard reaches the recording; only an orderly stop of the dashboard ends the child it started.
The demonstration's monitor is the exception: nobody wants it when the demonstration is gone.
"""

from __future__ import annotations

import logging
import shutil
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.rundir import RunDirectory

_log = logging.getLogger(__name__)

# So long the page says that a monitor which does not answer yet was only begun.
_BEGINS_WITHIN_S = 30.0
_LOOK_EVERY_S = 0.5
_FIRST_WAIT_S = 0.5
_LONGEST_WAIT_S = 30.0
_HEALTHY_AFTER_S = 60.0
_HUNG_AFTER_S = 30.0
STOP_WITHIN_S = 4.5
_LOG_TAIL_BYTES = 2000


def tied(command: Sequence[str]) -> list[str]:
    """Return a command that ends when the process that started it dies (Linux only)."""
    setpriv = shutil.which("setpriv")
    return [*([setpriv, "--pdeathsig", "TERM", "--"] if setpriv is not None else []), *command]


@dataclass
class Backoff:
    """Waiting times that double up to half a minute and fall back after a minute of health."""

    wait_s: float = field(default=_FIRST_WAIT_S)

    def after(self, lived_s: float) -> float:
        """Return how long to wait after a child that lived for ``lived_s``."""
        if lived_s >= _HEALTHY_AFTER_S:
            self.wait_s = _FIRST_WAIT_S
        wait_s, self.wait_s = self.wait_s, min(self.wait_s * 2, _LONGEST_WAIT_S)
        return wait_s


class Supervisor:
    """Starts ``command`` whenever nobody holds the monitor's lock of ``directory``."""

    def __init__(
        self,
        command: Sequence[str],
        directory: RunDirectory,
        log: Path,
        *,
        dies_with_us: bool = False,
        hung_after_s: float = _HUNG_AFTER_S,
    ) -> None:
        self._command = tied(command) if dies_with_us else list(command)
        self._directory = directory
        self._log = log
        self._hung_after_s = hung_after_s
        self._child: subprocess.Popen[bytes] | None = None
        self._asked: subprocess.Popen[bytes] | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="supervisor", daemon=True)
        self._line = "The monitor is being started."
        self._wait_first_s = 0.0

    @property
    def line(self) -> str:
        """Return what is going on, for the System page."""
        return self._line

    @property
    def child_pid(self) -> int | None:
        """Return the process started here, or None while another one is watched."""
        child = self._child
        return child.pid if child is not None and child.poll() is None else None

    def start(self, after_s: float = 0.0) -> None:
        """Begin to watch in ``after_s`` seconds, and start a monitor if none runs then."""
        self._wait_first_s = after_s
        self._thread.start()

    def begin_stop(self) -> None:
        """Ask the monitor started here to end, and return at once; ``stop`` waits for it."""
        self._stop.set()
        child = self._child
        if child is not None and self._asked is not child and child.poll() is None:
            self._asked = child
            child.terminate()

    def stop(self) -> None:
        """End the monitor started here within 5 s; one started elsewhere goes on."""
        self.begin_stop()
        if self._thread.is_alive():
            self._thread.join(2 * _LOOK_EVERY_S)
        # One that was just being started when the end came is asked now.
        self.begin_stop()
        child, self._child = self._child, None
        if child is None:
            return
        try:
            child.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

    def _watch(self) -> None:
        backoff = Backoff()
        self._stop.wait(self._wait_first_s)
        while not self._stop.is_set():
            holder = self._directory.monitor_pid()
            if holder is not None:
                self._line = f"Watching a monitor that was started elsewhere (process {holder})."
                self._stop.wait(_LOOK_EVERY_S)
                continue
            lived_s = self._run_once()
            if self._stop.is_set():
                return
            self._stop.wait(backoff.after(lived_s))

    def _run_once(self) -> float:
        began = time.monotonic()
        self._rotate_log()
        with self._log.open("ab") as log:
            child = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._child = child
        self._line = "The monitor was begun just now; it reads cameras within seconds."
        while not self._stop.wait(_LOOK_EVERY_S):
            if time.monotonic() - began > _BEGINS_WITHIN_S:
                self._line = f"This dashboard runs the monitor (process {child.pid})."
            if child.poll() is not None:
                self._line = f"The monitor ended ({child.returncode}): {self._last_line()}"
                break
            if self._silent_s(child.pid) > self._hung_after_s:
                child.kill()
                child.wait()
                self._line = (
                    f"The monitor gave no sign of life for {self._hung_after_s:.0f} s; "
                    "it was ended and is begun anew."
                )
                _log.error("%s", self._line)
                break
        return time.monotonic() - began

    def _silent_s(self, pid: int) -> float:
        """Return how long the monitor of this process has not beaten; 0 before its first beat."""
        status = self._directory.read_status()
        if status is None or status.get("pid") != pid:
            return 0.0
        now_ns = time.monotonic_ns()
        return (now_ns - int(status.get("beat_ns", now_ns))) / 1e9

    def _rotate_log(self) -> None:
        if self._log.exists() and self._log.stat().st_size > 10_000_000:
            self._log.replace(self._log.with_suffix(".log.1"))

    def _last_line(self) -> str:
        with self._log.open("rb") as log:
            log.seek(max(0, self._log.stat().st_size - _LOG_TAIL_BYTES))
            lines = log.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"
