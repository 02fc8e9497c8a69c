"""What a running monitor shows: its status, and for each cot the newest pose and picture.

The monitor writes, any number of readers look on; a reader that dies or stalls changes nothing.
A live slot holds the newest pose (every frame) and, only while somebody has asked to see it in the
last seconds, the newest picture with the pose that belongs to it. Each record is guarded by a
counter that is odd while it is being written. Pictures are written in turn to two places, so that
a reader has a whole frame's time to take one, however slow its machine is at that moment.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import time
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.rundir import RunDirectory
from pipeline.types import FrameFlag, ImageArray, Pose

MAX_KEYPOINTS = 64
PICTURE_WIDTH_PX = 1280
_PICTURE_BYTES = PICTURE_WIDTH_PX * PICTURE_WIDTH_PX * 3
_WANTED_FOR_NS = 3_000_000_000
_READ_TRIES = 50
_STALE_BEAT_S = 5.0

_RECORD = np.dtype(
    [
        ("guard", "<u8"),
        ("sequence", "<i8"),
        ("segment", "<i8"),
        ("time_us", "<i8"),
        ("arrival_ns", "<i8"),
        ("flags", "<u4"),
        ("keypoints", "<u4"),
        ("width", "<u4"),
        ("height", "<u4"),
        ("raw_kc", "<f4", (MAX_KEYPOINTS, 2)),
        ("smoothed_kc", "<f4", (MAX_KEYPOINTS, 2)),
        ("scores_k", "<f4", (MAX_KEYPOINTS,)),
    ]
)
_PLACES = 2  # for pictures: one to read, one to write
_WANTED_OFFSET = 0
_PLACE_OFFSET = 8
_POSE_OFFSET = 64
_SHOWN_OFFSET = _POSE_OFFSET + _RECORD.itemsize
_PICTURE_OFFSET = -(-(_SHOWN_OFFSET + _PLACES * _RECORD.itemsize) // 4096) * 4096
_SLOT_BYTES = _PICTURE_OFFSET + _PLACES * _PICTURE_BYTES


@dataclass(frozen=True, slots=True)
class LivePose:
    """The newest pose of a cot, in pixels of the picture of ``size_wh``.

    ``smoothed_kc`` is (K, 2) float32 like ``pose.keypoints_kc``, NaN where absent.
    """

    pose: Pose
    smoothed_kc: NDArray[np.float32]
    size_wh: tuple[int, int]
    sequence: int
    segment: int
    time_us: int
    arrival_ns: int

    @property
    def age_s(self) -> float:
        """Return the seconds since the frame arrived."""
        return (time.monotonic_ns() - self.arrival_ns) / 1e9


@dataclass(frozen=True, slots=True)
class LivePicture:
    """A picture (height, width, 3; BGR; at most 1280 px wide) and the pose drawn from it."""

    image_hwc: ImageArray
    live: LivePose


class LiveSlot:
    """One cot's live slot: a memory-mapped file of fixed size."""

    def __init__(self, path: Path, *, create: bool) -> None:
        flags = os.O_RDWR | (os.O_CREAT if create else 0)
        descriptor = os.open(path, flags, 0o600)
        try:
            if create:
                os.ftruncate(descriptor, _SLOT_BYTES)
            self._map = mmap.mmap(descriptor, _SLOT_BYTES)
        finally:
            os.close(descriptor)
        self._wanted = np.frombuffer(self._map, "<i8", 1, _WANTED_OFFSET)
        self._place = np.frombuffer(self._map, "<i8", 1, _PLACE_OFFSET)
        self._newest = np.frombuffer(self._map, _RECORD, 1, _POSE_OFFSET)
        shown = np.frombuffer(self._map, _RECORD, _PLACES, _SHOWN_OFFSET)
        pixels = np.frombuffer(self._map, np.uint8, _PLACES * _PICTURE_BYTES, _PICTURE_OFFSET)
        self._shown = [shown[place : place + 1] for place in range(_PLACES)]
        self._pixels = np.split(pixels, _PLACES)

    def want(self) -> None:
        """Ask the monitor for pictures during the next seconds."""
        self._wanted[0] = time.monotonic_ns() + _WANTED_FOR_NS

    @property
    def wanted(self) -> bool:
        """Tell whether somebody asked for pictures lately."""
        return int(self._wanted[0]) > time.monotonic_ns()

    def publish(self, live: LivePose, image_hwc: ImageArray | None) -> None:
        """Show the newest pose and, when given, its picture (shrunk to 1280 px at most)."""
        _write(self._newest, live)
        if image_hwc is None:
            return
        shrunk, live = _shrink(image_hwc, live)
        place = (int(self._place[0]) + 1) % _PLACES
        record = self._shown[place]
        record["guard"] += 1
        self._pixels[place][: shrunk.size] = shrunk.reshape(-1)
        _fill(record, live)
        record["guard"] += 1
        self._place[0] = place

    def pose(self) -> LivePose | None:
        """Return the newest pose, or None before the first."""
        for _ in range(_READ_TRIES):
            record = self._newest.copy()[0]
            if _is_whole(record, self._newest):
                return _live_pose(record)
            time.sleep(0.0005)
        return None

    def picture(self) -> LivePicture | None:
        """Return the newest picture with its pose, or None before the first."""
        for _ in range(_READ_TRIES):
            place = int(self._place[0])
            record = self._shown[place].copy()[0]
            width, height = int(record["width"]), int(record["height"])
            image = self._pixels[place][: width * height * 3].copy().reshape(height, width, 3)
            if _is_whole(record, self._shown[place]):
                live = _live_pose(record)
                return LivePicture(image, live) if live is not None else None
            time.sleep(0.0005)
        return None

    def close(self) -> None:
        """Let go of the mapping; the file stays for the other side."""
        del self._wanted, self._place, self._newest, self._shown, self._pixels
        self._map.close()


