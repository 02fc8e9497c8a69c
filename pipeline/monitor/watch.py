"""The loop: newest frames in, one batch over all cots, results out, signs of life."""

from __future__ import annotations

import logging
import threading
import time
from pathlib import Path

from db.folders import VIDEOS
from db.schema import Video
from db.store import Store
from db.writer import Writer
from pipeline.clock import UtcClock
from pipeline.estimate import Estimator
from pipeline.models.session import PoseModel
from pipeline.monitor.advisor import Advisor
from pipeline.monitor.chores import Chore
from pipeline.monitor.counting import MinuteCounter
from pipeline.monitor.recorder import Desk
from pipeline.monitor.room import Room
from pipeline.monitor.self_report import SelfReport, model_row
from pipeline.monitor.spells import SpellBook
from pipeline.monitor.station import Surroundings
from pipeline.monitor.stations import Stations
from pipeline.monitor.succession import Succession
from pipeline.rundir import RunDirectory
from pipeline.settings import Settings
from pipeline.video import KeptVideo, VideoKeeper

_log = logging.getLogger(__name__)
_IDLE_S = 0.003
_LOOK_AFTER_S = 0.25
_ROSTER_S = 1.0
_HEARTBEAT_S = 1.0
_ADVISE_S = 1.0
_RETENTION_S = 600.0
# Within the 5 s that an orderly end may take (FAULTS 58), the last minutes and then the rest.
_COUNT_S = 1.5
_CLOSE_S = 3.0


class Watch:
    """Watches all cots with what ``Monitor`` has opened."""

    def __init__(
        self,
        settings: Settings,
        clock: UtcClock,
        store: Store,
        writer: Writer,
        model: PoseModel,
        succession: Succession,
    ) -> None:
        self._clock, self._writer, self._succession = clock, writer, succession
        self._directory = RunDirectory.of(settings.database)
        self._video_folder = settings.data_path / VIDEOS
        self._estimator: Estimator[int] = Estimator(model)
        self._report = SelfReport(writer, model, settings.model.provider, clock.now_us())
        self._desk = Desk(writer, clock, self._report.instance, model_row(model))
        self._spells = SpellBook(self._desk.event, None)
        self._advisor = Advisor(store, writer, clock.now_us())
        self._advisor.tell_of_absence(clock.now_us())
        self._counter = MinuteCounter()
        self._video = VideoKeeper(self._video_folder, self._store_video)
        self._video.start()
        self._room = Room(settings.monitor.video, self._video_folder, store, self._spells)
        around = Surroundings(
            self._desk,
            self._directory,
            settings.monitor.smoother,
            settings.monitor.max_fps,
            self._video,
            self._counter.hand_over,
        )
        self._stations = Stations(store, self._estimator, around)

    def run(self, stop: threading.Event) -> None:
        """Take frames and do the chores until ``stop`` is set."""
        chores = [
            Chore(_LOOK_AFTER_S, self._look_after),
            Chore(_ROSTER_S, lambda: self._stations.reconcile(self._clock.now_us())),
            Chore(_ROSTER_S, self._succeed),
            Chore(_HEARTBEAT_S, self._beat),
            Chore(_RETENTION_S, lambda: self._room.keep(self._clock.now_us())),
            Chore(_ADVISE_S, self._advise),
        ]
        while not stop.is_set():
            for chore in chores:
                chore.do_when_due()
            if not self._turn():
                time.sleep(_IDLE_S)

    def close(self) -> None:
        """Stop the cameras, count and store what waits, say that this was the end."""
        now_us = self._clock.now_us()
        self._stations.close(now_us)
        self._succession.close()
        self._video.close()
        self._spells.close(now_us)
        if not self._counter.close(_COUNT_S):
            _log.error("the last minutes were not counted; `cotside movement recompute` makes them")
        self._writer.put(self._report.heartbeat(self._clock.now_us(), 0, stopped=True))
        self._desk.executor.shutdown(wait=True)
        self._keep_counted()
        if not self._writer.close(_CLOSE_S):
            _log.error("not all frames could be stored in time: %s", self._writer.state.line)
        self._write_status(stopped=True)

    def _turn(self) -> bool:
        """Estimate the newest frame of every cot that has one; tell whether any had."""
        frames = self._stations.newest_frames(time.monotonic_ns())
        if not frames:
            return False
        self._stations.take(frames, self._estimator.estimate(frames))
        return True

    def _look_after(self) -> None:
        self._stations.look_after(self._clock.now_us(), time.monotonic_ns())
        self._keep_counted()
        self._write_status()

    def _keep_counted(self) -> None:
        """Give minutes that were counted to the writer and to those who judge them."""
        for counted in self._counter.take_counted():
            self._advisor.finished(counted.cot_id, [counted.row])
            recording_id = None if counted.recording is None else counted.recording.id
            if recording_id is not None:
                counted.row.recording_id = recording_id
                self._writer.put(counted.row)

    def _succeed(self) -> None:
        """Take over a model that was promoted: each cot's next frame is the first of its own."""
        model = self._succession.next()
        if model is None:
            return
        before, self._report.model = self._report.model.manifest, model
        self._estimator.use_model(model)
        self._desk.model = model_row(model)
        self._spells.tell(
            "model_changed",
            f"{model.manifest.name} {model.manifest.version} came into use after "
            f"{before.name} {before.version}",
            self._clock.now_us(),
            "info",
        )
        self._stations.restart_recordings()

    def _beat(self) -> None:
        jump_us = self._clock.take_jump_us()
        if jump_us:
            self._follow_clock(jump_us)
        self._writer.put(self._report.heartbeat(self._clock.now_us(), len(self._stations)))

    def _follow_clock(self, jump_us: int) -> None:
        seconds = jump_us / 1e6
        self._spells.tell(
            "clock_set",
            f"the wall clock was set by {seconds:+.0f} s; a new recording begins",
            self._clock.now_us(),
            "medium",
        )
        self._advisor.follow_clock(jump_us)
        self._stations.restart_recordings(clock_suspect=True)

    def _advise(self) -> None:
        """Judge what is known now; not before it is known which cots there are."""
        if self._stations.knows_roster:
            ward = self._report.ward(self._estimator.counts.trouble, self._room.free)
            self._advisor.look(self._clock.now_us(), ward, self._stations.cots_now())

    def _write_status(self, *, stopped: bool = False) -> None:
        troubles = (self._estimator.counts.trouble, *self._stations.faults, self._succession.fault)
        status = self._report.status(self._stations.statuses(), troubles)
        self._directory.write_status(status | {"stopped": True} if stopped else status)

    def _store_video(self, video: KeptVideo) -> None:
        self._writer.put(
            Video(
                recording_id=video.recording_id,
                segment_id=video.segment_id,
                path=str(Path(video.path).relative_to(self._video_folder)),
                start_us=video.start_us,
                end_us=video.end_us,
                bytes=video.bytes,
                codec="h264",
            )
        )
