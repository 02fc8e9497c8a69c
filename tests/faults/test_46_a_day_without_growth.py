"""FAULT 46: a monitor that runs for weeks must not grow.

Frames go through everything between the camera's slot and the disk, as fast as the machine can:
quality, a real ONNX session, follower, smoothing, recorder, minutes, writer, live slot. The clock
is the frames' own, so that minutes pass and are rolled up. The session is the smallest one that
finds what the pictures show: what a network computes is the same each time. The tests run a part
of the promise, with the same limit a frame; the whole of it, with the memory on the way, is

    COTSIDE_SOAK_FRAMES=1000000 pytest -n 0 -s tests/faults/test_46_a_day_without_growth.py
"""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from sqlalchemy import Engine

from db.lifecycle import open_database
from db.schema import Model
from db.store import Store
from db.writer import Writer
from pipeline.capture import CaptureHealth
from pipeline.clock import UtcClock
from pipeline.estimate import Estimator
from pipeline.models.session import load_model
from pipeline.monitor import station as station_module
from pipeline.monitor.counting import ToCount
from pipeline.monitor.recorder import Desk
from pipeline.monitor.roster import enrol, read_roster
from pipeline.monitor.station import Station, Surroundings
from pipeline.rundir import RunDirectory
from pipeline.settings import CameraSettings, CotSettings
from pipeline.types import Frame
from pipeline.video import VideoKeeper
from tests.support.tiny_models import dot_graph, draw_dots, standing_body, write_model

pytestmark = [pytest.mark.slow, pytest.mark.timeout(7200)]

COTS, FPS = 4, 25
# Two and a half minutes: by then each cot holds as many minutes as it ever will.
WARM_UP = 15_000
FRAMES = WARM_UP + int(os.environ.get("COTSIDE_SOAK_FRAMES", "12000"))
LOOK_EVERY = max(1, (FRAMES - WARM_UP) // COTS // 20)
SIZE_WH = (96, 128)
PICTURES = [
    draw_dots(standing_body((48 + shift, 64), 30), SIZE_WH, radius=4) for shift in range(-6, 7, 2)
]
MOST_BYTES_A_FRAME = 10
UNSTEADY_BYTES = 4 * 1024 * 1024
START_NS = 1_780_000_000 * 10**9


class Clock:
    """A monotonic clock and a wall clock that only the test moves."""

    now_ns = START_NS

    def __call__(self) -> int:
        return self.now_ns


class EndlessCamera:
    """Stands for the capture process: a new picture each time that it is asked."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._number = 0

    def start(self) -> None:
        pass

    stop = begin_stop = check = start

    def newest(self, after_sequence: int) -> Frame:
        self._number += 1
        now_us = self._clock.now_ns // 1000
        return Frame(
            PICTURES[self._number % len(PICTURES)].copy(),
            now_us - START_NS // 1000,
            now_us,
            self._clock.now_ns,
            self._number,
            0,
        )

    def health(self) -> CaptureHealth:
        return CaptureHealth("live", "", "", FPS, FPS, 0, 0, self._number, 0, 0.0, "good")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(tmp_path / "cotside.db")
    cots = [
        CotSettings(name=f"Cot {n}", camera=CameraSettings(name=f"c{n}", url="rtsp://h/s"))
        for n in range(COTS)
    ]
    enrol(Store(engine), cots)
    yield engine
    engine.dispose()


@pytest.fixture
def writer(engine: Engine) -> Iterator[Writer]:
    writer = Writer(engine, flush_s=0.1)
    writer.start()
    yield writer
    writer.close()


@pytest.fixture
def stations(
    tmp_path: Path,
    clock: Clock,
    engine: Engine,
    writer: Writer,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[dict[int, Station]]:
    monkeypatch.setattr(station_module, "Capture", lambda *_: EndlessCamera(clock))
    model = Model(name="m", version="1", sha256="0" * 64, skeleton="infant13", manifest={})
    utc = UtcClock(clock, clock)
    directory = RunDirectory(tmp_path / "run")
    directory.path.mkdir()
    desk = Desk(writer, utc, "instance", model)
    video = VideoKeeper(tmp_path / "videos", lambda _: None)

    def count(given: ToCount) -> None:
        row = given.minute.count()
        if given.recording is not None and given.recording.id is not None:
            row.recording_id = given.recording.id
            writer.put(row)

    around = Surroundings(desk, directory, "one_euro", 100.0, video, count)
    plans, _ = read_roster(Store(engine))
    made = {cot_id: Station(plan, around) for cot_id, plan in plans.items()}
    yield made
    for station in made.values():
        station.close(utc.now_us())
    desk.executor.shutdown(wait=True)


def memory_bytes() -> int:
    gc.collect()
    return int(psutil.Process().memory_info().rss)


def test_memory_stays_flat_however_many_frames_pass(
    tmp_path: Path, clock: Clock, writer: Writer, stations: dict[int, Station]
):
    estimator: Estimator[int] = Estimator(
        load_model(write_model(tmp_path / "m", dot_graph(every=2)))
    )
    curve: list[int] = []
    for number in range(FRAMES // COTS):
        clock.now_ns += 10**9 // FPS
        frames = {
            cot_id: frame
            for cot_id, station in stations.items()
            if (frame := station.next_frame(clock.now_ns)) is not None
        }
        for cot_id, pose in estimator.estimate(frames).items():
            stations[cot_id].take(frames[cot_id], pose)
        if number % FPS == 0:
            for station in stations.values():
                station.look_after(clock.now_ns // 1000, clock.now_ns)
            while writer.state.waiting_frames > 500:
                time.sleep(0.01)
        if number >= WARM_UP // COTS and (number - WARM_UP // COTS) % LOOK_EVERY == 0:
            curve.append(memory_bytes())
            print(f"{number * COTS - WARM_UP} frames after the start: {curve[-1] / 1e6:.1f} MB")
    growth = memory_bytes() - curve[0]
    print(f"{growth / 1e6:.1f} MB more after {FRAMES - WARM_UP} frames")

    assert growth < UNSTEADY_BYTES + MOST_BYTES_A_FRAME * (FRAMES - WARM_UP)
    assert writer.state.stored_frames > 0.9 * FRAMES
    assert writer.state.dropped_frames == 0
