"""The whole loop on the newborn clip: reviewed, corrected, retrained, judged, promoted, reviewed.

Run: ``python -m tests.benchmarks.loop [--minutes 1] [--keep FOLDER]``; some minutes. Prints what
happened as JSON. The clip is looked for in ``../shared/data/newborn_clip``; it is not part of this
project.

Nobody sits at this machine: the ten corrections are what the model's own path says of those frames
once it is smoothed over time by the transformer. The second infant is the demo's first clip, whose
keypoints are known. So this shows that the loop holds, not that ten frames make a model better.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import psutil

from app.jobs.keeper import JobKeeper
from app.jobs.queue import Queue
from app.jobs.running import log_of
from app.labels import Import, import_labels
from app.promotion import gate, promote
from app.queueing import add_to_queue
from app.retraining import ask_for_retraining, go_on
from db import audit
from db.audit import Actor
from db.job_schema import JobRow, ReviewJob, TrainingJob
from db.jobs import JobBook
from db.lifecycle import open_database
from db.store import Store
from pipeline.annotation.formats import LabelledPicture, write_labels
from pipeline.annotation.points import from_estimate, to_named
from pipeline.models.registry import ModelRegistry
from pipeline.rundir import RunDirectory
from pipeline.settings import Settings, TrainingSettings
from pipeline.smoothing import offline_smoother
from tests.benchmarks.newborn import CLIP

DEMO = Path(__file__).parents[2] / "app" / "demo" / "clips" / "well_lit.mp4"
CORRECTED, SECOND_INFANT, WITHIN_S = 10, 8, 1500
BY = Actor("Ada", "engineer")


class Loop:
    """An installation in a folder of its own, and what happened in it."""

    def __init__(self, folder: Path, clip: Path, minutes: float) -> None:
        self.folder, self.clip, self.minutes = folder, clip, minutes
        training = TrainingSettings(rendered=80, minutes=minutes)
        self.settings = Settings(database=str(folder / "cotside.db"), training=training)
        self.engine = open_database(self.settings.database)
        self.store = Store(self.engine)
        self.registry = ModelRegistry.under(folder)
        self.happened: dict[str, Any] = {}

    def review(self, name: str) -> dict[str, Any]:
        """Have the clip reviewed by the model in use, as the Review page does."""
        request = {
            "videos": [{"path": str(self.clip), "name": self.clip.name}],
            "model": str(self.registry.in_use_folder()),
            "provider": "cpu",
            "overlay": False,
            "blur_faces": False,
        }
        out = self.folder / "reviews" / name / "out"
        job_id = self.store.review_jobs.add(ReviewJob(by=BY.name, out=str(out), request=request))
        queue = Queue(self.folder)
        queue.put_review(self.settings.database, job_id)
        queue.close()
        job = finished(self.store.review_jobs, job_id)
        (file,) = (job.progress or {})["files"]
        summary = dict(self.store.review_of(file["recording"]).summary or {})
        kept = ("model", "recording", "frames", "coverage", "jumps", "reasons")
        return {key: summary[key] for key in kept}

    def correct(self, recording: int) -> int:
        """Correct ten frames: what the queue chose, then some between; return how many it chose."""
        add_to_queue(self.engine, self.folder, recording, CORRECTED, BY)
        block = self.store.keypoints(recording_id=recording).block
        smooth = offline_smoother("transformer")
        path_tkc = smooth(block.times_us, block.keypoints_tkc, block.scores_tk)
        frames = self.store.annotation_frames(BY.name, "queued", limit=CORRECTED)
        places = [int(np.abs(block.times_us - (f.time_us or 0)).argmin()) for f in frames]
        for frame, place in zip(frames, places, strict=True):
            points = corrected(path_tkc[place], block.scores_tk[place], (frame.width, frame.height))
            self.store.save_annotation(frame.id, BY.name, to_named(points))
        more = between(places, len(block), CORRECTED - len(places))
        pictures = {
            number: (image, corrected(path_tkc[number], block.scores_tk[number], size_of(image)))
            for number, image in pictures_of(self.clip, more)
        }
        if pictures:
            self.bring_in(pictures, frames[0].source)
        return len(places)

    def bring_in(self, pictures: dict[int, tuple[np.ndarray, np.ndarray]], source: str) -> None:
        """Import labelled pictures, as ``cotside annotate import`` does."""
        with tempfile.TemporaryDirectory() as name:
            folder, listed = Path(name), []
            for number, (image, points_k3) in pictures.items():
                cv2.imwrite(str(folder / f"{number:05d}.png"), image)
                about = {"source": source}
                listed.append(
                    LabelledPicture(f"{number:05d}.png", size_of(image), points_k3, "", about)
                )
            write_labels("coco", listed, folder / "labels.json")
            wanted = Import(folder / "labels.json", "coco", folder, BY.name)
            import_labels(self.engine, self.folder, wanted, BY)

    def label_second_infant(self) -> None:
        """Label an infant that nothing was learned from."""
        truth = json.loads(DEMO.with_suffix(".json").read_text())
        step = len(truth["keypoints_tkc"]) // SECOND_INFANT
        numbers = range(0, step * SECOND_INFANT, step)
        points = {
            n: np.column_stack([truth["keypoints_tkc"][n], truth["visibility_tk"][n]])
            for n in numbers
        }
        self.bring_in({n: (i, points[n]) for n, i in pictures_of(DEMO, numbers)}, "demo cot")

    def retrain(self, *, killed: bool = False) -> dict[str, Any]:
        """Retrain; with ``killed`` the process that works on jobs is killed in the middle."""
        book = self.store.training_jobs
        job_id = ask_for_retraining(self.engine, self.settings, BY, self.minutes)
        said: dict[str, Any] = {}
        if killed:
            said["training at nice"] = self._kill(job_id)
            said["after the kill"] = book.get(job_id).state
            go_on(self.engine, self.settings, job_id, BY)
        job = finished(book, job_id)
        progress = job.progress or {}
        lines = {stage["name"]: stage["line"] for stage in progress["stages"]}
        findings = [asdict(finding) for finding in gate(self.registry, progress["model"])]
        return said | {"model": progress["model"], "steps": lines, "gate": findings}

    def _kill(self, job_id: int) -> int:
        """Kill the process that works on jobs while it trains; return training's nice."""

        def share() -> float:
            stages = (self.store.training_jobs.get(job_id).progress or {}).get("stages", [])
            return next((s["share"] for s in stages if s["name"] == "training"), 0.0)

        until(lambda: share() > 0.1, "training is under way")
        (worker,) = [
            one
            for one in psutil.process_iter(["cmdline"])
            if "app.jobs.consumer" in (one.info["cmdline"] or [])
            and self.settings.database in one.info["cmdline"]
        ]
        (trainer,) = [one for one in worker.children() if "training.retraining" in one.cmdline()]
        nice = trainer.nice()
        worker.send_signal(signal.SIGKILL)
        until(lambda: not trainer.is_running() or trainer.status() == "zombie", "it ends with it")
        until(lambda: self.store.training_jobs.get(job_id).state == "interrupted", "it is seen")
        return int(nice)

    def promote(self, model_id: str) -> dict[str, Any]:
        """Promote what the gate lets through, and in spite of it for a reason that is kept."""
        asked = promote(self.registry, self.engine, model_id, BY)
        if not asked.is_done:
            promote(self.registry, self.engine, model_id, BY, "to show the whole loop")
        (entry,) = audit.entries(self.engine, action="promoted")
        detail = audit.detail_of(entry)
        return {"by the gate": asked.is_done, "audit": {"who": entry.who, **detail}}


