"""All cots under watch: brought to what the database says, those that cannot be with the reason."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from db.errors import DatabaseError
from db.store import Store
from pipeline.advisories import CotNow
from pipeline.errors import CotsideError
from pipeline.estimate import Estimator
from pipeline.monitor.advisor import cot_now
from pipeline.monitor.roster import CotPlan, read_roster
from pipeline.monitor.station import Station, Surroundings
from pipeline.types import Frame, Pose

_RETRY_S = 5.0


@dataclass(frozen=True, slots=True)
class _Refused:
    """A cot whose station could not be opened: why, and when to try again (monotonic)."""

    plan: CotPlan
    line: str
    retry_at_s: float


class Stations:
    """Opens and closes a station for each cot that the database names.

    ``knows_roster`` tells whether the database could be asked yet; ``faults`` has a line for each
    row of it that cannot be used.
    """

    def __init__(self, store: Store, estimator: Estimator[int], around: Surroundings) -> None:
        self._store, self._estimator, self._around = store, estimator, around
        self._open: dict[int, Station] = {}
        self._refused: dict[int, _Refused] = {}
        self.faults: list[str] = []
        self.knows_roster = False

    def __len__(self) -> int:
        return len(self._open)

    def reconcile(self, now_us: int) -> None:
        """Bring the stations to what the database says now; one in trouble changes none."""
        try:
            plans, self.faults = read_roster(self._store)
        except DatabaseError as error:
            self.faults = [str(error)]
            return
        self.knows_roster = True
        for cot_id in list(self._open):
            if plans.get(cot_id) != self._open[cot_id].plan:
                self._open.pop(cot_id).close(now_us)
                self._estimator.forget(cot_id)
        self._refused = {cot_id: one for cot_id, one in self._refused.items() if cot_id in plans}
        for cot_id, plan in plans.items():
            if cot_id not in self._open and self._may_try(plan):
                self._try(plan)

    def newest_frames(self, now_ns: int) -> dict[int, Frame]:
        """Return the newest frame of each cot that has one and whose turn it is."""
        frames = {cot_id: station.next_frame(now_ns) for cot_id, station in self._open.items()}
        return {cot_id: frame for cot_id, frame in frames.items() if frame is not None}

    def take(self, frames: Mapping[int, Frame], poses: Mapping[int, Pose]) -> None:
        """Give each cot's frame and pose to its station."""
        for cot_id, pose in poses.items():
            self._open[cot_id].take(frames[cot_id], pose)

    def look_after(self, now_us: int, now_ns: int) -> None:
        """Let each station look after its camera and cut off its finished minutes."""
        for station in self._open.values():
            station.look_after(now_us, now_ns)

    def restart_recordings(self, *, clock_suspect: bool = False) -> None:
        """End all recordings; each cot's next frame begins another."""
        for station in self._open.values():
            station.restart_recording(clock_suspect=clock_suspect)

    def statuses(self) -> dict[int, dict[str, Any]]:
        """Return what the status file says of each cot, those that were refused too."""
        shown = {cot_id: station.status() for cot_id, station in self._open.items()}
        return shown | {cot_id: _refused_status(one) for cot_id, one in self._refused.items()}

    def cots_now(self) -> dict[int, CotNow]:
        """Return what advisories are judged by, flags since the last call included."""
        now = {
            cot_id: cot_now(station.status(), station.take_flags())
            for cot_id, station in self._open.items()
        }
        refused = {cot_id: cot_now(_refused_status(one)) for cot_id, one in self._refused.items()}
        return now | refused

    def close(self, now_us: int) -> None:
        """Stop all cameras, together, and end all recordings."""
        for station in self._open.values():
            station.begin_close()
        for station in self._open.values():
            station.close(now_us)
        self._open.clear()

    def _may_try(self, plan: CotPlan) -> bool:
        refused = self._refused.get(plan.cot_id)
        if refused is None or refused.plan != plan:
            return True
        return time.monotonic() >= refused.retry_at_s

    def _try(self, plan: CotPlan) -> None:
        try:
            self._open[plan.cot_id] = Station(plan, self._around)
        except (CotsideError, OSError) as error:
            retry_at_s = time.monotonic() + _RETRY_S
            self._refused[plan.cot_id] = _Refused(plan, str(error), retry_at_s)
            return
        self._refused.pop(plan.cot_id, None)
        self._estimator.watch(plan.cot_id, plan.rectangle)


def _refused_status(one: _Refused) -> dict[str, Any]:
    return {
        "name": one.plan.name,
        "state": "refused",
        "line": one.line,
        "grade": "none",
        "fps": 0.0,
        "expected_fps": one.plan.camera.expected_fps,
        "pose_fps": 0.0,
        "dropped": 0,
        "bad_times": 0,
        "reconnects_per_h": 0,
        "stalls_per_h": 0,
        "lag_ms_p50": None,
        "lag_ms_p95": None,
        "arrival_ns": None,
        "decoder": "",
        "flags": 0,
    }
