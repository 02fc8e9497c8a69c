"""The monitor's process: newest frames in, one batch over all cots, results out, signs of life."""

from __future__ import annotations

import logging
import os
import threading
import time
import uuid
from importlib.metadata import version
from pathlib import Path
from typing import Any

import cv2
import psutil

from db.errors import DatabaseError
from db.folders import VIDEOS
from db.lifecycle import open_database
from db.schema import Heartbeat, Model, Video
from db.store import Store
from db.writer import Writer
from pipeline.advisories import WardNow
from pipeline.advisories.absence import STOPPED
from pipeline.clock import UtcClock
from pipeline.errors import CotsideError
from pipeline.estimate import Estimator
from pipeline.models.registry import ModelRegistry
from pipeline.models.session import PoseModel, load_model
from pipeline.monitor.advisor import Advisor, cot_now
from pipeline.monitor.recorder import Desk
from pipeline.monitor.roster import CotPlan, enrol, read_roster
from pipeline.monitor.spells import SpellBook
from pipeline.monitor.station import Station, Surroundings
from pipeline.monitor.succession import Succession
from pipeline.notices.carrier import carriers
from pipeline.rundir import RunDirectory
from pipeline.settings import Settings
from pipeline.video import KeptVideo, VideoKeeper, enforce_retention

_log = logging.getLogger(__name__)
_IDLE_S = 0.003
_LOOK_AFTER_S = 0.25
_ROSTER_S = 1.0
_HEARTBEAT_S = 1.0
_ADVISE_S = 1.0
_RETENTION_S = 600.0
_RETRY_STATION_S = 5.0
_LOW_DISK_SHARE = 0.05
_CLOSE_S = 3.0


