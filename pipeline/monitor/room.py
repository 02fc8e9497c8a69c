"""Room on the disk: kept video that is too old or too much goes, a disk nearly full is told."""

from __future__ import annotations

import logging
import time
from pathlib import Path

import psutil

from db.store import Store
from pipeline.monitor.spells import SpellBook
from pipeline.settings import VideoSettings
from pipeline.video import enforce_retention

_LOW_SHARE = 0.05
_log = logging.getLogger(__name__)


class Room:
    """Keeps kept video within its limits. ``free``: share of the disk, None before the first look.

    ``folder`` is where kept video lies, on the disk of the database.
    """

    def __init__(
        self, settings: VideoSettings, folder: Path, store: Store, spells: SpellBook
    ) -> None:
        self._settings, self._folder = settings, folder
        self._store, self._spells = store, spells
        self.free: float | None = None

    def keep(self, now_us: int) -> None:
        """Remove what is over the limits and look how full the disk is."""
        folder, limits = self._folder, self._settings
        try:
            removed = enforce_retention(folder, limits.keep_days, limits.keep_gb, now_us)
            disk = psutil.disk_usage(str(folder.parent if folder.parent.exists() else "/"))
        except OSError as error:
            _log.warning("kept video could not be looked after: %s", error)
            return
        self.free = disk.free / disk.total
        if removed:
            self._store.forget_videos([str(path.relative_to(folder)) for path in removed])
        self._spells.update(
            "disk_low",
            self.free < _LOW_SHARE,
            f"{disk.free / 1e9:.1f} GB free on the disk of the database",
            now_us=now_us,
            now_ns=time.monotonic_ns(),
            severity="high",
        )
