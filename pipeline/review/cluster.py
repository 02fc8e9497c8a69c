"""A crew on a Ray cluster: the same tasks, on as many machines as have joined it.

Every machine needs this Cotside and this model, the videos and the folder of the results under the
same paths, and the database by URL. A task whose machine dies is handed out again; the lead alone
stores frames, in the order of time, so that none is lost and none is there twice. Where no address
is given, a cluster of this machine alone is begun, on the loopback address, without Ray's dashboard
and without its statistics of use.
"""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.metadata import version
from queue import SimpleQueue
from threading import Thread, current_thread, main_thread
from typing import Any

from pipeline.errors import ClusterError
from pipeline.review.crew import Order, Orders, Progress, Report, Task, TaskKey, reported
from pipeline.review.processes import cores
from pipeline.review.tools import Setup, Tools
from pipeline.review.worker import answer

_KNOCK_S = 3.0
_LAST_PORT = 65_535
# How a client of HTTP/2, which Ray speaks, begins; the answer is a frame of settings.
_GREETING = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
_SETTINGS_AT, _SETTINGS = 3, 4
_OBJECT_STORE_BYTES = 100_000_000
_SILENT_S = 300.0
# A task is not to blame for a machine that dies; one that ends its process each time is.
_ATTEMPTS = 3
_COUNTED_EVERY_S = 5.0
_DESERTED_S = 60.0
_OPTIONS = {"num_cpus": 1, "max_retries": 0, "num_returns": "streaming"}
_QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    # Where a task asks for no GPU, Ray would hide those that the model is to run on.
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
}
# Ray's own word for "this machine only"; otherwise it takes the address of the network.
_ALONE = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}


@dataclass(frozen=True, slots=True)
class Badge:
    """What a worker has to have: the lead's version of Cotside, and its model."""

    software: str
    model_sha256: str

    @classmethod
    def of(cls, model_sha256: str) -> Badge:
        """Make the badge of this Cotside and a model."""
        return cls(version("cotside"), model_sha256)


@dataclass(slots=True)
class _Running:
    """A task that Ray was given; ``begun``: a worker has taken it up."""

    order: Order
    begun: bool = False
    heard_s: float = field(default_factory=time.monotonic)


class RayCrew:
    """A crew on a cluster. ``size`` None: as many tasks at once as the cluster has cores."""

    def __init__(self, size: int | None, setup: Setup, badge: Badge, address: str | None) -> None:
        self._ray = _connected(address, size)
        self._work = self._ray.remote(**_OPTIONS)(work)
        self._asked, self._size = size, size or 1
        self._known = setup, badge
        self._orders = Orders()
        self._running: dict[Any, _Running] = {}
        self._counted_s = self._manned_s = time.monotonic()
        self._count()

    def give(self, key: TaskKey, task: Task, *, first: bool = False) -> None:
        """Queue a task under a key of its own; ``first``: before all that wait."""
        self._orders.put(Order(key, task), first=first)

    @property
    def n_waiting(self) -> int:
        """Return how many tasks were not handed to the cluster yet."""
        return len(self._orders)

    @property
    def is_busy(self) -> bool:
        """Tell whether any task is not finished."""
        return bool(self._orders) or bool(self._running)

    def reports(self, timeout_s: float) -> list[Report]:
        """Hand out what waits, then wait for news, no longer than ``timeout_s``.

        Raises ``ClusterError`` when the cluster has had no machine to work on for a minute.
        """
        self._count_now_and_then()
        while self._orders and len(self._running) < self._size:
            order = self._orders.take()
            self._running[self._work.remote(*self._known, order.task)] = _Running(order)
        ready, _ = self._ray.wait(list(self._running), timeout=timeout_s)
        reports = [report for line in ready for report in self._heard(line)]
        return reports + self._silent()

    def close(self) -> None:
        """End all tasks; what they were at is lost."""
        self._orders.clear()
        running, self._running = self._running, {}
        for line in running:
            with suppress(self._ray.exceptions.RayError, ValueError):
                self._ray.cancel(line, force=True)
        self._ray.shutdown()

    def _heard(self, line: Any) -> list[Report]:
        running = self._running[line]
        running.begun, running.heard_s = True, time.monotonic()
        try:
            kind, *content = self._ray.get(next(line))
        except StopIteration:
            return self._lost(line, "it ended without an answer")
        except self._ray.exceptions.RayError as error:
            return self._lost(line, type(error).__name__)
        report = reported(running.order.key, kind, tuple(content))
        if not isinstance(report, Progress):
            del self._running[line]
        return [report]

    def _silent(self) -> list[Report]:
        """Give up tasks that were begun and give no sign of life; others wait for a free place."""
        now_s = time.monotonic()
        reports: list[Report] = []
        for line, running in list(self._running.items()):
            if running.begun and now_s - running.heard_s > _SILENT_S:
                with suppress(self._ray.exceptions.RayError):
                    self._ray.cancel(line, force=True)
                reports += self._lost(line, f"it gave no sign of life for {_SILENT_S:.0f} s")
        return reports

    def _lost(self, line: Any, why: str) -> list[Report]:
        return self._orders.retry(self._running.pop(line).order, why, _ATTEMPTS)

    def _count_now_and_then(self) -> None:
        if time.monotonic() - self._counted_s >= _COUNTED_EVERY_S:
            self._count()

    def _count(self) -> None:
        """Count the cluster's cores: machines join and leave."""
        self._counted_s = time.monotonic()
        n_cores = int(self._ray.cluster_resources().get("CPU", 0))
        if n_cores:
            self._manned_s = self._counted_s
        elif self._counted_s - self._manned_s > _DESERTED_S:
            raise ClusterError("the Ray cluster has no machine left to work on; let one join it")
        self._size = self._asked or max(1, n_cores)