class Monitor:
    """Watches all cots of one database until told to stop."""

    def __init__(self, settings: Settings, clock: UtcClock | None = None) -> None:
        self._settings = settings
        self._clock = clock or UtcClock()
        self._directory = RunDirectory.of(settings.database)
        self._instance = uuid.uuid4().hex
        self._started_us = self._clock.now_us()
        self._stations: dict[int, Station] = {}
        self._refused: dict[int, tuple[float, CotPlan, str]] = {}
        self._faults: list[str] = []
        self._knows_roster = False
        self._disk_free: float | None = None

    def run(self, stop: threading.Event) -> None:
        """Monitor until ``stop`` is set; store what waits before returning.

        Raises ``MonitorError`` when another monitor runs, ``ModelError`` and ``DatabaseError``
        when the model or the database cannot be used.
        """
        # Many small pictures: OpenCV's own threads would only get into each other's way.
        cv2.setNumThreads(1)
        with self._directory.lock_monitor():
            self._succession = Succession(
                ModelRegistry.under(self._settings.data_path),
                self._settings.model,
                self._load_model,
            )
            model = self._succession.first()
            engine = open_database(self._settings.database)
            try:
                self._store = Store(engine)
                self._store.mark_unclean_recordings()
                enrol(self._store, self._settings.cots)
                self._writer = Writer(engine)
                self._writer.start()
                self._watch(model, stop)
            finally:
                engine.dispose()

    def _load_model(self, folder: Path | None) -> PoseModel:
        wanted = self._settings.model
        return load_model(
            folder,
            provider=wanted.provider,
            allow_fallback=wanted.allow_fallback,
            threads=wanted.threads,
        )

    def _watch(self, model: PoseModel, stop: threading.Event) -> None:
        self._model = model
        self._estimator: Estimator[int] = Estimator(model)
        self._desk = Desk(self._writer, self._clock, self._instance, _model_row(model))
        self._spells = SpellBook(self._desk.event, None)
        self._advisor = Advisor(self._store, self._writer, self._clock.now_us())
        self._advisor.tell_of_absence(self._clock.now_us())
        video = VideoKeeper(self._video_folder, self._store_video)
        video.start()
        monitor = self._settings.monitor
        self._around = Surroundings(
            self._desk,
            self._directory,
            monitor.smoother,
            monitor.max_fps,
            video,
            self._advisor.finished,
        )
        messengers = carriers(self._store, self._settings.notices, self._directory)
        for messenger in messengers:
            messenger.start()
        try:
            self._loop(stop)
        finally:
            for messenger in messengers:
                messenger.stop()
            self._close(video)

    def _loop(self, stop: threading.Event) -> None:
        chores = [
            _Chore(_LOOK_AFTER_S, self._look_after),
            _Chore(_ROSTER_S, self._reconcile),
            _Chore(_ROSTER_S, self._succeed),
            _Chore(_HEARTBEAT_S, self._beat),
            _Chore(_RETENTION_S, self._keep_room),
            _Chore(_ADVISE_S, self._advise),
        ]
        while not stop.is_set():
            for chore in chores:
                chore.do_when_due()
            if not self._turn():
                time.sleep(_IDLE_S)

    def _turn(self) -> bool:
        """Estimate the newest frame of every cot that has one; tell whether any had."""
        now_ns = time.monotonic_ns()
        frames = {}
        for cot_id, station in self._stations.items():
            frame = station.next_frame(now_ns)
            if frame is not None:
                frames[cot_id] = frame
        if not frames:
            return False
        for cot_id, pose in self._estimator.estimate(frames).items():
            self._stations[cot_id].take(frames[cot_id], pose)
        return True

    # Chores

    def _look_after(self) -> None:
        now_us, now_ns = self._clock.now_us(), time.monotonic_ns()
        for station in self._stations.values():
            station.look_after(now_us, now_ns)
        self._directory.write_status(self._status(now_ns))

    def _reconcile(self) -> None:
        """Bring the stations to what the database says now; a database in trouble changes none."""
        try:
            plans, self._faults = read_roster(self._store)
        except DatabaseError as error:
            self._faults = [str(error)]
            return
        self._knows_roster = True
        for cot_id in list(self._stations):
            if plans.get(cot_id) != self._stations[cot_id].plan:
                self._stations.pop(cot_id).close(self._clock.now_us())
                self._estimator.forget(cot_id)
        self._refused = {cot_id: kept for cot_id, kept in self._refused.items() if cot_id in plans}
        for cot_id, plan in plans.items():
            if cot_id not in self._stations and self._may_try(plan):
                self._open_station(plan)

    def _succeed(self) -> None:
        """Take over a model that was promoted: each cot's next frame is the first of its own."""
        model = self._succession.next()
        if model is None:
            return
        before, self._model = self._model.manifest, model
        self._estimator.use_model(model)
        self._desk.model = _model_row(model)
        self._spells.tell(
            "model_changed",
            f"{model.manifest.name} {model.manifest.version} came into use after "
            f"{before.name} {before.version}",
            self._clock.now_us(),
            "info",
        )
        for station in self._stations.values():
            station.restart_recording()

    def _may_try(self, plan: CotPlan) -> bool:
        retry_at_s, refused_plan, _ = self._refused.get(plan.cot_id, (0.0, None, ""))
        return refused_plan != plan or time.monotonic() >= retry_at_s

    def _open_station(self, plan: CotPlan) -> None:
        try:
            self._stations[plan.cot_id] = Station(plan, self._around)
        except (CotsideError, OSError) as error:
            self._refused[plan.cot_id] = (time.monotonic() + _RETRY_STATION_S, plan, str(error))
            return
        self._refused.pop(plan.cot_id, None)
        self._estimator.watch(plan.cot_id, plan.rectangle)

    def _beat(self) -> None:
        jump_us = self._clock.take_jump_us()
        if jump_us:
            self._follow_clock(jump_us)
        self._put_heartbeat()

    def _put_heartbeat(self, **detail: object) -> None:
        state = self._writer.state
        self._writer.put(
            Heartbeat(
                instance=self._instance,
                pid=os.getpid(),
                started_us=self._started_us,
                beat_us=self._clock.now_us(),
                provider=self._model.provider,
                version=version("cotside"),
                detail={"writer": state.kind, "cots": len(self._stations), **detail},
            )
        )

    def _follow_clock(self, jump_us: int) -> None:
        seconds = jump_us / 1e6
        self._spells.tell(
            "clock_set",
            f"the wall clock was set by {seconds:+.0f} s; a new recording begins",
            self._clock.now_us(),
            "medium",
        )
        self._advisor.follow_clock(jump_us)
        for station in self._stations.values():
            station.restart_recording(clock_suspect=True)

    def _advise(self) -> None:
        """Judge what is known now; not before it is known which cots there are."""
        if not self._knows_roster:
            return
        cots = {
            cot_id: cot_now(station.status(), station.take_flags())
            for cot_id, station in self._stations.items()
        }
        for cot_id, (_, plan, line) in self._refused.items():
            cots[cot_id] = cot_now(_refused_status(plan, line))
        self._advisor.look(self._clock.now_us(), self._ward_now(), cots)

    def _ward_now(self) -> WardNow:
        state, wanted = self._writer.state, self._settings.model.provider
        trouble = self._estimator.counts.trouble or ""
        if wanted in ("cuda", "tensorrt") and self._model.provider != wanted:
            trouble = trouble or f"{wanted} was asked for, {self._model.provider} is in use"
        return WardNow(
            writer=state.kind,
            writer_line=state.line,
            disk_free=self._disk_free,
            model_trouble=trouble,
        )

    def _keep_room(self) -> None:
        video, folder = self._settings.monitor.video, self._video_folder
        now_us = self._clock.now_us()
        try:
            removed = enforce_retention(folder, video.keep_days, video.keep_gb, now_us)
            disk = psutil.disk_usage(str(folder.parent if folder.parent.exists() else "/"))
        except OSError as error:
            _log.warning("kept video could not be looked after: %s", error)
            return
        self._disk_free = disk.free / disk.total
        if removed:
            self._store.forget_videos([str(path.relative_to(folder)) for path in removed])
        self._spells.update(
            "disk_low",
            disk.free < _LOW_DISK_SHARE * disk.total,
            f"{disk.free / 1e9:.1f} GB free on the disk of the database",
            now_us=now_us,
            now_ns=time.monotonic_ns(),
            severity="high",
        )

    # Showing and storing

    def _status(self, now_ns: int) -> dict[str, Any]:
        state = self._writer.state
        cots = {cot_id: station.status() for cot_id, station in self._stations.items()}
        for cot_id, (_, plan, line) in self._refused.items():
            cots[cot_id] = _refused_status(plan, line)
        trouble = [state.line or state.kind] if state.kind != "ok" else []
        trouble += [
            line
            for line in (self._estimator.counts.trouble, *self._faults, self._succession.fault)
            if line
        ]
        return {
            "beat_ns": now_ns,
            "pid": os.getpid(),
            "instance": self._instance,
            "provider": self._model.provider,
            "model": f"{self._model.manifest.name} {self._model.manifest.version}",
            "version": version("cotside"),
            "writer": state.kind,
            "trouble": trouble,
            "started_us": self._started_us,
            "cots": cots,
        }

    @property
    def _video_folder(self) -> Path:
        return self._settings.data_path / VIDEOS

    def _store_video(self, video: KeptVideo) -> None:
        self._writer.put(
            Video(
                recording_id=video.recording_id,
                segment_id=video.segment_id,
                path=str(video.path.relative_to(self._video_folder)),
                start_us=video.start_us,
                end_us=video.end_us,
                bytes=video.bytes,
                codec="h264",
            )
        )

    def _close(self, video: VideoKeeper) -> None:
        now_us = self._clock.now_us()
        for station in self._stations.values():
            station.close(now_us)
        self._stations.clear()
        self._succession.close()
        video.close()
        self._spells.close(now_us)
        self._put_heartbeat(**{STOPPED: True})
        self._desk.executor.shutdown(wait=True)
        if not self._writer.close(_CLOSE_S):
            _log.error("not all frames could be stored in time: %s", self._writer.state.line)
        self._directory.write_status(self._status(time.monotonic_ns()) | {"stopped": True})


class _Chore:
    """Something to be done every so often, by the monotonic clock."""

    def __init__(self, every_s: float, do: Any) -> None:
        self._every_s, self._do, self._due_s = every_s, do, 0.0

    def do_when_due(self) -> None:
        now_s = time.monotonic()
        if now_s >= self._due_s:
            self._due_s = now_s + self._every_s
            self._do()


def _model_row(model: PoseModel) -> Model:
    manifest = model.manifest
    return Model(
        name=manifest.name,
        version=manifest.version,
        sha256=manifest.sha256,
        skeleton=manifest.skeleton.name,
        manifest=manifest.model_dump(mode="json"),
    )


def _refused_status(plan: CotPlan, line: str) -> dict[str, Any]:
    return {
        "name": plan.name,
        "state": "refused",
        "line": line,
        "grade": "none",
        "fps": 0.0,
        "expected_fps": plan.camera.expected_fps,
        "pose_fps": 0.0,
        "dropped": 0,
        "bad_times": 0,
        "reconnects_per_h": 0,
        "stalls_per_h": 0,
        "lag_ms_p50": None,
        "lag_ms_p95": None,
        "arrival_ns": None,
        "flags": 0,
    }
