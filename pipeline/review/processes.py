"""Worker processes: tasks in, progress and results out; one that dies or hangs stops no other.

Each worker is a process of its own with a model of its own, met over a socket pair. It is deaf to
Ctrl-C, which is for the one that leads, and ends when its socket closes: nobody outlives a killed
review.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait

from pipeline.review.crew import Order, Orders, Progress, Report, Task, TaskKey, reported
from pipeline.review.tools import Setup

# Python, OpenCV and the model have to load first, on a machine that may be busy.
_SILENT_S = 180.0
_ATTEMPTS = 2
_STOP_WAIT_S = 2.0
_LEAN = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0))


@dataclass(slots=True)
class _Worker:
    process: subprocess.Popen[bytes]
    line: Connection
    order: Order | None = None
    heard_s: float = field(default_factory=time.monotonic)


class Processes:
    """A crew of processes on this machine. Not for several threads."""

    def __init__(self, size: int, setup: Setup) -> None:
        self.size, self._setup = size, setup
        self._orders = Orders()
        self._workers: list[_Worker] = []

    def give(self, key: TaskKey, task: Task, *, first: bool = False) -> None:
        """Queue a task under a key of its own; ``first``: before all that wait."""
        self._orders.put(Order(key, task), first=first)

    @property
    def n_waiting(self) -> int:
        """Return how many tasks no worker has taken up yet."""
        return len(self._orders)

    @property
    def is_busy(self) -> bool:
        """Tell whether any task is not finished."""
        return bool(self._orders) or any(worker.order for worker in self._workers)

    def reports(self, timeout_s: float) -> list[Report]:
        """Hand out what waits, then wait for news, no longer than ``timeout_s``."""
        self._hand_out()
        by_line = {worker.line: worker for worker in self._workers}
        reports: list[Report] = []
        for line in wait(list(by_line), timeout_s):
            worker = by_line[line]  # type: ignore[index]  # these are the connections given
            reports += self._heard(worker)
        now_s = time.monotonic()
        for worker in list(self._workers):
            if worker.order is not None and now_s - worker.heard_s > _SILENT_S:
                reports += self._bury(worker, f"it gave no sign of life for {_SILENT_S:.0f} s")
        return reports

    def close(self) -> None:
        """End all workers; what they were at is lost."""
        self._orders.clear()
        workers, self._workers = self._workers, []
        for worker in workers:
            worker.line.close()
            worker.process.terminate()
        for worker in workers:
            _end(worker.process)

    def _hand_out(self) -> None:
        for worker in self._workers:
            if worker.order is None and self._orders:
                self._start(worker, self._orders.take())
        while self._orders and len(self._workers) < self.size:
            worker = self._hire()
            self._workers.append(worker)
            self._start(worker, self._orders.take())

    def _hire(self) -> _Worker:
        ours, theirs = socket.socketpair()
        with theirs:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "pipeline.review.worker", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                env={**os.environ, **_LEAN},
                start_new_session=True,
            )
        line = Connection(ours.detach())
        worker = _Worker(process, line)
        with suppress(OSError):
            line.send(self._setup)
        return worker

    def _start(self, worker: _Worker, order: Order) -> None:
        worker.order, worker.heard_s = order, time.monotonic()
        with suppress(OSError):  # a dead worker is found when its line is read
            worker.line.send(order.task)

    def _heard(self, worker: _Worker) -> list[Report]:
        try:
            kind, *content = worker.line.recv()
        except (EOFError, OSError):
            return self._bury(worker, "it died")
        worker.heard_s = time.monotonic()
        order = worker.order
        if order is None:
            return []
        report = reported(order.key, kind, tuple(content))
        if not isinstance(report, Progress):
            worker.order = None
        return [report]

    def _bury(self, worker: _Worker, why: str) -> list[Report]:
        """Take a worker away; its task is tried once more, and then given up."""
        self._workers.remove(worker)
        worker.line.close()
        worker.process.kill()
        code = worker.process.wait()
        if worker.order is None:
            return []
        return self._orders.retry(worker.order, f"{why} ({_ending(code)})", _ATTEMPTS)


def _ending(code: int) -> str:
    with suppress(ValueError):
        return signal.Signals(-code).name if code < 0 else f"exit code {code}"
    return f"signal {-code}"


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(_STOP_WAIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
