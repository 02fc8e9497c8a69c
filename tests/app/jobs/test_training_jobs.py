"""Retrainings in the process that works on jobs: done, failed, cancelled, ended, gone on."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import psutil
import pytest

from app import retraining, training_group
from app.jobs import training
from app.jobs.queue import Queue
from app.jobs.running import Stopping, log_of
from app.jobs.training import run_training
from app.state import AppState
from db import audit
from db.audit import Actor
from pipeline.models.registry import ModelRegistry
from tests.support.labelling import label_pictures
from tests.support.running import until

BY = Actor("Ada", "engineer")
WITHIN_S = 60
# Stands for the program: tells how far it is, then does what a test asks of it.
PROGRAM = """
import json, os, sys, time
from pathlib import Path
folder = Path(sys.argv[-1])
order = json.loads((folder / "order.json").read_text())
stages = [{"name": "labels", "share": 1.0, "line": "2 pictures"}]
told = {"stages": stages, "left_s": 5.0, "pictures": 2, "version": "abc"}
(folder / "progress.json").write_text(json.dumps(told))
(folder / "pid").write_text(str(os.getpid()))
THEN
"""
MAKES = """
from tests.support.tiny_models import dot_graph, write_model
write_model(folder / "out", dot_graph())
"""
WAITS = "time.sleep(300)"
FAILS = "print('cotside: out of memory; halve it', flush=True); sys.exit(1)"


@pytest.fixture
def job_id(state: AppState) -> int:
    label_pictures(state.store, state.settings.data_path)
    return retraining.ask_for_retraining(state.engine, state.settings, BY)


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Let another program stand for training's."""

    def then(what: str) -> None:
        path = tmp_path / "program.py"
        path.write_text(PROGRAM.replace("THEN", what))
        monkeypatch.setattr(training, "PROGRAM", (str(path),))

    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[3]))
    monkeypatch.setattr(training, "training_fault", lambda: "")
    return then


def begun(state: AppState, job_id: int) -> threading.Thread:
    """Work on a job in a thread until its program runs."""
    made = threading.Thread(target=run_training, args=(state.settings.database, job_id))
    made.start()
    folder = Path(state.store.training_jobs.get(job_id).out).parent
    until((folder / "pid").is_file, WITHIN_S, "the program runs")
    return made


def pid_of(state: AppState, job_id: int) -> int:
    return int((Path(state.store.training_jobs.get(job_id).out).parent / "pid").read_text())


def test_what_it_made_is_a_candidate_and_the_audit_trail_says_by_whom(
    state: AppState, job_id: int, program
):
    program(MAKES)
    run_training(state.settings.database, job_id)
    job = state.store.training_jobs.get(job_id)
    assert (job.state, "the gate decides" in job.line) == ("finished", True), log_of(job)
    registry = ModelRegistry.under(state.settings.data_path)
    assert job.progress is not None
    assert registry.model(job.progress["model"]).manifest is not None
    assert registry.in_use_id() == "bundled"  # nothing is promoted by it
    trail = {entry.action: entry for entry in audit.entries(state.engine)}
    assert trail["model trained"].who == "Ada"
    assert trail["began"].subject == f"training/{job_id}"


def test_it_is_given_the_labels_the_model_in_use_and_the_version_before(
    state: AppState, job_id: int, program
):
    program("sys.exit(0)")
    run_training(state.settings.database, job_id)
    folder = Path(state.store.training_jobs.get(job_id).out).parent
    order = json.loads((folder / "order.json").read_text())
    assert len(json.loads((folder / "labels" / "annotations.json").read_text())["images"]) == 2
    assert Path(order["model"]) == ModelRegistry.under(state.settings.data_path).in_use_folder()
    assert order["parent"] is None
    Path(order["dataset"]).mkdir(parents=True)
    second = retraining.ask_for_retraining(state.engine, state.settings, BY)
    asked = state.store.training_jobs.get(second).request
    assert asked["parent"] == Path(order["dataset"]).name != asked["dataset"]


def test_a_fault_is_the_programs_last_word(state: AppState, job_id: int, program):
    program(FAILS)
    run_training(state.settings.database, job_id)
    job = state.store.training_jobs.get(job_id)
    assert (job.state, job.line) == ("failed", "out of memory; halve it")


def test_cancelled_it_ends_at_once_and_goes_on_when_it_is_asked_to(
    state: AppState, job_id: int, program
):
    program(WAITS)
    worker = begun(state, job_id)
    retraining.cancel(state.engine, job_id, BY)
    worker.join(WITHIN_S)
    assert state.store.training_jobs.get(job_id).state == "cancelled"
    assert not psutil.pid_exists(pid_of(state, job_id))
    program(MAKES)
    assert retraining.go_on(state.engine, state.settings, job_id, BY)
    run_training(state.settings.database, job_id)
    assert state.store.training_jobs.get(job_id).state == "finished"
    assert not retraining.go_on(state.engine, state.settings, job_id, BY)


def test_when_the_process_that_works_on_jobs_is_ended_it_says_interrupted(
    state: AppState, job_id: int, program, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(Stopping, "event", threading.Event())
    program(WAITS)
    worker = begun(state, job_id)
    Stopping.event.set()
    worker.join(WITHIN_S)
    assert state.store.training_jobs.get(job_id).state == "interrupted"
    assert not psutil.pid_exists(pid_of(state, job_id))


def test_where_training_is_not_installed_one_line_says_what_to_install(
    state: AppState, job_id: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(training_group.importlib.util, "find_spec", lambda _name: None)
    run_training(state.settings.database, job_id)
    job = state.store.training_jobs.get(job_id)
    assert job.state == "failed"
    assert job.line == "training needs torch and mmpose: uv sync --group training"


def test_a_review_does_not_wait_behind_a_retraining(state: AppState, job_id: int):
    queue = Queue(state.settings.data_path)
    queue.put_review(state.settings.database, 7)
    queue.make_anew(state.settings.database, state.store)
    # Two queues: each has workers of its own.
    assert (queue.reviews.pending_count(), queue.trainings.pending_count()) == (0, 1)
    assert not queue.is_empty()
    queue.close()
