"""The most memory that the workers of a review ever held, asked of the kernel while they live."""

from __future__ import annotations

import os
import re
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

_LOOK_EVERY_S = 0.1


@dataclass
class Peak:
    """Peaks of resident memory in MB: of the hungriest worker, and of the process that leads."""

    worker_mb: float = 0.0
    lead_mb: float = 0.0

    def look(self) -> None:
        self.lead_mb = max(self.lead_mb, peak_mb(os.getpid()))
        for child in psutil.Process().children():
            if is_itself(child):
                self.worker_mb = max(self.worker_mb, peak_mb(child.pid))


def is_itself(child: psutil.Process) -> bool:
    """Tell whether a child runs its own program: until it does, its memory is counted as ours."""
    try:
        return child.cmdline() not in ([], psutil.Process().cmdline())
    except psutil.Error:
        return False


def peak_mb(pid: int) -> float:
    """Return the kernel's own high-water mark of a process; 0 for one that is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) / 1000 if found else 0.0


@contextmanager
def watched_memory():
    """Look ten times a second within the block."""
    peak, over = Peak(), threading.Event()

    def watch() -> None:
        while not over.wait(_LOOK_EVERY_S):
            peak.look()

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield peak
    finally:
        over.set()
        watcher.join()
