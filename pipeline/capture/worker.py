"""The capture process of one camera: opens it, decodes it, keeps its slot fresh, reconnects.

Run as ``python -m pipeline.capture.worker`` with one JSON order on standard input. It loads PyAV
and numpy only. Its standard input stays open: when the supervisor goes, so does the worker, even
when it hangs in native code (the kernel's SIGIO ends it, no thread of ours is needed).
"""

from __future__ import annotations

import fcntl
import importlib
import os
import select
import sys
import time
from dataclasses import replace
from pathlib import Path

import pipeline.sources
from pipeline.capture.backoff import Backoff
from pipeline.capture.order import Order
from pipeline.errors import Auth, EndOfStream, Refused, SourceError, Unreadable
from pipeline.memory import keep_picture_memory
from pipeline.redact import redact
from pipeline.slot import Field, FrameSlot, SlotError, SlotState
from pipeline.sources.base import Picture, Source, StreamInfo, scheme_of
from pipeline.sources.times import StreamTimes, Verdict

# Cameras lock accounts after a few wrong passwords.
AUTH_RETRY_S = 120.0
# How much longer than its own time limit a step may take before the supervisor kills.
_READ_SLACK_S, _OPEN_SLACK_S = 4.0, 1.5
_REST_STEP_S, _REST_ALLOWANCE_S = 0.25, 6.0
# Data without a usable picture for this long beyond the read limit is as good as silence.
_BLIND_S = 6.0


class Worker:
    """Keeps one slot fresh from one source, for ever."""

    def __init__(self, order: Order, slot: FrameSlot) -> None:
        self._order = order
        self._slot = slot
        self._spec = order.spec
        self._backoff = Backoff()
        self._errors_before = 0
        self._skipped_before = 0
        self._live_s = 0.0

    def run(self) -> None:
        """Watch the camera and reconnect, without end."""
        while True:
            try:
                self._watch()
            except (SourceError, SlotError) as error:
                self._report(error)
                self._rest(self._wait_s(error))
            except Exception as error:
                # Nothing may end the process silently; the next try may well succeed.
                self._report(SourceError(f"unexpected {type(error).__name__}: {error}"))
                self._rest(self._wait_s(error))

    def _watch(self) -> None:
        slot, spec = self._slot, self._spec
        self._live_s = 0.0
        self._errors_before = slot.get(Field.DECODE_ERRORS)
        self._skipped_before = slot.get(Field.SKIPPED)
        # Opening has two steps (connect, find the stream), each with its own limit.
        slot.beat(2 * spec.open_timeout_s + _OPEN_SLACK_S)
        source = pipeline.sources.make_source(replace(spec, password=self._password()))
        try:
            info = source.open()
            self._announce(info)
            self._pump(source)
        finally:
            source.close()

    def _password(self) -> str | None:
        name = self._order.password_env
        if name is None:
            return None
        try:
            return os.environ[name]
        except KeyError:
            raise Auth(f"the environment variable {name} is not set") from None

    def _announce(self, info: StreamInfo) -> None:
        slot = self._slot
        if slot.get(Field.PUBLISHED):
            slot.count(Field.RECONNECTS)
        slot.set(Field.FPS_MILLI, round((info.fps or 0) * 1000))
        slot.set(Field.LIVE, int(info.live))
        slot.say(SlotState(slot.get(Field.STATE)), codec=info.codec, decoder=info.decoder)

    def _pump(self, source: Source) -> None:
        slot, times = self._slot, StreamTimes()
        allowance_s = self._spec.read_timeout_s + _READ_SLACK_S
        segment = slot.get(Field.SEGMENT)
        opened_ns = last_ns = time.monotonic_ns()
        slot.beat(allowance_s)
        for picture in source.frames():
            slot.beat(allowance_s)
            self._count(source)
            now_ns = time.monotonic_ns()
            verdict = self._judge(picture, times)
            if picture is None or verdict is Verdict.DROP:
                self._give_up_blind(now_ns - last_ns)
                continue
            last_ns = now_ns
            segment += verdict is Verdict.NEW_SEGMENT
            self._publish(picture, segment, first=self._live_s == 0)
            self._live_s = max(now_ns - opened_ns, 1) / 1e9
        raise EndOfStream("the recording has ended")

    def _judge(self, picture: Picture | None, times: StreamTimes) -> Verdict:
        if picture is None:
            return Verdict.DROP
        verdict = times.judge(picture.stream_us, picture.size_wh, picture.jump)
        if verdict is Verdict.DROP:
            self._slot.count(Field.BAD_TIMES)
        return verdict

    def _publish(self, picture: Picture, segment: int, *, first: bool) -> None:
        slot, stream_us = self._slot, picture.stream_us
        if stream_us is None:
            return
        width, height = picture.size_wh
        slot.set(Field.WIDTH, width)
        slot.set(Field.HEIGHT, height)
        slot.publish(picture.image_hwc, stream_us, picture.arrival_us, picture.arrival_ns, segment)
        if first:
            slot.say(SlotState.LIVE, kind="", line="")

    def _count(self, source: Source) -> None:
        self._slot.set(Field.DECODE_ERRORS, self._errors_before + source.decode_errors)
        self._slot.set(Field.SKIPPED, self._skipped_before + source.skipped)

    def _give_up_blind(self, blind_ns: int) -> None:
        if blind_ns > (self._spec.read_timeout_s + _BLIND_S) * 1e9:
            raise Unreadable("sends data, but no picture that can be used")

    # After a failure -----------------------------------------------------------------------

    def _report(self, error: Exception) -> None:
        state = SlotState.REFUSED if isinstance(error, (Auth, Refused)) else SlotState.OFFLINE
        secret = os.environ.get(self._order.password_env or "", None)
        line = " ".join(redact(str(error), [secret]).split())
        self._slot.say(state, kind=type(error).__name__, line=line)

    def _wait_s(self, error: Exception) -> float:
        self._backoff.lived(self._live_s)
        if isinstance(error, EndOfStream) and self._ends():
            return float("inf")
        if isinstance(error, Auth):
            return AUTH_RETRY_S
        return self._backoff.longest_s if isinstance(error, Refused) else self._backoff.next_s()

    def _ends(self) -> bool:
        """Tell whether the source is a recording played once: its end is not a fault."""
        return scheme_of(self._spec.url) in ("file", "folder") and not self._spec.loop

    def _rest(self, seconds: float) -> None:
        """Wait, and go on saying "alive"."""
        until = time.monotonic() + seconds
        while (left_s := until - time.monotonic()) > 0:
            self._slot.beat(_REST_ALLOWANCE_S)
            time.sleep(min(left_s, _REST_STEP_S))


def die_with_parent(pipe: int) -> None:
    """Let the kernel end this process when the other end of ``pipe`` closes."""
    fcntl.fcntl(pipe, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(pipe, fcntl.F_SETFL, fcntl.fcntl(pipe, fcntl.F_GETFL) | os.O_ASYNC)
    watched = select.poll()
    watched.register(pipe, select.POLLHUP)
    if watched.poll(0):  # closed before the kernel was told to watch
        sys.exit(0)


def main() -> None:
    """Read the order, tie this process to its supervisor, and work."""
    pipe = sys.stdin.fileno()
    order = Order.from_json(sys.stdin.buffer.readline().decode("utf-8"))
    die_with_parent(pipe)
    keep_picture_memory()
    for module in order.modules:
        importlib.import_module(module)
    slot = FrameSlot.attach(Path(order.slot_path))
    slot.set(Field.PID, os.getpid())
    Worker(order, slot).run()


if __name__ == "__main__":
    main()