@dataclass(frozen=True, slots=True)
class CotStatus:
    """What the monitor says of one cot; ages already counted up to now."""

    cot_id: int
    name: str
    state: str
    line: str
    grade: str
    fps: float
    expected_fps: float | None
    pose_fps: float
    dropped: int
    bad_times: int
    reconnects_per_h: float
    stalls_per_h: float
    lag_ms_p50: float | None
    lag_ms_p95: float | None
    frame_age_s: float | None
    flags: FrameFlag
    decoder: str = ""


@dataclass(frozen=True, slots=True)
class MonitorStatus:
    """Whether anything is monitored at all, by whom and with what."""

    monitoring: bool
    beat_age_s: float | None
    pid: int | None = None
    instance: str = ""
    provider: str = ""
    model: str = ""
    version: str = ""
    writer: str = ""
    trouble: tuple[str, ...] = ()
    started_us: int | None = None
    cots: dict[int, CotStatus] = field(default_factory=dict)


class LiveView:
    """A reader's view of the run directory; holds one mapping a cot, renewed as slots come."""

    def __init__(self, directory: RunDirectory) -> None:
        self._directory = directory
        self._slots: dict[int, tuple[int, LiveSlot]] = {}

    def status(self) -> MonitorStatus:
        """Return what the monitor says; ``monitoring`` is False once its beat is 5 s old."""
        raw = self._directory.read_status()
        if raw is None:
            return MonitorStatus(monitoring=False, beat_age_s=None)
        now_ns = time.monotonic_ns()
        age_s = (now_ns - int(raw["beat_ns"])) / 1e9
        silent_s = max(age_s, 0.0)
        cots = {
            int(key): _cot_status(int(key), value, now_ns) for key, value in raw["cots"].items()
        }
        return MonitorStatus(
            monitoring=0 <= age_s <= _STALE_BEAT_S and not raw.get("stopped", False),
            beat_age_s=silent_s,
            cots=cots,
            trouble=tuple(raw["trouble"]),
            **{key: raw[key] for key in _STATUS_KEYS},
        )

    def pose(self, cot_id: int) -> LivePose | None:
        """Return the newest pose of a cot, or None where there is none."""
        slot = self._slot(cot_id)
        return slot.pose() if slot is not None else None

    def picture(self, cot_id: int) -> LivePicture | None:
        """Return the newest picture of a cot and ask for the next; None where there is none."""
        slot = self._slot(cot_id)
        if slot is None:
            return None
        slot.want()
        return slot.picture()

    def close(self) -> None:
        """Let go of all mappings."""
        for _, slot in self._slots.values():
            slot.close()
        self._slots.clear()

    def _slot(self, cot_id: int) -> LiveSlot | None:
        path = self._directory.live_slot(cot_id)
        try:
            inode = path.stat().st_ino
        except FileNotFoundError:
            inode = None
        known = self._slots.get(cot_id)
        if known is not None and known[0] == inode:
            return known[1]
        if known is not None:
            del self._slots[cot_id]
        if inode is None:
            return None
        with contextlib.suppress(OSError, ValueError):
            self._slots[cot_id] = (inode, LiveSlot(path, create=False))
            return self._slots[cot_id][1]
        return None


