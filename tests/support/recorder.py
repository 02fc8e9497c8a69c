"""A recording in progress, in this process or as a child that can be killed.

As a child (``python -m tests.support.recorder DATABASE COTS``) it records 25 frames a second for
each cot, prints the time of each frame as it is handed over, and closes in order at SIGTERM.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from db.codec import KeypointBlock
from db.lifecycle import open_database
from db.schema import Model, Recording, Segment
from db.store import Store
from db.times import now_us
from db.writer import Writer
from tests.support.tracks import START_US, infant_tracks

ROOT = Path(__file__).parents[2]


@dataclass
class Session:
    """An open recording of one cot."""

    engine: Engine
    store: Store
    writer: Writer
    cot_id: int
    recording_id: int
    segment_id: int
    model_id: int

    def append(self, block: KeypointBlock) -> int:
        """Hand over a block frame by frame; return how many were taken."""
        return sum(
            self.writer.append(
                self.segment_id,
                self.model_id,
                block.times_us[t],
                block.flags_t[t],
                block.keypoints_tkc[t],
                block.scores_tk[t],
            )
            for t in range(len(block))
        )


def make_model(sha256: str = "0" * 64, name: str = "test") -> Model:
    return Model(name=name, version="1", sha256=sha256, skeleton="infant13", manifest={})


def begin(store: Store, writer: Writer, cot_id: int, *, started_us: int) -> tuple[int, int]:
    """Begin a live recording with one segment; return their ids."""
    recording_id = writer.begin_recording(
        Recording(cot_id=cot_id, source="live", name="live", started_us=started_us)
    )
    return recording_id, begin_segment(writer, recording_id, started_us=started_us)


def begin_segment(writer: Writer, recording_id: int, *, started_us: int) -> int:
    return writer.begin_segment(
        Segment(
            recording_id=recording_id,
            started_us=started_us,
            width=1280,
            height=720,
            fps=25.0,
            reason="start",
        )
    )


@contextmanager
def recording(
    path: Path, *, started_us: int = START_US, engine: Engine | None = None, **options: float
) -> Iterator[Session]:
    """Record into a database from this process; the writer is closed at the end."""
    opened = open_database(path) if engine is None else engine
    store, writer = Store(opened), Writer(opened, **options)  # type: ignore[arg-type]
    writer.start()
    try:
        cot_id = store.add_cot(f"cot {len(store.cots()) + 1}")
        recording_id, segment_id = begin(store, writer, cot_id, started_us=started_us)
        model_id = writer.register_model(make_model())
        yield Session(opened, store, writer, cot_id, recording_id, segment_id, model_id)
    finally:
        writer.close()
        opened.dispose()


def wait_until(condition, timeout_s: float = 10.0, what: str = "the condition") -> None:
    """Look every 20 ms until something holds; fail when it does not within the time."""
    stop = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > stop:
            raise AssertionError(f"{what} did not come about within {timeout_s} s")
        time.sleep(0.02)


def start_child(path: Path, n_cots: int = 3) -> subprocess.Popen[str]:
    """Start a recorder as a child process; its output is one line a frame."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.support.recorder", str(path), str(n_cots)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def _record_until_told(path: Path, n_cots: int) -> None:
    told: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: told.append(number))
    engine = open_database(path)
    store, writer = Store(engine), Writer(engine)
    store.mark_unclean_recordings()
    writer.start()
    cots = [cot.id for cot in store.cots()] or [store.add_cot(f"{n}") for n in range(n_cots)]
    opened = [begin(store, writer, cot_id, started_us=now_us()) for cot_id in cots]
    model_id = writer.register_model(make_model())
    block = infant_tracks(2000)
    start_s = time.monotonic()
    for t in range(len(block)):
        if told:
            break
        time.sleep(max(0.0, start_s + t / 25 - time.monotonic()))
        for _, segment_id in opened:
            time_us = now_us()
            writer.append(
                segment_id, model_id, time_us, 0, block.keypoints_tkc[t], block.scores_tk[t]
            )
            os.write(1, f"{segment_id} {time_us}\n".encode())
    for recording_id, _ in opened:
        writer.end_recording(recording_id)
    writer.close()


if __name__ == "__main__":
    _record_until_told(Path(sys.argv[1]), int(sys.argv[2]))
