"""Review jobs in the process that works on them: two at once, cancelled, killed, gone on."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from app.jobs import LOCK_NAME
from app.jobs.keeper import JobKeeper
from app.jobs.queue import Queue
from app.state import AppState
from db.job_schema import ReviewJob
from pipeline.rundir import RunDirectory
from tests.support.reviewing import infant_clip
from tests.support.running import ROOT, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
WITHIN_S = 300


def ask_for(state: AppState, *videos: Path) -> int:
    """Store a job as a page does; return its id."""
    number = len(state.store.review_jobs.all())
    out = state.settings.data_path / "reviews" / str(number) / "out"
    request = {
        "videos": [{"path": str(video), "name": f"<b>{video.name}</b>"} for video in videos],
        "model": None,
        "provider": "cpu",
        "overlay": False,
        "blur_faces": False,
    }
    return state.store.review_jobs.add(ReviewJob(by="Ada", out=str(out), request=request))


@pytest.fixture
def work(state: AppState) -> Iterator[Callable[..., subprocess.Popen]]:
    """Start a consumer; whatever was started is gone afterwards."""
    made = []

    def start(at_once: int = 1) -> subprocess.Popen:
        command = [sys.executable, "-m", "app.jobs.consumer", "--db", state.settings.database]
        command += ["--data", str(state.settings.data_path), "--at-once", str(at_once)]
        process = subprocess.Popen(command, cwd=ROOT)
        made.append(process)
        return process

    yield start
    for process in made:
        if process.poll() is None:
            process.kill()
            process.wait()


def state_of(state: AppState, job_id: int) -> str:
    return state.store.review_jobs.get(job_id).state


def n_done(state: AppState, job_id: int) -> int:
    progress = state.store.review_jobs.get(job_id).progress or {"files": []}
    return sum(file["n_done"] for file in progress["files"])


def test_two_jobs_at_once_both_end_well_and_give_way_to_live_inference(
    state: AppState, work, tmp_path: Path
):
    clip = infant_clip(tmp_path / "clip.mp4", 45)
    text = tmp_path / "text.mp4"
    text.write_text("words\n" * 99)
    ids = [ask_for(state, clip), ask_for(state, clip, text)]
    process = work(at_once=2)
    until(lambda: any(state_of(state, one) == "running" for one in ids), WITHIN_S, "it runs")
    assert psutil.Process(process.pid).nice() == min(19, psutil.Process().nice() + 10)
    second = work()
    assert second.wait(WITHIN_S) == 0  # one works on a database; another ends at once
    until(lambda: all(state_of(state, one) == "finished" for one in ids), WITHIN_S, "both finish")
    first, other = (state.store.review_jobs.get(one) for one in ids)
    assert [file["verdict"] for file in first.progress["files"]] == ["done"]
    assert [file["verdict"] for file in other.progress["files"]] == ["done", "failed"]
    assert other.line == "1 of 2 did not come out whole."
    recordings = {job.progress["files"][0]["recording"] for job in (first, other)}
    assert len(recordings) == 2
    assert {state.store.frames_stored(one) for one in recordings} == {45}
    assert "&lt;b&gt;clip.mp4" in (Path(first.out) / "index.html").read_text()


def test_a_killed_workers_job_is_seen_as_interrupted_and_goes_on_to_the_end(
    state: AppState, work, tmp_path: Path
):
    job_id = ask_for(state, infant_clip(tmp_path / "clip.mp4", 240))
    process = work()
    until(lambda: n_done(state, job_id) > 0, WITHIN_S, "some of it is done")
    process.send_signal(signal.SIGKILL)
    process.wait()
    keeper = JobKeeper(state.store, state.settings)
    keeper.look()
    job = state.store.review_jobs.get(job_id)
    assert (job.state, "ended" in job.line) == ("interrupted", True)
    assert state.store.review_jobs.renew(job_id)
    assert not state.store.review_jobs.renew(job_id)
    # Whoever is restarted makes the queue anew: the database says what waits.
    work()
    until(lambda: state_of(state, job_id) == "finished", WITHIN_S, "it finishes")
    (recording,) = state.store.recordings()
    assert state.store.frames_stored(recording.id) == 240


def test_a_job_is_cancelled_in_order_and_an_ended_process_says_interrupted(
    state: AppState, work, tmp_path: Path
):
    clip = infant_clip(tmp_path / "clip.mp4", 400)
    first, second, third = (ask_for(state, clip) for _ in range(3))
    process = work()
    until(lambda: state_of(state, first) == "running", WITHIN_S, "the first runs")
    assert state.store.review_jobs.cancel(third)
    assert state_of(state, third) == "cancelled"
    assert state.store.review_jobs.cancel(first)
    until(lambda: state_of(state, first) == "cancelled", WITHIN_S, "it is cancelled")
    until(lambda: state_of(state, second) == "running", WITHIN_S, "the second runs")
    process.terminate()
    assert process.wait(WITHIN_S) == 0
    assert state_of(state, second) == "interrupted"
    assert state_of(state, third) == "cancelled"
    lock = RunDirectory.of(state.settings.database).try_lock(LOCK_NAME)
    assert lock is not None
    lock.release()


def test_a_job_is_begun_once_however_often_it_was_queued(state: AppState, tmp_path: Path):
    job_id = ask_for(state, tmp_path / "gone.mp4")
    queue = Queue(state.settings.data_path)
    queue.put_review(state.settings.database, job_id)
    queue.make_anew(state.settings.database, state.store)
    assert queue.reviews.pending_count() == 1
    queue.close()
    assert state.store.review_jobs.begin(job_id) is not None
    assert state.store.review_jobs.begin(job_id) is None
