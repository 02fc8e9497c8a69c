"""The run directory: where a running monitor and its readers meet.

One folder in memory-backed storage for each database, found from the database's address alone.
It holds the monitor's lock, its status, the newest-frame slot of each camera and the live slot of
each cot. Nothing in it outlives a reboot, and nothing in it is needed after one.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from pipeline.errors import MonitorError

_SHARED_MEMORY = Path("/dev/shm")


@dataclass(frozen=True, slots=True)
class RunDirectory:
    """The folder of one database's monitor."""

    path: Path

    @classmethod
    def of(cls, database: str) -> RunDirectory:
        """Return the run directory of a database path or URL; make it, for this user only.

        Raises ``MonitorError`` when the folder exists and belongs to somebody else.
        """
        base = _SHARED_MEMORY if os.access(_SHARED_MEMORY, os.W_OK) else Path(tempfile.gettempdir())
        digest = hashlib.sha256(_identity(database).encode()).hexdigest()[:16]
        path = base / f"cotside-{os.getuid()}-{digest}"
        path.mkdir(mode=0o700, exist_ok=True)
        owner = path.lstat()
        if owner.st_uid != os.getuid() or path.is_symlink():
            raise MonitorError(f"{path} belongs to another user; remove it and start again")
        path.chmod(0o700)
        return cls(path)

    def camera_slot(self, camera_id: int) -> Path:
        """Return the path of a camera's newest-frame slot."""
        return self.path / f"camera-{camera_id}.slot"

    def live_slot(self, cot_id: int) -> Path:
        """Return the path of a cot's live slot."""
        return self.path / f"live-{cot_id}.slot"

    def lock_monitor(self) -> HeldLock:
        """Take the lock that one monitor a database may hold; the kernel frees it at any death.

        Raises ``MonitorError`` naming the process that holds it.
        """
        descriptor = os.open(self.path / "monitor.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 32).decode(errors="replace").strip() or "unknown"
            os.close(descriptor)
            raise MonitorError(
                f"a monitor already runs for this database (process {holder})"
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        self._clear_slots()
        return HeldLock(descriptor)

    def try_lock(self, name: str) -> HeldLock | None:
        """Take a lock of that name, or return None while another process holds it."""
        descriptor = os.open(self.path / f"{name}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        return HeldLock(descriptor)

    def monitor_pid(self) -> int | None:
        """Return the process that holds the monitor's lock, or None when nobody does."""
        try:
            descriptor = os.open(self.path / "monitor.lock", os.O_RDWR)
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            text = os.read(descriptor, 32).decode(errors="replace").strip()
            return int(text) if text.isdigit() else None
        else:
            return None
        finally:
            os.close(descriptor)

    def write_status(self, status: dict[str, Any]) -> None:
        """Replace the status at once, so that a reader never sees half of one."""
        draft = self.path / "status.json.new"
        draft.write_text(json.dumps(status), encoding="utf-8")
        draft.replace(self.path / "status.json")

    def read_status(self) -> dict[str, Any] | None:
        """Return the status last written, or None when there is none that can be read."""
        try:
            status = json.loads((self.path / "status.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return status if isinstance(status, dict) else None

    def _clear_slots(self) -> None:
        for leftover in (*self.path.glob("*.slot"), *self.path.glob("status.json*")):
            leftover.unlink(missing_ok=True)


class HeldLock:
    """A held lock of a run directory; released on exit or at the holder's death."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def release(self) -> None:
        """Let the next monitor start."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> HeldLock:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


def _identity(database: str) -> str:
    """Name a database alike however its address is written."""
    sqlite_prefix = "sqlite:///"
    if "://" not in database or database.startswith(sqlite_prefix):
        return str(Path(database.removeprefix(sqlite_prefix)).expanduser().resolve())
    return database
