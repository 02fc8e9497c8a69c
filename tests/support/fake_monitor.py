"""A stand-in for the monitor: writes the status and the live slots that readers look at."""

from __future__ import annotations

import os
import time
from typing import Any

import numpy as np

from pipeline.live import LivePose, LiveSlot
from pipeline.rundir import RunDirectory
from pipeline.skeleton import INFANT13
from pipeline.types import FrameFlag, Pose

# A supine infant in fractions of the picture, in the order of INFANT13.
SUPINE_KC = np.array(
    [
        [0.50, 0.22], [0.58, 0.36], [0.42, 0.36], [0.66, 0.45], [0.34, 0.45], [0.68, 0.33],
        [0.31, 0.34], [0.55, 0.60], [0.45, 0.60], [0.63, 0.72], [0.37, 0.72], [0.57, 0.84],
        [0.43, 0.84],
    ],
    np.float32,
)  # fmt: skip


class FakeMonitor:
    """Writes what a monitor would, when told to; nothing runs by itself."""

    def __init__(self, directory: RunDirectory) -> None:
        self.directory = directory
        self.slots: dict[int, LiveSlot] = {}
        self.cots: dict[int, dict[str, Any]] = {}
        self.sequence = 0

    def add(self, cot_id: int, name: str, **changes: Any) -> None:
        self.slots[cot_id] = LiveSlot(self.directory.live_slot(cot_id), create=True)
        self.cots[cot_id] = {
            "name": name,
            "state": "live",
            "line": "",
            "grade": "good",
            "fps": 15.0,
            "expected_fps": 15.0,
            "pose_fps": 15.0,
            "dropped": 0,
            "bad_times": 0,
            "reconnects_per_h": 0.0,
            "stalls_per_h": 0.0,
            "lag_ms_p50": 40.0,
            "lag_ms_p95": 90.0,
            "arrival_ns": time.monotonic_ns(),
            "flags": 0,
            **changes,
        }

    def frame(
        self,
        cot_id: int,
        image_hwc: np.ndarray | None = None,
        age_s: float = 0.0,
        flags: FrameFlag = FrameFlag.NONE,
    ) -> None:
        image_hwc = image_hwc if image_hwc is not None else self.picture()
        height, width = image_hwc.shape[:2]
        self.sequence += 1
        wave = 0.02 * np.sin(self.sequence / 5 + np.arange(13)[:, None])
        keypoints_kc = ((SUPINE_KC + wave) * (width, height)).astype(np.float32)
        scores_k = np.full(len(INFANT13), 0.9, np.float32)
        pose = Pose(keypoints_kc, scores_k, flags)
        if flags.blocks_pose:
            pose = Pose.absent(len(INFANT13), flags)
        arrival_ns = time.monotonic_ns() - round(age_s * 1e9)
        live = LivePose(
            pose=pose,
            smoothed_kc=pose.keypoints_kc,
            size_wh=(width, height),
            sequence=self.sequence,
            segment=0,
            time_us=time.time_ns() // 1000,
            arrival_ns=arrival_ns,
        )
        self.slots[cot_id].publish(live, image_hwc)
        self.cots[cot_id]["arrival_ns"] = arrival_ns
        self.cots[cot_id]["flags"] = int(flags)

    def picture(self) -> np.ndarray:
        image_hwc = np.full((360, 480, 3), 70, np.uint8)
        image_hwc[:, (self.sequence * 7) % 470 :][:, :10] = 200
        return image_hwc

    def beat(self, age_s: float = 0.0, **changes: Any) -> None:
        self.directory.write_status(
            {
                "beat_ns": time.monotonic_ns() - round(age_s * 1e9),
                "pid": os.getpid(),
                "instance": "fake",
                "provider": "CPUExecutionProvider",
                "model": "test 1",
                "version": "0.1.0",
                "writer": "ok",
                "trouble": [],
                "started_us": time.time_ns() // 1000 - 3_600_000_000,
                "stopped": False,
                "cots": {str(key): value for key, value in self.cots.items()},
                **changes,
            }
        )

    def close(self) -> None:
        for slot in self.slots.values():
            slot.close()
