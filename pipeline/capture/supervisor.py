"""Starts, watches, kills and restarts the capture process of one camera."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.capture.backoff import Backoff
from pipeline.capture.health import (
    CaptureHealth,
    HourCount,
    RateMeter,
    State,
    grade_of,
    stall_after_s,
)
from pipeline.capture.order import Order
from pipeline.slot import Field, FrameSlot, SlotState
from pipeline.types import Frame

if TYPE_CHECKING:
    from pipeline.settings import CameraSettings

# Python itself and PyAV have to load first, on a machine that may be busy.
_START_ALLOWANCE_S = 20.0
_STOP_WAIT_S = 1.0
_STATES: dict[SlotState, State] = {
    SlotState.STARTING: "starting",
    SlotState.LIVE: "live",
    SlotState.OFFLINE: "offline",
    SlotState.REFUSED: "refused",
}
# Many small processes: no thread pools nobody uses, no memory arenas for them.
_LEAN = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1"}


class Capture:
    """One camera: its capture process and its newest-frame slot.

    Call ``check`` about every half second from one thread. Nothing here blocks on the camera.
    """

    def __init__(
        self, camera: CameraSettings, slot_path: Path, *, modules: tuple[str, ...] = ()
    ) -> None:
        self.camera = camera
        self._order = Order.of(camera, str(slot_path), modules)
        self._path = slot_path
        self._slot: FrameSlot | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._backoff = Backoff()
        self._started_s = 0.0
        self._next_start_s = 0.0
        self._fault = ("", "")
        self._restarts = 0
        self._asked_s: float | None = None
        self._rate = RateMeter()
        self._reconnects, self._stalls = HourCount(), HourCount()
        self._reconnects_seen = 0
        self._stalled = False

    def start(self) -> None:
        """Make the slot and start the process; raise ``SlotError`` where there is no room."""
        if self._slot is None:
            self._slot = FrameSlot.create(self._path)
        self._spawn()

    def begin_stop(self) -> None:
        """Ask the process to end, and return at once; ``stop`` waits for it."""
        if self._process is not None and self._asked_s is None:
            self._asked_s = time.monotonic()
            _ask(self._process)

    def stop(self) -> None:
        """End the process, within 1 s of being asked to, and remove the slot."""
        self.begin_stop()
        process, self._process = self._process, None
        if process is not None:
            _wait_or_kill(process, (self._asked_s or 0.0) + _STOP_WAIT_S)
        self._asked_s = None
        if self._slot is not None:
            self._slot.close()
            self._slot = None
            self._path.unlink(missing_ok=True)

    def newest(self, after_sequence: int = -1) -> Frame | None:
        """Return a copy of the newest picture, or None if none came after ``after_sequence``."""
        return None if self._slot is None else self._slot.newest(after_sequence)

    def check(self) -> None:
        """Restart a process that died, kill one that hangs, take note of how the stream does."""
        slot, now_s = self._slot, time.monotonic()
        if slot is None:
            return
        if self._process is None:
            if now_s >= self._next_start_s:
                self._restarts += 1
                self._spawn()
        elif (code := self._process.poll()) is not None:
            self._bury(now_s, "Crashed", f"the capture process ended ({_ending(code)})")
        elif self._overdue_s(slot) > 0:
            self._process.kill()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_STOP_WAIT_S)
            self._bury(now_s, "Hung", "the capture process no longer answered and was killed")
        self._observe(slot, now_s)

    def health(self) -> CaptureHealth:
        """Return how the stream does, as of now."""
        slot, now_s = self._slot, time.monotonic()
        if slot is None:
            return _NOT_STARTED
        self._observe(slot, now_s)
        texts = slot.texts()
        state, age_s = self._state(slot), _age_s(slot)
        error, line = (texts.kind, texts.line) if self._process is not None else self._fault
        if state == "stalled":
            error, line = "ReadTimeout", f"no picture for {age_s or 0:.0f} s"
        elif state == "live":
            error, line = "", ""
        expected_fps = self._expected_fps(slot)
        reconnects, stalls = self._reconnects.count(now_s), self._stalls.count(now_s)
        fps = self._rate.fps if state in ("live", "stalled") else 0.0
        return CaptureHealth(
            state=state,
            error=error,
            line=line,
            fps=fps,
            expected_fps=expected_fps,
            reconnects_per_h=reconnects,
            stalls_per_h=stalls,
            published=slot.get(Field.PUBLISHED),
            bad_times=slot.get(Field.BAD_TIMES),
            frame_age_s=age_s,
            grade=grade_of(state, fps, expected_fps, reconnects, stalls),
            decode_errors=slot.get(Field.DECODE_ERRORS),
            skipped=slot.get(Field.SKIPPED),
            restarts=self._restarts,
            width=slot.get(Field.WIDTH),
            height=slot.get(Field.HEIGHT),
            codec=texts.codec,
            decoder=texts.decoder,
            pid=self._process.pid if self._process is not None else None,
        )

    # ----------------------------------------------------------------------------------------

    def _spawn(self) -> None:
        if self._slot is None or self._process is not None:
            return
        self._slot.beat(_START_ALLOWANCE_S)
        self._slot.say(SlotState.STARTING, kind="", line="")
        self._started_s = time.monotonic()
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "pipeline.capture.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **_LEAN},
            start_new_session=True,  # Ctrl-C is for the supervisor alone
        )
        pipe = self._process.stdin
        if pipe is not None:
            with contextlib.suppress(BrokenPipeError):
                pipe.write(self._order.to_json().encode("utf-8") + b"\n")
                pipe.flush()

    def _bury(self, now_s: float, error: str, line: str) -> None:
        process, self._process = self._process, None
        if process is not None and process.stdin is not None:
            process.stdin.close()
        self._backoff.lived(now_s - self._started_s)
        wait_s = self._backoff.next_s()
        self._next_start_s = now_s + wait_s
        self._fault = (error, f"{line}; starting it again in {wait_s:.0f} s")

    def _overdue_s(self, slot: FrameSlot) -> float:
        silent_ns = time.monotonic_ns() - slot.get(Field.HEARTBEAT_NS)
        return (silent_ns - slot.get(Field.ALLOWANCE_NS)) / 1e9

    def _observe(self, slot: FrameSlot, now_s: float) -> None:
        reconnects = slot.get(Field.RECONNECTS)
        self._reconnects.add(now_s, reconnects - self._reconnects_seen)
        self._reconnects_seen = reconnects
        stalled = self._state(slot) == "stalled"
        if stalled and not self._stalled:
            self._stalls.add(now_s)
            slot.set(Field.STALLS, slot.get(Field.STALLS) + 1)
        self._stalled = stalled
        self._rate.note(now_s, slot.get(Field.PUBLISHED))

    def _state(self, slot: FrameSlot) -> State:
        if self._process is None:
            return "offline"
        state = _STATES[SlotState(slot.get(Field.STATE))]
        age_s = _age_s(slot)
        if state == "live" and age_s is not None:
            return "stalled" if age_s > stall_after_s(self._expected_fps(slot)) else "live"
        return state

    def _expected_fps(self, slot: FrameSlot) -> float | None:
        return self.camera.expected_fps or slot.get(Field.FPS_MILLI) / 1000 or None


def _age_s(slot: FrameSlot) -> float | None:
    arrival_ns = slot.last_arrival_ns()
    return None if arrival_ns is None else (time.monotonic_ns() - arrival_ns) / 1e9


def _ending(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    with contextlib.suppress(ValueError):
        return signal.Signals(-code).name
    return f"signal {-code}"


def _ask(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        with contextlib.suppress(OSError):
            process.stdin.close()
    process.terminate()


def _wait_or_kill(process: subprocess.Popen[bytes], until_s: float) -> None:
    try:
        process.wait(max(0.0, until_s - time.monotonic()))
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


_NOT_STARTED = CaptureHealth(
    state="offline",
    error="",
    line="not started",
    fps=0.0,
    expected_fps=None,
    reconnects_per_h=0,
    stalls_per_h=0,
    published=0,
    bad_times=0,
    frame_age_s=None,
    grade="none",
)
