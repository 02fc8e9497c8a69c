"""One retraining: training's own program in a process of its own, and what it made, registered."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from app.jobs.running import Bench, Stopping, log_path, run_job, say
from app.labels import write_labelled
from app.supervise import tied
from app.training_group import training_fault
from db import audit
from db.folders import DATASETS
from db.job_schema import TrainingJob
from pipeline.errors import CotsideError
from pipeline.models.registry import ModelRegistry

PROGRAM = ("-m", "training.retraining")
PROGRESS_FILE, ORDER_FILE = "progress.json", "order.json"
RENDERED = "rendered"
_LOOK_EVERY_S, _TOLD_EVERY_S, _STOP_WITHIN_S = 0.2, 1.0, 10.0


def run_training(database: str, job_id: int) -> None:
    """Work on a retraining until it is done, cancelled, or the process is to end."""
    run_job(database, job_id, lambda store: store.training_jobs, _retrain)


def _retrain(bench: Bench, job: TrainingJob) -> str:
    if fault := training_fault():
        raise CotsideError(fault)
    folder = Path(job.out).parent
    order_for(bench, job, folder)
    _Process(bench, job, folder).watch()
    return _registered(bench, job, folder)


def order_for(bench: Bench, job: TrainingJob, folder: Path) -> None:
    """Write what the program is to do, and the labels as they stand; once for each job."""
    asked, data_path = job.request, Path(job.request["data"])
    datasets = data_path / DATASETS
    labels, dataset = folder / "labels", datasets / asked["dataset"]
    if not dataset.exists():
        shutil.rmtree(labels, ignore_errors=True)
        write_labelled(bench.store, data_path, "coco", labels)
    order = {
        "labels": str(labels),
        "dataset": str(dataset),
        "parent": str(datasets / asked["parent"]) if asked["parent"] else None,
        "rendered": str(datasets / RENDERED),
        "n_rendered": asked["rendered"],
        "old": asked["old"],
        "model": asked["model"],
        "version": asked["version"],
        "minutes": asked["minutes"],
        "threads": max(1, len(os.sched_getaffinity(0)) // 2),
    }
    (folder / ORDER_FILE).write_text(json.dumps(order, indent=1), encoding="utf-8")


class _Process:
    """The program at work; it is ended with this process, whatever ends that."""

    def __init__(self, bench: Bench, job: TrainingJob, folder: Path) -> None:
        self._bench, self._job, self._folder = bench, job, folder

    def watch(self) -> None:
        """Run it to its end; raise ``CotsideError`` with its last word, or ``KeyboardInterrupt``.

        Its progress is told to the database once a second, where it may have been cancelled.
        """
        log = log_path(self._job)
        with log.open("ab") as out:
            start = out.tell()
            process = subprocess.Popen(
                tied([sys.executable, *PROGRAM, str(self._folder)]),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                cwd=Path(__file__).parents[2],
                env=os.environ | {"PYTHONUNBUFFERED": "1"},
                start_new_session=True,
            )
        try:
            self._wait(process)
        finally:
            _end(process)
        self._bench.store.training_jobs.note(self._job.id, self._progress())
        if process.returncode:
            raise CotsideError(_last_word(log, start, process.returncode))

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        told_s = 0.0
        while process.poll() is None:
            if time.monotonic() - told_s > _TOLD_EVERY_S:
                told_s = time.monotonic()
                wanted = self._bench.store.training_jobs.note(self._job.id, self._progress())
                if not wanted:
                    raise KeyboardInterrupt
            if Stopping.event.is_set():
                raise KeyboardInterrupt
            time.sleep(_LOOK_EVERY_S)

    def _progress(self) -> dict[str, Any]:
        try:
            text = (self._folder / PROGRESS_FILE).read_text(encoding="utf-8")
            read: dict[str, Any] = json.loads(text)
        except (OSError, ValueError):
            return self._job.progress or {}
        return read


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the program and what it started."""
    if process.poll() is not None:
        return
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(_STOP_WITHIN_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _last_word(log: Path, start: int, code: int) -> str:
    """Return the error that the program left, else how it ended."""
    with log.open("rb") as file:
        file.seek(start)
        lines = file.read().decode("utf-8", errors="replace").splitlines()
    said = [line.removeprefix("cotside: ") for line in lines if line.startswith("cotside: ")]
    if said:
        return said[-1]
    return f"training ended with code {code}; its log says more"


def _registered(bench: Bench, job: TrainingJob, folder: Path) -> str:
    """Add the candidate to the registry, where the gate and the Models page find it."""
    model_id = ModelRegistry.under(Path(job.request["data"])).add(Path(job.out))
    progress = bench.store.training_jobs.get(job.id).progress or {}
    bench.store.training_jobs.note(job.id, progress | {"model": model_id})
    audit.note(
        bench.engine,
        "model trained",
        f"model/{model_id}"[:200],
        who=job.by,
        role=job.request["role"],
        detail={"from": job.request["model_id"], "dataset": progress.get("version", "")},
    )
    # Training goes on from the model's own folder; its checkpoints were for going on after a stop.
    shutil.rmtree(folder / "run", ignore_errors=True)
    say(job, f"{model_id} is in the registry")
    return f"{model_id} is a candidate now; the gate decides."
