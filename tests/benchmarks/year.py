"""How long trends take to read from a year of minutes of 12 cots.

    python -m tests.benchmarks.year [--cots 12] [--days 365] [--folder D]

Makes the file (6.3 million rows, 1 GB, minutes), then prints, as JSON, the median processor time
of reading a day, a week and a year (binned by the database, and minute by minute) of one cot, and
a day and a year of all cots.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from sqlalchemy import insert

from db.engine import checkpoint, writing
from db.lifecycle import open_database, open_read_only
from db.schema import MinuteRollup, Recording
from db.store import Store
from db.times import MINUTE_US

START_US = 1_735_689_600_000_000
DAY_US = 1440 * MINUTE_US
CALLS = 5


def main() -> None:
    """Make the file, read from it, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cots", type=int, default=12)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--folder", type=Path, help="where the database is made and removed")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        path = Path(folder) / "year.db"
        cots = fill(path, options.cots, options.days)
        engine = open_read_only(path)
        found = measure(Store(engine), cots, START_US + options.days * DAY_US)
        engine.dispose()
        found["megabytes"] = round(path.stat().st_size / 1e6)
    print(json.dumps({"cots": options.cots, "days": options.days, **found}, indent=1))


def fill(path: Path, cots: int, days: int) -> list[int]:
    """Write the minutes, a recording a day as a monitor restarted nightly would; return cots."""
    engine = open_database(path)
    ids = [Store(engine).add_cot(f"cot {number}") for number in range(cots)]
    for day in range(days):
        start_us = START_US + day * DAY_US
        with writing(engine) as session:
            for cot_id in ids:
                recording = Recording(
                    cot_id=cot_id,
                    source="live",
                    name="live",
                    started_us=start_us,
                    ended_us=start_us + DAY_US,
                    clean_end=True,
                )
                session.add(recording)
                session.flush()
                session.execute(insert(MinuteRollup), day_of_rows(recording.id, start_us))
        if day % 20 == 19:
            checkpoint(engine)
    checkpoint(engine)
    engine.dispose()
    return ids


def day_of_rows(recording_id: int, start_us: int) -> list[dict[str, object]]:
    """Return a day of minutes with every column filled."""
    speeds = np.random.default_rng(recording_id).gamma(2, 0.1, 1440).round(4).tolist()
    limbs = {"left_arm": 0.2113, "right_arm": 0.1904, "left_leg": 0.3127, "right_leg": None}
    return [
        {
            "recording_id": recording_id,
            "minute_us": start_us + minute * MINUTE_US,
            "version": 2,
            "frames_expected": 1500,
            "frames_seen": 1498,
            "frames_assessable": 1490,
            "coverage": 0.993,
            "quantity_of_motion_mean": speed,
            "quantity_of_motion_sd": speed / 2,
            "quantity_of_motion_max": speed * 4,
            "quantity_of_motion_low": speed * 0.9,
            "quantity_of_motion_high": speed * 1.1,
            "cutoff_hz": 6.0,
            "symmetry": 0.08,
            "still_s": 41.2,
            "small_s": 12.0,
            "gross_s": 6.1,
            "bouts": 7.0,
            "longest_rest_s": 19.4,
            "handled_s": 0.0,
            "posture": "supine",
            "head_side": "left",
            "limbs": limbs,
            "reasons": {"low confidence": 8},
            "covered": {"right_leg": 22.0} if minute % 3 else {},
        }
        for minute, speed in enumerate(speeds)
    ]


def measure(store: Store, cots: list[int], end_us: int) -> dict[str, object]:
    """Time what pages read, and a year."""
    return {
        "a_day_of_one_cot_ms": cpu_ms(lambda: store.rollups(cots[0], end_us - DAY_US, end_us)),
        "a_day_of_all_cots_ms": cpu_ms(
            lambda: [store.rollups(cot, end_us - DAY_US, end_us) for cot in cots]
        ),
        "a_week_of_one_cot_ms": cpu_ms(lambda: store.rollups(cots[0], end_us - 7 * DAY_US, end_us)),
        "movement_alone_of_15_days_ms": cpu_ms(
            lambda: store.motion(cots[0], end_us - 15 * DAY_US, end_us)
        ),
        "a_year_of_one_cot_in_days_ms": cpu_ms(
            lambda: store.motion_bins(cots[0], START_US, end_us, DAY_US), calls=3
        ),
        "a_year_of_all_cots_in_days_ms": cpu_ms(
            lambda: [store.motion_bins(cot, START_US, end_us, DAY_US) for cot in cots], calls=1
        ),
        "every_minute_of_a_year_of_one_cot_ms": cpu_ms(lambda: store.rollups(cots[0]), calls=1),
    }


def cpu_ms(read: Callable[[], object], calls: int = CALLS) -> float:
    """Return the median processor time of a call in ms."""
    spent = []
    for _ in range(calls):
        start_s = time.process_time()
        read()
        spent.append(1000 * (time.process_time() - start_s))
    return round(statistics.median(spent), 1)


if __name__ == "__main__":
    main()
