"""``cotside train`` without a spec: asks for a retraining, or says in one line why not."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import cli
from app.commands import retrain
from app.jobs import keeper
from app.state import AppState
from db.job_schema import TrainingJob
from tests.support.labelling import label_pictures


@pytest.fixture
def ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retrain, "training_fault", lambda: "")


def run(state: AppState, *arguments: str):
    return CliRunner().invoke(cli, ["train", "--db", state.settings.database, *arguments])


def test_without_labels_it_says_where_to_make_some(state: AppState, ready: None):
    result = run(state)
    assert result.exit_code == 1
    assert "Annotate page" in str(result.exception)


def test_without_torch_it_says_what_to_install(state: AppState, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(retrain, "training_fault", lambda: "training needs torch: uv sync")
    assert "uv sync" in str(run(state).exception)


def test_there_is_nothing_to_go_on_with(state: AppState, ready: None):
    assert "unfinished" in str(run(state, "--resume").exception)


@pytest.mark.parametrize("state_at_end", ["finished", "failed"])
def test_it_follows_the_job_and_leaves_as_the_job_did(
    state: AppState, ready: None, monkeypatch: pytest.MonkeyPatch, state_at_end: str
):
    label_pictures(state.store, state.settings.data_path)

    class Keeper:
        def __init__(self, store, _settings):
            self.book = store.training_jobs

        def look(self) -> None:
            (job_id,) = self.book.waiting()
            self.book.begin(job_id)
            self.book.note(job_id, {"stages": [], "model": "m-1"})
            self.book.end(job_id, state_at_end, "what came of it.")

    monkeypatch.setattr(keeper, "JobKeeper", Keeper)
    result = run(state, "--minutes", "2")
    (job,) = state.store.training_jobs.all()
    assert isinstance(job, TrainingJob)
    assert job.request["minutes"] == 2
    if state_at_end == "finished":
        assert result.exit_code == 0, result.exception
        assert "cotside models promote m-1" in result.output
    else:
        assert "what came of it." in str(result.exception)
        assert "--resume" in str(result.exception)


def test_a_spec_is_handed_to_training(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    asked = []
    monkeypatch.setattr(retrain, "run_tool", lambda *given: asked.append(given))
    result = CliRunner().invoke(cli, ["train", str(tmp_path / "s.toml"), "--resume"])
    assert result.exit_code == 0
    assert asked == [("train", [str(tmp_path / "s.toml"), "--resume"])]
