"""What keeping keypoints costs: bytes a frame, and the time to read a trend and a raw hour.

    python -m tests.benchmarks.storage                 one cot, 24 h at 25 fps; beside a table with
                                                       a row a keypoint, and Parquet with zstd
    python -m tests.benchmarks.storage --grown         the same queries in a file of 30 days × 12
                                                       cots (17 GB in --folder, minutes)

The first hour is recorded as it is live: a transaction a second through the writer, seconds
joined to minutes; the remaining minutes are inserted as the writer leaves them. In the grown file
the cot that is read has 25 fps; the others have 15 (--others-fps), which keeps the file under
20 GB with the same number of rows, and repeat a few payloads, since nobody reads them. Tracks are
made up (see ``tests/support/tracks.py``), with 1.5 px of jitter (--jitter-px).

Times are medians of 9 calls, and the first call of a fresh engine ("cold": with the file dropped
from the system's cache where root may do that). ``cpu_ms`` is the time on the processor, which a
busy machine stretches less than the time on the wall.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import Engine, insert

from db.check import info
from db.codec import KeypointBlock, concatenate, decode, encode
from db.engine import checkpoint, writing
from db.lifecycle import open_database, open_read_only
from db.schema import Chunk, MinuteRollup, Model, Recording, Segment
from db.store import Store
from db.times import MINUTE_US
from tests.support.recorder import make_model, recording
from tests.support.tracks import START_US, infant_tracks

FPS = 25
LIMBS = ("left_arm", "right_arm", "left_leg", "right_leg")
HOUR_US, DAY_US = 60 * MINUTE_US, 1440 * MINUTE_US
CALLS = 9


def main() -> None:
    """Run what the options ask for and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--grown", action="store_true")
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--cots", type=int, default=12)
    parser.add_argument("--others-fps", type=float, default=15)
    parser.add_argument("--jitter-px", type=float, default=1.5)
    parser.add_argument("--folder", type=Path, help="where the database is made and removed")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        if options.grown:
            found = measure_grown(Path(folder) / "grown.db", options)
        else:
            found = measure_day(Path(folder), options.jitter_px)
    print(json.dumps(found, indent=1))


def measure_day(folder: Path, jitter_px: float) -> dict[str, object]:
    """Measure 24 h of one cot, and its first hour in other forms."""
    database = folder / "day.db"
    minutes = [
        infant_tracks(
            60 * FPS, fps=FPS, jitter_px=jitter_px, start_us=START_US + m * MINUTE_US, seed=m
        )
        for m in range(60)
    ]
    cot_id, live = record_live_hour(database, minutes)
    engine = open_database(database)
    fill_day(engine, cot_id, minutes)
    engine.dispose()
    found = info(database)
    hour = concatenate(minutes)
    return {
        "jitter_px": jitter_px,
        "live_hour": live,
        "day": {
            "frames": found.frames,
            "bytes_per_frame_all_in": found.bytes_per_frame,
            **measure_reads(database, cot_id, START_US, START_US + 10 * HOUR_US),
        },
        "row_a_keypoint_hour": row_table(folder / "rows.db", hour),
        "parquet_zstd_hour": parquet(folder / "hour.parquet", hour),
    }


def record_live_hour(database: Path, minutes: list[KeypointBlock]) -> tuple[int, dict[str, object]]:
    """Record as the monitor does, only faster; return the cot and what it cost."""
    commit_ms: list[float] = []
    with recording(database, flush_s=3600) as session:
        for block in minutes:
            for start in range(0, len(block), FPS):
                session.append(block[start : start + FPS])
                session.writer.register_model(make_model())  # an order stores what waits
                commit_ms.append(session.writer.state.last_commit_ms)
        session.writer.end_recording(
            session.recording_id, ended_us=START_US + len(minutes) * MINUTE_US - 1
        )
    found = info(database)
    return session.cot_id, {
        "frames": found.frames,
        "bytes_per_frame_all_in": found.bytes_per_frame,
        "commit_ms_p50": round(statistics.median(commit_ms), 2),
        "commit_ms_p99": round(float(np.percentile(commit_ms, 99)), 2),
    }


def fill_day(engine: Engine, cot_id: int, minutes: list[KeypointBlock]) -> None:
    """Add the other 23 h as one more recording, and the rollups of all 24."""
    start_us = START_US + HOUR_US
    recording_id, segment_id, model_id = add_recording(engine, cot_id, start_us, 23 * HOUR_US)
    with writing(engine) as session:
        session.execute(
            insert(Chunk),
            [
                chunk_row(segment_id, model_id, moved(minutes[m % 60], start_us + m * MINUTE_US))
                for m in range(23 * 60)
            ],
        )
        session.execute(insert(MinuteRollup), list(rollup_rows(1, START_US, 60)))
        session.execute(insert(MinuteRollup), list(rollup_rows(recording_id, start_us, 23 * 60)))
    checkpoint(engine)


