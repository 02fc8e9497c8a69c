"""One export of a film without faces: the code of ``cotside keypoints export --format video``."""

from __future__ import annotations

import time
from pathlib import Path

from app.jobs.running import Bench, Stopping, run_job
from db.folders import EXPORTED_FILE
from db.job_schema import ExportJob
from pipeline.review.whole import remove_half_files

_TOLD_EVERY_S = 1.0


def run_export(database: str, job_id: int) -> None:
    """Work on an export until it is done, cancelled, or the process is to end."""
    run_job(database, job_id, lambda store: store.export_jobs, _export)


def exported_file(job: ExportJob) -> Path:
    """Return where an export's film lies once it is done."""
    return Path(job.out) / EXPORTED_FILE


def _export(bench: Bench, job: ExportJob) -> str:
    # With it come the libraries of every format, for which a page does not wait.
    from pipeline.export.video import VideoExport

    asked, path = job.request, exported_file(job)
    path.parent.mkdir(parents=True, exist_ok=True)
    remove_half_files(path.parent)
    path.unlink(missing_ok=True)  # of a process that was killed before it could say so
    export = VideoExport(bench.store, job.recording_id, Path(asked["videos"]), path)
    made = export.write(skeleton=asked["skeleton"], tell=_Teller(bench, job.id))
    return f"{made.n_pictures} pictures, {made.n_blurred_whole} of them blurred all over."


class _Teller:
    """Tells the database once a second how far it is; stops it where it is not wanted."""

    def __init__(self, bench: Bench, job_id: int) -> None:
        self._book, self._job_id = bench.store.export_jobs, job_id
        self._told_s = -_TOLD_EVERY_S

    def __call__(self, done_s: int, all_s: int) -> None:
        if time.monotonic() - self._told_s < _TOLD_EVERY_S and done_s < all_s:
            return
        self._told_s = time.monotonic()
        wanted = self._book.note(self._job_id, {"done_s": done_s, "all_s": all_s})
        if not wanted or Stopping.event.is_set():
            raise KeyboardInterrupt
