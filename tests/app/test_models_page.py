"""The page Models, run by Streamlit itself: the gate, a reason, promotion and the way back."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app import retrain_form
from app.retraining import ask_for_retraining
from app.state import AppState
from db import audit
from db.audit import Actor
from pipeline.models.registry import BUNDLED_ID, ModelRegistry
from tests.support.comparing import comparison
from tests.support.labelling import label_pictures
from tests.support.tiny_models import dot_graph, write_model

MAIN = Path(__file__).parents[2] / "app" / "main.py"


def shown() -> AppTest:
    at = AppTest.from_file(str(MAIN), default_timeout=120).run()
    return at.switch_page("pages/models.py").run()


def button(at: AppTest, label: str):
    (found,) = [one for one in at.button if one.label == label]
    return found


def press(at: AppTest, label: str) -> AppTest:
    return button(at, label).click().run()


def test_the_page_offers_the_rival_that_ships_and_says_how_to_add_another(state: AppState):
    at = shown()
    assert not at.exception
    assert at.selectbox[0].options == ["lite_hrnet_18 0.1.1"]
    assert any("cotside models add" in caption.value for caption in at.caption)


def test_one_button_asks_for_a_retraining_and_its_card_can_cancel_it(
    state: AppState, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(retrain_form, "training_fault", lambda: "")
    assert button(shown(), "Retrain from the model in use").disabled  # nothing is labelled yet
    label_pictures(state.store, state.settings.data_path, count=3, infants=2)
    at = shown()
    assert any("3 pictures of 2 infants" in caption.value for caption in at.caption)
    at.number_input(key="retrain_minutes").set_value(7.0)
    at = press(at, "Retrain from the model in use")
    (job,) = state.store.training_jobs.all()
    assert (job.state, job.by, job.request["minutes"]) == ("waiting", "Ada", 7.0)
    press(at, "Cancel")
    assert state.store.training_jobs.get(job.id).state == "cancelled"
    press(shown(), "Go on")
    assert state.store.training_jobs.get(job.id).state == "waiting"
    trail = audit.entries(state.engine, subject="training")
    assert [entry.action for entry in trail] == ["went on", "cancelled", "began"]


def test_where_training_is_not_installed_the_page_says_what_to_install(
    state: AppState, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(retrain_form, "training_fault", lambda: "uv sync --group training")
    label_pictures(state.store, state.settings.data_path)
    at = shown()
    assert any("uv sync --group training" in one.value for one in at.warning)
    assert button(at, "Retrain from the model in use").disabled


def test_a_candidate_shows_its_comparison_its_curves_and_its_card(state: AppState, tmp_path: Path):
    folder = write_model(tmp_path / "candidate", dot_graph())
    (folder / "comparison.json").write_text(comparison().model_dump_json())
    (folder / "curves.csv").write_text("elapsed_s,loss\n1,3\n2,2\n")
    (folder / "CARD.md").write_text("# What it learned")
    ModelRegistry.under(state.settings.data_path).add(folder)
    at = shown()
    assert not at.exception
    html = "".join(one.proto.body for one in at.get("html"))
    assert "Infants that neither has learned from" in html
    assert "Loss on what it learns from" in html
    assert any("compared with old 1, which is not in use" in one.value for one in at.warning)
    assert any("What it learned" in one.value for one in at.markdown)


def test_the_candidate_that_was_trained_last_is_offered_first(state: AppState, tmp_path: Path):
    registry = ModelRegistry.under(state.settings.data_path)
    made = {
        name: registry.add(write_model(tmp_path / name, dot_graph(), name=name))
        for name in ("a", "z")
    }
    label_pictures(state.store, state.settings.data_path)
    job_id = ask_for_retraining(state.engine, state.settings, Actor("Ada", "engineer"))
    state.store.training_jobs.begin(job_id)
    state.store.training_jobs.note(job_id, {"stages": [], "model": made["z"]})
    state.store.training_jobs.end(job_id, "finished", "")
    assert shown().selectbox[0].options[0] == "z 1"


def test_a_candidate_is_held_back_then_taken_with_a_reason_and_rolled_back(
    state: AppState, tmp_path: Path
):
    registry = ModelRegistry.under(state.settings.data_path)
    model_id = registry.add(write_model(tmp_path / "candidate", dot_graph()))
    at = press(shown(), "Ask the gate")
    assert not at.exception
    press(at, "Take into use")
    assert registry.in_use_id() == BUNDLED_ID
    at.text_input(key="despite").set_value("a test").run()
    at = press(at, "Take into use")
    assert registry.in_use_id() == model_id
    press(at, "Go back to the model before")
    assert registry.in_use_id() == BUNDLED_ID
