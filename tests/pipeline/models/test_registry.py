"""The models of an installation: added after every check, promoted, rolled back, never half."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from pipeline.errors import ModelError, ModelLoadError
from pipeline.models.registry import BUNDLED_ID, ModelRegistry
from pipeline.models.session import BUNDLED_MODEL, load_model
from pipeline.monitor.succession import Succession
from pipeline.settings import ModelSettings
from tests.support.tiny_models import dot_graph, write_model


@pytest.fixture
def registry(tmp_path: Path) -> ModelRegistry:
    return ModelRegistry.under(tmp_path / "data")


@pytest.fixture
def candidate(tmp_path: Path) -> Path:
    return write_model(tmp_path / "candidate", dot_graph())


def test_without_anything_the_bundled_model_is_in_use(registry: ModelRegistry):
    known, rival = registry.models()
    assert (rival.id, rival.in_use, rival.fault) == ("lite_hrnet_18", False, "")
    assert (known.id, known.in_use, known.folder) == (BUNDLED_ID, True, BUNDLED_MODEL)
    assert registry.in_use_folder() == BUNDLED_MODEL
    with pytest.raises(ModelError, match="nothing was promoted"):
        registry.rollback()


def test_the_rival_that_ships_is_promoted_like_any_other(registry: ModelRegistry):
    registry.promote("lite_hrnet_18", "Ada")
    assert load_model(registry.in_use_folder(), "cpu").manifest.name == "lite_hrnet_18"
    assert registry.rollback() == BUNDLED_ID


def test_a_model_is_added_promoted_and_rolled_back(registry: ModelRegistry, candidate: Path):
    model_id = registry.add(candidate)
    assert registry.in_use_id() == BUNDLED_ID
    registry.promote(model_id, "Ada")
    assert registry.in_use_id() == model_id
    assert load_model(registry.in_use_folder(), "cpu").manifest.name == "dots"
    assert [turn.who for turn in registry.turns()] == ["Ada"]
    with pytest.raises(ModelError, match="already"):
        registry.promote(model_id, "Ada")
    assert registry.rollback() == BUNDLED_ID
    assert registry.in_use_folder() == BUNDLED_MODEL


def test_a_broken_model_is_never_added(registry: ModelRegistry, candidate: Path):
    (candidate / "model.onnx").write_bytes((candidate / "model.onnx").read_bytes()[:-10])
    with pytest.raises(ModelLoadError, match="sha256"):
        registry.add(candidate)
    assert [known.id for known in registry.models()] == [BUNDLED_ID, "lite_hrnet_18"]


def test_what_was_added_twice_is_refused_the_second_time(registry: ModelRegistry, candidate: Path):
    registry.add(candidate)
    with pytest.raises(ModelLoadError, match="already"):
        registry.add(candidate)


def test_a_model_altered_in_the_registry_is_not_promoted(registry: ModelRegistry, candidate: Path):
    model_id = registry.add(candidate)
    content = registry.model(model_id).folder / "model.onnx"
    content.write_bytes(content.read_bytes() + b"x")
    with pytest.raises(ModelLoadError):
        registry.promote(model_id, "Ada")
    assert registry.in_use_id() == BUNDLED_ID


def test_an_unknown_model_names_the_known_ones(registry: ModelRegistry):
    with pytest.raises(ModelError, match="there are bundled"):
        registry.model("x")


def test_the_monitor_never_waits_while_the_next_model_loads(
    registry: ModelRegistry, candidate: Path
):
    may_load, is_loading = threading.Event(), threading.Event()

    def load(folder):
        if folder != BUNDLED_MODEL:
            is_loading.set()
            assert may_load.wait(30)
        return folder

    succession = Succession(registry, ModelSettings(), load)
    assert succession.first() == BUNDLED_MODEL
    assert succession.next() is None
    registry.promote(registry.add(candidate), "Ada")
    assert succession.next() is None  # begins to load
    assert is_loading.wait(30)
    assert succession.next() is None  # is loading still, and nobody waited
    may_load.set()
    succession.close()
    loaded = None
    for _ in range(1000):
        loaded = succession.next()
        if loaded is not None:
            break
        threading.Event().wait(0.01)
    assert loaded == registry.in_use_folder()


def test_a_model_that_fails_to_load_leaves_the_one_before_in_use(
    registry: ModelRegistry, candidate: Path
):
    def load(folder):
        if folder != BUNDLED_MODEL:
            raise ModelLoadError("cut")
        return folder

    succession = Succession(registry, ModelSettings(), load)
    succession.first()
    registry.promote(registry.add(candidate), "Ada")
    for _ in range(1000):
        assert succession.next() is None
        if succession.fault:
            break
        threading.Event().wait(0.01)
    assert succession.fault == "the model before stays in use: cut"
    succession.close()


def test_a_folder_named_in_the_settings_stays(registry: ModelRegistry, candidate: Path):
    succession = Succession(registry, ModelSettings(folder=candidate), lambda folder: folder)
    assert succession.first() == candidate
    registry.promote(registry.add(candidate), "Ada")
    assert succession.next() is None
    succession.close()
