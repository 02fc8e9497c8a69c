"""How well a camera's stream does: rates over time and one grade."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Literal

State = Literal["starting", "live", "stalled", "offline", "refused"]
Grade = Literal["good", "fair", "poor", "none"]

_HOUR_S = 3600.0
_RATE_WINDOW_S = 5.0
_SAMPLE_STEP_S = 0.25
_GOOD_SHARE, _FAIR_SHARE = 0.9, 0.6
_GOOD_PER_H, _FAIR_PER_H = 2, 10
_SHORTEST_STALL_S, _LONGEST_STALL_S, _STALL_FRAMES = 2.0, 4.0, 5


@dataclass(frozen=True, slots=True)
class CaptureHealth:
    """What the Ward page and the monitor show of one camera.

    ``error`` is the name of a ``SourceError`` (or "Crashed", "Hung"), empty while all is well;
    ``line`` says it in words, without secrets. ``frame_age_s`` is the age of the newest picture
    on the monotonic clock, None before the first. ``fps`` is measured over the last seconds.
    """

    state: State
    error: str
    line: str
    fps: float
    expected_fps: float | None
    reconnects_per_h: int
    stalls_per_h: int
    published: int
    bad_times: int
    frame_age_s: float | None
    grade: Grade
    decode_errors: int = 0
    skipped: int = 0
    restarts: int = 0
    width: int = 0
    height: int = 0
    codec: str = ""
    decoder: str = ""
    pid: int | None = None


def stall_after_s(fps: float | None) -> float:
    """Return the age of a picture at which its camera counts as stalled."""
    if not fps:
        return _SHORTEST_STALL_S
    return min(max(_STALL_FRAMES / fps, _SHORTEST_STALL_S), _LONGEST_STALL_S)


def grade_of(
    state: State, fps: float, expected_fps: float | None, reconnects_per_h: int, stalls_per_h: int
) -> Grade:
    """Grade a stream by its frames against the expected ones and by its interruptions."""
    if state != "live":
        return "none"
    share = fps / expected_fps if expected_fps else 1.0
    worst = max(reconnects_per_h, stalls_per_h)
    if share >= _GOOD_SHARE and worst <= _GOOD_PER_H:
        return "good"
    return "fair" if share >= _FAIR_SHARE and worst <= _FAIR_PER_H else "poor"


@dataclass(slots=True)
class RateMeter:
    """Measures frames per second from a rising counter, over the last few seconds."""

    _samples: deque[tuple[float, int]] = field(default_factory=deque)

    def note(self, now_s: float, published: int) -> None:
        """Take a sample; ``now_s`` is monotonic."""
        samples = self._samples
        if samples and now_s - samples[-1][0] < _SAMPLE_STEP_S:
            return
        samples.append((now_s, published))
        while len(samples) > 2 and now_s - samples[1][0] >= _RATE_WINDOW_S:
            samples.popleft()

    def restart(self) -> None:
        """Forget what was before (the stream was away)."""
        self._samples.clear()

    @property
    def fps(self) -> float:
        """Frames per second, 0 while unknown."""
        if len(self._samples) < 2:
            return 0.0
        (then_s, then), (now_s, now) = self._samples[0], self._samples[-1]
        return (now - then) / (now_s - then_s)


@dataclass(slots=True)
class HourCount:
    """Counts events of the last hour."""

    _times_s: deque[float] = field(default_factory=lambda: deque(maxlen=3600))

    def add(self, now_s: float, n: int = 1) -> None:
        """Count ``n`` events at the monotonic time ``now_s``."""
        self._times_s.extend([now_s] * n)

    def count(self, now_s: float) -> int:
        """Return how many events the hour before ``now_s`` had."""
        while self._times_s and now_s - self._times_s[0] > _HOUR_S:
            self._times_s.popleft()
        return len(self._times_s)