def work(setup: Setup, badge: Badge, task: Task) -> Iterator[tuple[Any, ...]]:
    """Do a task on the machine where this is called; yield its progress, then its answer."""
    fault = _misfit(setup, badge)
    if fault:
        yield "failed", ClusterError.__name__, fault
        return
    yield "progress", 0
    said: SimpleQueue[tuple[Any, ...]] = SimpleQueue()

    def run() -> None:
        said.put(answer(task, _tools(setup), lambda count: said.put(("progress", count))))

    Thread(target=run, daemon=True).start()
    kind = "progress"
    while kind == "progress":
        message = said.get()
        kind = message[0]
        yield message


def _misfit(setup: Setup, badge: Badge) -> str:
    """Say why this machine may not work for that lead, or nothing."""
    here = socket.gethostname()
    if version("cotside") != badge.software:
        return f"{here} has cotside {version('cotside')}, the lead {badge.software}; install one"
    sha256 = _tools(setup).model.manifest.sha256
    if sha256 != badge.model_sha256:
        return f"{here} has another model than the lead; put the same one there"
    return ""


@lru_cache(maxsize=1)
def _tools(setup: Setup) -> Tools:
    """Return what a worker works with; Ray keeps its process for the next task."""
    return Tools(setup)


def _connected(address: str | None, size: int | None) -> Any:
    """Return Ray, joined to the cluster; raise ``ClusterError`` in one line, within seconds."""
    host, port = _parsed(address) if address else ("127.0.0.1", 0)
    os.environ.update(_QUIET | (_ALONE if _is_loopback(host) else {}))
    try:
        import ray
    except ImportError:
        raise ClusterError("Ray is not installed; uv sync --extra ray brings it") from None
    options: dict[str, Any] = {"log_to_driver": False, "logging_level": "ERROR"}
    if address:
        _knock(host, port)
        options |= {"address": address}
    else:
        options |= {"num_cpus": size or cores(), "include_dashboard": False, "address": "local"}
        options |= {"object_store_memory": _OBJECT_STORE_BYTES}
    before = signal.getsignal(signal.SIGTERM)
    try:
        # A cluster that is begun on a machine at work may take longer than Ray's half minute.
        _joined(ray, options, tries=1 if address else 3)
    except Exception as error:  # Ray's errors on the way in share no base class
        where = address or "this machine"
        line = str(error).strip().splitlines()[0][:200] if str(error).strip() else repr(error)
        raise ClusterError(f"Ray at {where} cannot be joined: {line}") from None
    finally:
        # Ray takes SIGTERM for itself; a review ends in order.
        if current_thread() is main_thread():
            signal.signal(signal.SIGTERM, before)
    return ray


def _joined(ray: Any, options: dict[str, Any], tries: int) -> None:
    """Join or begin a cluster; raise what Ray raises when the last try fails."""
    for left in range(tries - 1, -1, -1):
        try:
            ray.init(**options)
        except Exception:
            ray.shutdown()
            if not left:
                raise
        else:
            return


def _parsed(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit() or int(port) > _LAST_PORT:
        raise ClusterError(f"{address!r} is no address of a Ray cluster; write HOST:PORT")
    return host, int(port)


def _is_loopback(host: str) -> bool:
    return host == "localhost" or host.startswith("127.")


def _knock(host: str, port: int) -> None:
    """See that Ray may be what answers there: Ray itself would wait for minutes."""
    try:
        with socket.create_connection((host, port), timeout=_KNOCK_S) as line:
            line.sendall(_GREETING)
            said = line.recv(_SETTINGS_AT + 1)
    except OSError as error:
        why = error.strerror or "no answer"
        raise ClusterError(f"no Ray cluster answers at {host}:{port}: {why}") from None
    if said[_SETTINGS_AT:] != bytes([_SETTINGS]):
        raise ClusterError(f"no Ray cluster answers at {host}:{port}: something else does")