def run(folder: Path, clip: Path = CLIP, minutes: float = 1.0) -> dict[str, Any]:
    """Walk through the whole loop; return what happened."""
    loop = Loop(folder, clip, minutes)
    keeper = JobKeeper(loop.store, loop.settings, dies_with_us=True)
    keeper.start()
    try:
        first = loop.review("first")
        chosen = loop.correct(first["recording"])
        alone = loop.retrain(killed=True)
        loop.label_second_infant()
        judged = loop.retrain()
        promoted = loop.promote(judged["model"])
        second = loop.review("second")
        report = folder / "reviews" / "second" / "out" / "index.html"
        return {
            "first review": first,
            "corrected": {"chosen by the queue": chosen, "in all": CORRECTED},
            "retrained on one infant": alone,
            "retrained with a second infant": judged,
            "promoted": promoted,
            "second review": second,
            "report": report.read_text(encoding="utf-8"),
            "audit is whole": audit.verify(loop.engine).whole,
        }
    finally:
        keeper.stop()
        loop.engine.dispose()
        shutil.rmtree(RunDirectory.of(loop.settings.database).path, ignore_errors=True)


def corrected(points_kc: np.ndarray, scores_k: np.ndarray, size_wh: tuple[int, int]) -> np.ndarray:
    """Return labels of a frame: the smoothed path, within the picture."""
    points = from_estimate(points_kc, scores_k)
    points[:, :2] = np.clip(points[:, :2], 0, np.array(size_wh) - 1)
    return points


def between(places: list[int], n_frames: int, count: int) -> list[int]:
    """Return ``count`` frames in the middles of the widest stretches without a chosen one."""
    taken = sorted([0, *places, n_frames - 1])
    for _ in range(count):
        gaps = np.diff(taken)
        widest = int(gaps.argmax())
        taken.insert(widest + 1, taken[widest] + int(gaps[widest]) // 2)
    return sorted(set(taken) - {0, *places, n_frames - 1})


def pictures_of(clip: Path, numbers: Any) -> Iterator[tuple[int, np.ndarray]]:
    """Yield frames of a clip by their numbers."""
    wanted = set(numbers)
    with av.open(str(clip)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number in wanted:
                yield number, frame.to_ndarray(format="bgr24")


def size_of(image: np.ndarray) -> tuple[int, int]:
    return image.shape[1], image.shape[0]


def finished(book: JobBook[Any], job_id: int) -> JobRow:
    """Wait for a job's end; fail with its log when that is not a good one."""
    until(lambda: book.get(job_id).state not in ("waiting", "running"), f"job {job_id} ends")
    job: ReviewJob | TrainingJob = book.get(job_id)
    if job.state != "finished":
        raise AssertionError(f"{job.state}: {job.line}\n{log_of(job)}")
    return job


def until(ask: Callable[[], object], what: str) -> None:
    """Wait until something is so."""
    stop_s = time.monotonic() + WITHIN_S
    while not ask():
        if time.monotonic() > stop_s:
            raise AssertionError(f"not within {WITHIN_S} s: {what}")
        time.sleep(0.2)


@contextmanager
def workplace(keep: Path | None) -> Iterator[Path]:
    """Lend a folder, gone afterwards unless it is to be kept."""
    folder = keep or Path(tempfile.mkdtemp(prefix="cotside-loop-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield folder
    finally:
        if keep is None:
            shutil.rmtree(folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--clip", type=Path, default=CLIP)
    parser.add_argument("--keep", type=Path, help="leave the installation here")
    options = parser.parse_args()
    with workplace(options.keep) as folder:
        os.environ.setdefault("PYTHONWARNINGS", "ignore")
        happened = run(folder, options.clip, options.minutes)
    del happened["report"]
    print(json.dumps(happened, indent=2))


if __name__ == "__main__":
    main()
