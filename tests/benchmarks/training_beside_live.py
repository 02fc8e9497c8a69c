"""What a retraining takes from live monitoring: two cameras for a minute without it, then with it.

Run: ``python -m tests.benchmarks.training_beside_live [--seconds 60] [--cameras 2]``; some minutes.

The monitor runs as ever; the retraining is asked for as on the Models page and goes the whole way
of a job: keeper, the process that works on jobs (nice 10), training's program (as nice as there
is). Its second minute is measured while it learns. Prints for each the frames a second, the frames
dropped and the lag from arrival to pose; and what the retraining had done by then.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

from app import retraining
from app.jobs.keeper import JobKeeper
from db.audit import Actor
from db.lifecycle import open_database
from db.store import Store
from pipeline.settings import Settings, TrainingSettings
from tests.benchmarks.load import DEMO_CLIP, FPS, as_camera
from tests.support.labelling import label_pictures
from tests.support.monitoring import RunningMonitor, running_monitor, write_settings

SETTLES_S, TRAINS_WITHIN_S = 15.0, 900.0
LABELLED, RENDERED = 12, 40


@dataclass(frozen=True)
class Seen:
    """Live monitoring over a while: of all cots, the slowest rate and the longest lag too."""

    frames_per_s: float
    slowest_cot_per_s: float
    dropped: int
    lag_p50_ms: float
    lag_p95_ms: float
    worst_lag_p95_ms: float


def main() -> None:
    """Measure both and print them as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--cameras", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cotside-beside-") as name:
        measured = beside(Path(name), options.cameras, options.seconds)
    print(json.dumps(measured, indent=1))


def beside(folder: Path, cameras: int, seconds: float) -> dict[str, Any]:
    """Run a monitor, then a retraining beside it; return what was seen of both."""
    clip = as_camera(DEMO_CLIP, folder / "camera.mp4")
    urls = {
        f"Cot {number}": {"url": f"file:{clip}", "expected_fps": float(FPS)}
        for number in range(1, cameras + 1)
    }
    with running_monitor(write_settings(folder, urls)) as monitor:
        monitor.wait_for(
            lambda status: sum(cot.pose_fps > 0 for cot in status.cots.values()) == cameras, 120
        )
        time.sleep(SETTLES_S)
        alone = asdict(watched(monitor, seconds))
        print(f"without: {alone}", flush=True)
        with_it = beside_training(folder, monitor, seconds)
    return {"cameras": cameras, "cores": psutil.cpu_count(), "without": alone, **with_it}


def beside_training(folder: Path, monitor: RunningMonitor, seconds: float) -> dict[str, Any]:
    """Have a retraining run by the job path and watch the monitor while it learns."""
    # It is to outlast the measurement; it is cancelled then.
    training = TrainingSettings(rendered=RENDERED, minutes=30 + seconds / 60)
    settings = Settings(database=monitor.database, training=training)
    engine = open_database(settings.database)
    store = Store(engine)
    keeper = JobKeeper(store, settings, dies_with_us=True)
    try:
        label_pictures(store, folder, LABELLED, infants=3)
        job_id = retraining.ask_for_retraining(engine, settings, Actor("Ada", "engineer"))
        keeper.start()
        wait_until_it_learns(store, job_id)
        time.sleep(SETTLES_S)
        seen = asdict(watched(monitor, seconds))
        nice = [one.nice() for one in programs()]
        job = store.training_jobs.get(job_id)
        if job.state != "running":
            raise AssertionError(f"it ended too early: {job.state}, {job.line}")
        return {"with": seen, "niceness": nice, "stages": (job.progress or {})["stages"]}
    finally:
        keeper.stop()
        engine.dispose()


def watched(monitor: RunningMonitor, seconds: float) -> Seen:
    """Look every two seconds; rates count poses over the whole while."""
    rates: dict[int, list[float]] = {cot: [] for cot in monitor.status().cots}
    lags: list[tuple[float, float]] = []
    before = {cot: one.dropped for cot, one in monitor.status().cots.items()}
    until_s = time.monotonic() + seconds
    while time.monotonic() < until_s:
        time.sleep(2)
        for cot_id, cot in monitor.status().cots.items():
            rates[cot_id].append(cot.pose_fps)
            lags.append((cot.lag_ms_p50 or 0.0, cot.lag_ms_p95 or 0.0))
    means = [sum(rate) / len(rate) for rate in rates.values()]
    p50s, p95s = zip(*lags, strict=True)
    dropped = sum(one.dropped - before[cot] for cot, one in monitor.status().cots.items())
    return Seen(
        frames_per_s=round(sum(means), 2),
        slowest_cot_per_s=round(min(means), 2),
        dropped=dropped,
        lag_p50_ms=round(sum(p50s) / len(p50s), 1),
        lag_p95_ms=round(sum(p95s) / len(p95s), 1),
        worst_lag_p95_ms=round(max(p95s), 1),
    )


def wait_until_it_learns(store: Store, job_id: int) -> None:
    """Return when the step "training" is under way; fail with the job's line where it ends."""
    until_s = time.monotonic() + TRAINS_WITHIN_S
    while time.monotonic() < until_s:
        job = store.training_jobs.get(job_id)
        if job.state not in ("waiting", "running"):
            raise AssertionError(f"{job.state}: {job.line}")
        stages = (job.progress or {}).get("stages", [])
        if any(stage["name"] == "training" and stage["share"] > 0 for stage in stages):
            return
        time.sleep(1)
    raise AssertionError(f"it did not begin to learn within {TRAINS_WITHIN_S:.0f} s")


def programs() -> list[psutil.Process]:
    """Return training's own programs below this process."""
    below = psutil.Process().children(recursive=True)
    return [one for one in below if "training.retraining" in " ".join(one.cmdline())]


if __name__ == "__main__":
    main()