_STATUS_KEYS = ("pid", "instance", "provider", "model", "version", "writer", "started_us")


_COT_KEYS = {one.name for one in fields(CotStatus)} - {"cot_id", "frame_age_s"}


def _cot_status(cot_id: int, raw: dict[str, Any], now_ns: int) -> CotStatus:
    arrival_ns = raw["arrival_ns"]
    # A monitor of another version may say more than this side knows.
    values = {name: raw[name] for name in _COT_KEYS if name in raw}
    age_s = None if arrival_ns is None else (now_ns - arrival_ns) / 1e9
    values["flags"] = FrameFlag(values["flags"])
    return CotStatus(cot_id=cot_id, frame_age_s=age_s, **values)


def _write(record: NDArray[np.void], live: LivePose) -> None:
    record["guard"] += 1
    _fill(record, live)
    record["guard"] += 1


def _fill(record: NDArray[np.void], live: LivePose) -> None:
    count = len(live.pose.scores_k)
    row = record[0]
    row["sequence"], row["segment"] = live.sequence, live.segment
    row["time_us"], row["arrival_ns"] = live.time_us, live.arrival_ns
    row["flags"], row["keypoints"] = int(live.pose.flags), count
    row["width"], row["height"] = live.size_wh
    row["raw_kc"][:count] = live.pose.keypoints_kc
    row["smoothed_kc"][:count] = live.smoothed_kc
    row["scores_k"][:count] = live.pose.scores_k


def _is_whole(copy: np.void, record: NDArray[np.void]) -> bool:
    guard = int(copy["guard"])
    return guard % 2 == 0 and guard == int(record["guard"][0])


def _live_pose(record: np.void) -> LivePose | None:
    if int(record["guard"]) == 0:
        return None
    count = int(record["keypoints"])
    pose = Pose(
        record["raw_kc"][:count].copy(),
        record["scores_k"][:count].copy(),
        FrameFlag(int(record["flags"])),
    )
    return LivePose(
        pose=pose,
        smoothed_kc=record["smoothed_kc"][:count].copy(),
        size_wh=(int(record["width"]), int(record["height"])),
        sequence=int(record["sequence"]),
        segment=int(record["segment"]),
        time_us=int(record["time_us"]),
        arrival_ns=int(record["arrival_ns"]),
    )


def _shrink(image_hwc: ImageArray, live: LivePose) -> tuple[ImageArray, LivePose]:
    height, width = image_hwc.shape[:2]
    scale = min(1.0, PICTURE_WIDTH_PX / max(width, height))
    if scale == 1.0:
        return np.ascontiguousarray(image_hwc), live
    size_wh = (round(width * scale), round(height * scale))
    shrunk = cv2.resize(image_hwc, size_wh, interpolation=cv2.INTER_AREA)
    factor_xy = np.array([size_wh[0] / width, size_wh[1] / height], np.float32)
    pose = replace(live.pose, keypoints_kc=_rescale(live.pose.keypoints_kc, factor_xy))
    smoothed_kc = _rescale(live.smoothed_kc, factor_xy)
    small = replace(live, pose=pose, smoothed_kc=smoothed_kc, size_wh=size_wh)
    return np.asarray(shrunk, np.uint8), small


def _rescale(points_kc: NDArray[np.float32], factor_xy: NDArray[np.float32]) -> NDArray[np.float32]:
    # Pixel centres: the picture's corner, not its first centre, stays in place.
    return ((points_kc + 0.5) * factor_xy - 0.5).astype(np.float32)
