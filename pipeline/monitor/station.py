"""One cot under watch: its camera, its newest pose, its place on record."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pipeline.capture import Capture, CaptureHealth
from pipeline.capture.health import RateMeter
from pipeline.estimate import pixels
from pipeline.live import LivePose, LiveSlot
from pipeline.monitor.counting import ToCount
from pipeline.monitor.meters import LagMeter
from pipeline.monitor.minutes import CutMinute, MinuteBook
from pipeline.monitor.recorder import CotRecorder, Desk, SegmentFacts
from pipeline.monitor.roster import CotPlan
from pipeline.monitor.spells import SpellBook
from pipeline.rundir import RunDirectory
from pipeline.smoothing import CausalSmoother, make_causal
from pipeline.types import FLAG_WORDS, Frame, FrameFlag, Pose
from pipeline.video import VideoKeeper

_SPELL_FLAGS = {
    FrameFlag.NO_INFANT: ("no_infant", 30.0, "info"),
    FrameFlag.LENS_COVERED: ("lens_covered", 5.0, "high"),
    FrameFlag.FROZEN: ("picture_frozen", 0.0, "high"),
    FrameFlag.TOO_DARK: ("too_dark", 5.0, "medium"),
    FrameFlag.CAMERA_MOVED: ("camera_moved", 0.0, "medium"),
    FrameFlag.HANDLED: ("handled", 2.0, "info"),
}
_CAMERA_STATES = {
    "stalled": ("camera_stalled", "medium"),
    "offline": ("camera_offline", "high"),
    "refused": ("camera_refused", "high"),
}
_RELEASE_S = 3.0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every station of one monitor needs; ``finished`` takes minutes to be counted."""

    desk: Desk
    directory: RunDirectory
    smoother: str
    max_fps: float
    video: VideoKeeper
    finished: Callable[[ToCount], None]


