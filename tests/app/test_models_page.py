"""The page Models, run by Streamlit itself: the gate, a reason, promotion and the way back."""

from __future__ import annotations

from pathlib import Path

from streamlit.testing.v1 import AppTest

from app.state import AppState
from pipeline.models.registry import BUNDLED_ID, ModelRegistry
from tests.support.tiny_models import dot_graph, write_model

MAIN = Path(__file__).parents[2] / "app" / "main.py"


def shown() -> AppTest:
    at = AppTest.from_file(str(MAIN), default_timeout=120).run()
    return at.switch_page("pages/models.py").run()


def press(at: AppTest, label: str) -> AppTest:
    (button,) = [one for one in at.button if one.label == label]
    return button.click().run()


def test_the_page_offers_the_rival_that_ships_and_says_how_to_add_another(state: AppState):
    at = shown()
    assert not at.exception
    assert at.selectbox[0].options == ["lite_hrnet_18 0.1.1"]
    assert any("cotside models add" in caption.value for caption in at.caption)


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
