"""The spec of a retraining: the network in use, gently, and what must not be forgotten."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

pytest.importorskip("mmpose")

from pipeline.models.manifest import read_manifest
from pipeline.models.session import BUNDLED_MODEL, BUNDLED_RIVALS
from training.errors import SpecError
from training.retraining.order import Desk, Order
from training.retraining.recipe import check_network, spec_text, write_spec
from training.spec import load_spec


def order(folder: Path, model: Path) -> Order:
    return Order(
        labels=folder / "labels",
        dataset=folder / "sets" / 'labels "1"',
        rendered=folder / "sets" / "rendered",
        n_rendered=80,
        model=model,
        version="0.3.0+1",
        minutes=2,
    )


@pytest.mark.parametrize("model", [BUNDLED_MODEL, *BUNDLED_RIVALS])
def test_training_starts_from_the_model_in_use_at_its_own_size(tmp_path: Path, model: Path):
    before = read_manifest(model)
    spec = write_spec(Desk(tmp_path), order(tmp_path, model), before, 10)
    assert load_spec(tmp_path / "spec.toml") == spec
    assert (spec.network.name, spec.network.load_from) == (before.name, model)
    assert spec.schedule.final_input_wh == before.input.size_wh
    assert spec.schedule.learning_rate < 1e-3
    assert spec.export is not None
    assert "10 pictures labelled by people" in spec.export.training_data


def test_few_labels_are_shown_often_beside_what_must_not_be_forgotten(tmp_path: Path):
    text = spec_text(
        Desk(tmp_path), order(tmp_path, BUNDLED_MODEL), read_manifest(BUNDLED_MODEL), 10
    )
    train = tomllib.loads(text)["data"]["train"]
    assert (train.count(train[0]), train.count(str(tmp_path / "sets" / "rendered"))) == (8, 1)


def test_a_network_that_is_not_of_the_zoo_is_refused_by_name():
    foreign = read_manifest(BUNDLED_MODEL).model_copy(update={"name": "elsewhere"})
    with pytest.raises(SpecError, match=r"elsewhere 0.*zoo"):
        check_network(foreign)