class Station:
    """Runs one cot's camera and takes its poses; replaced as a whole when its plan changes."""

    def __init__(self, plan: CotPlan, around: Surroundings) -> None:
        self.plan = plan
        self._around = around
        self.capture = Capture(plan.camera, around.directory.camera_slot(plan.camera_id))
        self._live = LiveSlot(around.directory.live_slot(plan.cot_id), create=True)
        self._recorder = CotRecorder(around.desk, plan.cot_id, plan.camera_id, plan.name)
        self._smoother: CausalSmoother = make_causal(around.smoother)
        self._minutes = MinuteBook(around.desk.clock.now_us())
        self._spells = SpellBook(around.desk.event, plan.cot_id)
        self._rate, self._lag = RateMeter(), LagMeter()
        self._sequence = -1
        self._next_frame_ns = 0
        self._newest: LivePose | None = None
        self._health: CaptureHealth | None = None
        self._poses = 0
        self._flags = FrameFlag.NONE
        self.dropped = 0
        self.capture.start()

    def next_frame(self, now_ns: int) -> Frame | None:
        """Return the camera's newest frame if there is a new one and it is time for it."""
        if now_ns < self._next_frame_ns:
            return None
        frame = self.capture.newest(self._sequence)
        if frame is None:
            return None
        self.dropped += max(0, frame.sequence - self._sequence - 1)
        self._sequence = frame.sequence
        # A little early: frames come with jitter, and a frame just missed is a frame lost.
        self._next_frame_ns = now_ns + int(0.8e9 / self._around.max_fps)
        return frame

    def take(self, frame: Frame, pose: Pose) -> None:
        """Put an estimated frame on record and on show."""
        time_us, is_new_segment = self._recorder.take(frame, pose, lambda: self._facts(frame))
        if is_new_segment:
            self._smoother = make_causal(self._around.smoother)
        smoothed_kc = self._smoother.step(time_us, pose.keypoints_kc, pose.scores_k)
        self._minutes.add(time_us, pose, is_new_segment)
        live = LivePose(
            pose,
            smoothed_kc,
            frame.size_wh,
            frame.sequence,
            frame.segment,
            time_us,
            frame.arrival_ns,
        )
        self._newest = live
        self._live.publish(live, frame.image_hwc if self._live.wanted else None)
        ids = self._recorder.ids
        if self.plan.keep_video and ids is not None:
            self._around.video.keep(self.plan.cot_id, ids, time_us, frame.image_hwc)
        self._poses += 1
        self._flags |= pose.flags
        self._lag.add((time.monotonic_ns() - frame.arrival_ns) / 1e6)

    def look_after(self, now_us: int, now_ns: int) -> None:
        """Watch the camera's process, tell what began or ended, cut off finished minutes."""
        self.capture.check()
        self._rate.note(now_ns / 1e9, self._poses)
        self._health = health = self.capture.health()
        for state, (kind, severity) in _CAMERA_STATES.items():
            self._spells.update(
                kind,
                health.state == state,
                health.line or health.state,
                now_us=now_us,
                now_ns=now_ns,
                onset_s=1.0,
                release_s=_RELEASE_S,
                severity=severity,
            )
        if health.state == "live" and self._newest is not None:
            self._tell_flags(self._newest.pose.flags, now_us, now_ns)
        self._hand_over(self._minutes.cut_finished(now_us, self._expected_fps()))

    def take_flags(self) -> FrameFlag:
        """Return all flags of the frames since this was last asked."""
        flags, self._flags = self._flags, FrameFlag.NONE
        return flags

    def restart_recording(self, *, clock_suspect: bool = False) -> None:
        """End the recording and begin another with the next frame."""
        self._close_recording(clock_suspect)

    def status(self) -> dict[str, Any]:
        """Return what the status file says of this cot (see ``pipeline.live.CotStatus``)."""
        health = self._health or self.capture.health()
        p50, p95 = self._lag.percentiles_ms()
        newest = self._newest
        return {
            "name": self.plan.name,
            "state": health.state,
            "line": health.line,
            "grade": health.grade,
            "fps": health.fps,
            "expected_fps": health.expected_fps,
            "pose_fps": self._rate.fps,
            "dropped": self.dropped + health.skipped + self._recorder.given_up,
            "bad_times": health.bad_times,
            "reconnects_per_h": health.reconnects_per_h,
            "stalls_per_h": health.stalls_per_h,
            "lag_ms_p50": p50,
            "lag_ms_p95": p95,
            "arrival_ns": None if newest is None else newest.arrival_ns,
            "decoder": f"{health.codec}, {health.decoder}" if health.decoder else "",
            "flags": 0 if newest is None else int(newest.pose.flags),
        }

    def begin_close(self) -> None:
        """Ask the camera's process to end, and return at once."""
        self.capture.begin_stop()

    def close(self, now_us: int) -> None:
        """Stop the camera and end the recording; what waits is stored by the desk."""
        self.capture.stop()
        self._close_recording(clock_suspect=False)
        self._spells.close(now_us)
        self._live.close()
        self._around.directory.live_slot(self.plan.cot_id).unlink(missing_ok=True)

    def _close_recording(self, clock_suspect: bool) -> None:
        now_us = self._around.desk.clock.now_us()
        self._hand_over(self._minutes.cut_rest(now_us, self._expected_fps()))
        self._minutes = MinuteBook(now_us)
        self._recorder.restart(clock_suspect=clock_suspect)

    def _hand_over(self, minutes: list[CutMinute]) -> None:
        for minute in minutes:
            self._around.finished(ToCount(self.plan.cot_id, self._recorder.recording, minute))

    def _tell_flags(self, flags: FrameFlag, now_us: int, now_ns: int) -> None:
        for flag, (kind, onset_s, severity) in _SPELL_FLAGS.items():
            self._spells.update(
                kind,
                bool(flags & flag),
                FLAG_WORDS[flag],
                now_us=now_us,
                now_ns=now_ns,
                onset_s=onset_s,
                release_s=_RELEASE_S,
                severity=severity,
            )

    def _facts(self, frame: Frame) -> SegmentFacts:
        cot = pixels(self.plan.rectangle, frame.size_wh)
        rectangle = {"x": cot.x, "y": cot.y, "width": cot.width, "height": cot.height}
        return SegmentFacts(frame.size_wh, self._expected_fps(), rectangle)

    def _expected_fps(self) -> float | None:
        fps = self._health.expected_fps if self._health is not None else None
        fps = fps or self.plan.camera.expected_fps
        return None if fps is None else min(fps, self._around.max_fps)
