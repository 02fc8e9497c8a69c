"""The monitor's process: what it needs is opened here, in order, and closed again."""

from __future__ import annotations

import threading
from pathlib import Path

import cv2
from sqlalchemy import Engine

from db.lifecycle import open_database
from db.store import Store
from db.writer import Writer
from pipeline.clock import UtcClock
from pipeline.memory import keep_picture_memory
from pipeline.models.registry import ModelRegistry
from pipeline.models.session import PoseModel, load_model
from pipeline.monitor.roster import enrol
from pipeline.monitor.succession import Succession
from pipeline.monitor.watch import Watch
from pipeline.notices.carrier import carriers
from pipeline.rundir import RunDirectory
from pipeline.settings import Settings


class Monitor:
    """Watches all cots of one database until told to stop."""

    def __init__(self, settings: Settings, clock: UtcClock | None = None) -> None:
        self._settings = settings
        self._clock = clock or UtcClock()
        self._directory = RunDirectory.of(settings.database)

    def run(self, stop: threading.Event) -> None:
        """Monitor until ``stop`` is set; store what waits before returning.

        Raises ``MonitorError`` when another monitor runs, ``ModelError`` and ``DatabaseError``
        when the model or the database cannot be used.
        """
        # Many small pictures: OpenCV's own threads would only get into each other's way.
        cv2.setNumThreads(1)
        keep_picture_memory()
        with self._directory.lock_monitor():
            succession = Succession(
                ModelRegistry.under(self._settings.data_path),
                self._settings.model,
                self._load_model,
            )
            model = succession.first()
            engine = open_database(self._settings.database)
            try:
                self._run_on(engine, model, succession, stop)
            finally:
                engine.dispose()

    def _run_on(
        self, engine: Engine, model: PoseModel, succession: Succession, stop: threading.Event
    ) -> None:
        store = Store(engine)
        store.mark_unclean_recordings()
        enrol(store, self._settings.cots)
        writer = Writer(engine)
        writer.start()
        watch = Watch(self._settings, self._clock, store, writer, model, succession)
        messengers = carriers(store, self._settings.notices, self._directory)
        for messenger in messengers:
            messenger.start()
        try:
            watch.run(stop)
        finally:
            for messenger in messengers:
                messenger.stop()
            watch.close()

    def _load_model(self, folder: Path | None) -> PoseModel:
        wanted = self._settings.model
        return load_model(
            folder,
            provider=wanted.provider,
            allow_fallback=wanted.allow_fallback,
            threads=wanted.threads,
        )