def measure_grown(database: Path, options: argparse.Namespace) -> dict[str, object]:
    """Grow a file of many days and cots, minute by minute as it would be live, and read from it."""
    began_s = time.monotonic()
    engine = open_database(database)
    store = Store(engine)
    places = []
    for number in range(options.cots):
        cot_id = store.add_cot(f"cot {number + 1}")
        places.append((cot_id, *add_recording(engine, cot_id, START_US, options.days * DAY_US)))
    pools = [
        [
            infant_tracks(int(60 * fps), fps=fps, jitter_px=options.jitter_px, seed=m)
            for m in range(20)
        ]
        for fps in (FPS, options.others_fps)
    ]
    others = [chunk_row(0, 0, block) for block in pools[1]]
    for day in range(options.days):
        for hour in range(24):
            grow_hour(engine, places, pools[0], others, START_US + day * DAY_US + hour * HOUR_US)
        checkpoint(engine)
    engine.dispose()
    grown_s = time.monotonic() - began_s
    began_s = time.monotonic()
    found = info(database)
    info_s = time.monotonic() - began_s
    middle_us = START_US + (options.days // 2) * DAY_US
    cot_id = places[len(places) // 2][0]
    return {
        "days": options.days,
        "cots": options.cots,
        "frames": found.frames,
        "gigabytes": round((found.bytes or 0) / 1e9, 2),
        "bytes_per_frame_all_in": found.bytes_per_frame,
        "grown_s": round(grown_s),
        "info_s": round(info_s, 2),
        **measure_reads(database, cot_id, middle_us, middle_us + 10 * HOUR_US),
    }


def grow_hour(
    engine: Engine,
    places: list[tuple[int, int, int, int]],
    own: list[KeypointBlock],
    others: list[dict[str, object]],
    hour_us: int,
) -> None:
    """Add an hour of every cot, cots mixed as they come in; the middle one has true times."""
    read = places[len(places) // 2]
    chunks: list[dict[str, object]] = []
    for minute in range(60):
        minute_us = hour_us + minute * MINUTE_US
        for place in places:
            _, _, segment_id, model_id = place
            if place is read:
                chunks.append(chunk_row(segment_id, model_id, moved(own[minute % 20], minute_us)))
                continue
            row = others[(minute + segment_id) % 20]
            span_us = int(row["end_us"]) - int(row["start_us"])  # type: ignore[call-overload]
            times = {"start_us": minute_us, "end_us": minute_us + span_us}
            chunks.append({**row, **times, "segment_id": segment_id, "model_id": model_id})
    with writing(engine) as session:
        session.execute(insert(Chunk), chunks)
        for _, recording_id, _, _ in places:
            session.execute(insert(MinuteRollup), list(rollup_rows(recording_id, hour_us, 60)))


def add_recording(
    engine: Engine, cot_id: int, start_us: int, length_us: int
) -> tuple[int, int, int]:
    """Add an ended recording with one segment; return the ids of both and of a model."""
    with writing(engine) as session:
        model = session.query(Model).first() or make_model()
        made = Recording(
            cot_id=cot_id,
            source="live",
            name="benchmark",
            started_us=start_us,
            ended_us=start_us + length_us,
            clean_end=True,
        )
        session.add_all([model, made])
        session.flush()
        segment = Segment(
            recording_id=made.id,
            number=1,
            started_us=start_us,
            ended_us=start_us + length_us,
            width=1280,
            height=720,
            fps=FPS,
            reason="start",
        )
        session.add(segment)
        session.flush()
        return made.id, segment.id, model.id


def chunk_row(segment_id: int, model_id: int, block: KeypointBlock) -> dict[str, object]:
    """Make the row of one minute."""
    return {
        "segment_id": segment_id,
        "model_id": model_id,
        "start_us": int(block.times_us[0]),
        "end_us": int(block.times_us[-1]),
        "n_frames": len(block),
        "payload": encode(block),
    }


def moved(block: KeypointBlock, start_us: int) -> KeypointBlock:
    """Return the block at another time."""
    times = block.times_us - block.times_us[0] + start_us
    return KeypointBlock(times, block.flags_t, block.keypoints_tkc, block.scores_tk)


def rollup_rows(recording_id: int, start_us: int, count: int) -> Iterator[dict[str, object]]:
    """Make rollups such as the movement measures store them."""
    rng = np.random.default_rng(start_us % 1000)
    for minute in range(count):
        speed = float(rng.gamma(2, 0.05))
        yield {
            "recording_id": recording_id,
            "minute_us": start_us + minute * MINUTE_US,
            "version": 1,
            "frames_expected": 60 * FPS,
            "frames_seen": 60 * FPS - 2,
            "frames_assessable": 60 * FPS - 90,
            "coverage": 0.94,
            "quantity_of_motion_mean": speed,
            "quantity_of_motion_sd": speed / 2,
            "quantity_of_motion_max": 5 * speed,
            "limbs": {limb: round(speed * float(rng.uniform(0.5, 1.5)), 5) for limb in LIMBS},
            "reasons": {"no infant seen": 40, "blurred": 12},
        }


def measure_reads(database: Path, cot_id: int, day_us: int, hour_us: int) -> dict[str, object]:
    """Time a day's trend and a raw hour of one cot, as the pages read them."""

    def trend(store: Store) -> int:
        return len(store.rollups(cot_id, day_us, day_us + DAY_US))

    def raw_hour(store: Store) -> int:
        return len(store.keypoints(cot_id=cot_id, from_us=hour_us, to_us=hour_us + HOUR_US).block)

    return {
        "trend_24h": _timed(database, trend, 1440),
        "raw_hour": _timed(database, raw_hour, 3600 * FPS),
    }


def _timed(database: Path, query: Callable[[Store], int], expected: int) -> dict[str, float]:
    emptied = _drop_cache()
    engine = open_read_only(database)
    took_ms, cpu_ms = [], []
    for _ in range(CALLS + 1):
        began_s, began_cpu_s = time.perf_counter(), time.thread_time()
        got = query(Store(engine))
        took_ms.append(1000 * (time.perf_counter() - began_s))
        cpu_ms.append(1000 * (time.thread_time() - began_cpu_s))
        if got != expected:
            raise SystemExit(f"the query returned {got} rows, not {expected}")
    engine.dispose()
    cold = "first_ms_cold" if emptied else "first_ms"
    return {
        "rows": expected,
        "median_ms": round(statistics.median(took_ms[1:]), 1),
        "best_ms": round(min(took_ms[1:]), 1),
        "worst_ms": round(max(took_ms[1:]), 1),
        "cpu_ms": round(statistics.median(cpu_ms[1:]), 1),
        cold: round(took_ms[0], 1),
    }


def _drop_cache() -> bool:
    os.sync()
    try:
        Path("/proc/sys/vm/drop_caches").write_text("1")
    except OSError:
        return False
    return True


def row_table(path: Path, hour: KeypointBlock) -> dict[str, object]:
    """Keep the hour with a row a keypoint, as plainly as one would, and read it back."""
    n_frames, n_keypoints = hour.scores_tk.shape
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "CREATE TABLE keypoints (segment_id INTEGER, time_us INTEGER, keypoint INTEGER,"
            " x REAL, y REAL, score REAL, PRIMARY KEY (segment_id, time_us, keypoint))"
            " WITHOUT ROWID"
        )
        times = np.repeat(hour.times_us, n_keypoints).tolist()
        places = hour.keypoints_tkc.reshape(-1, 2).astype(float)
        names = np.tile(np.arange(n_keypoints), n_frames).tolist()
        with connection:
            connection.executemany(
                "INSERT INTO keypoints VALUES (1, ?, ?, ?, ?, ?)",
                zip(
                    times,
                    names,
                    places[:, 0].tolist(),
                    places[:, 1].tolist(),
                    hour.scores_tk.reshape(-1).astype(float).tolist(),
                    strict=True,
                ),
            )
        took_ms = []
        for _ in range(3):
            began_s = time.perf_counter()
            rows = connection.execute(
                "SELECT time_us, x, y, score FROM keypoints WHERE segment_id = 1"
                " AND time_us >= ? AND time_us < ? ORDER BY time_us, keypoint",
                (START_US, START_US + HOUR_US),
            ).fetchall()
            got = np.array(rows, float).reshape(n_frames, n_keypoints, 4)
            took_ms.append(1000 * (time.perf_counter() - began_s))
    return {
        "bytes_per_frame_all_in": round(path.stat().st_size / len(got), 2),
        "raw_hour_median_ms": round(statistics.median(took_ms), 1),
    }


def parquet(path: Path, hour: KeypointBlock) -> dict[str, object]:
    """Keep the hour as Parquet with zstd, a column a coordinate, at the codec's precision."""
    kept = concatenate([decode(encode(hour))])
    columns = {"time_us": kept.times_us, "flags": kept.flags_t}
    for k in range(kept.scores_tk.shape[1]):
        columns |= {
            f"x{k}": kept.keypoints_tkc[:, k, 0],
            f"y{k}": kept.keypoints_tkc[:, k, 1],
            f"score{k}": kept.scores_tk[:, k],
        }
    pq.write_table(pa.table(columns), path, compression="zstd", compression_level=9)
    took_ms = []
    for _ in range(CALLS):
        began_s = time.perf_counter()
        table = pq.read_table(path)
        np.stack([table[name].to_numpy() for name in table.column_names[2:]], axis=1)
        took_ms.append(1000 * (time.perf_counter() - began_s))
    return {
        "bytes_per_frame_all_in": round(path.stat().st_size / len(kept), 2),
        "raw_hour_median_ms": round(statistics.median(took_ms), 1),
    }


if __name__ == "__main__":
    main()
