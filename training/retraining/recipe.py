"""The spec of a retraining: the network of the model in use, its own recipe, learned gently."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import tomli_w

from pipeline.models.manifest import Manifest
from training.errors import SpecError
from training.retraining.order import Desk, Order
from training.spec import TrainSpec, load_spec, parse_spec
from training.zoo import NETWORKS

SPECS = Path(__file__).parents[1] / "specs"
# A trained network is moved a tenth as fast as a new one.
_GENTLY = 0.1
_BATCH, _STEPS_AN_EPOCH, _VALIDATED_ON = 16, 40, 200
# Labels are shown about as often as rendered pictures, but none of them more often than this.
_MOST_OFTEN = 20


def check_network(before: Manifest) -> None:
    """Raise ``SpecError`` where the model in use is none of the networks that can be trained."""
    if before.name not in NETWORKS:
        raise SpecError(
            f"the model in use, {before.name} {before.version}, is no network of the zoo; promote "
            f"one that is before retraining: {', '.join(NETWORKS)}"
        )


def spec_text(desk: Desk, order: Order, before: Manifest, n_labels: int) -> str:
    """Return the spec as TOML."""
    often = min(_MOST_OFTEN, max(1, order.n_rendered // max(1, n_labels)))
    old = [str(order.rendered), *map(str, order.old)]
    size_wh = list(before.input.size_wh)
    values: dict[str, Any] = {
        "name": before.name,
        "network": {"name": before.name, "load_from": str(order.model)},
        "data": {
            "train": [str(order.dataset)] * often + old,
            "val": [str(order.dataset), *old],
            "val_count": _VALIDATED_ON,
            "samples_per_epoch": _BATCH * _STEPS_AN_EPOCH,
        },
        **_own_ways(before.name),
        "run": {"work_dir": str(desk.run), "threads": order.threads, "val_every_epochs": 1},
        "export": {
            "out": str(desk.out),
            "version": order.version,
            "stored_bits": 16,
            "licence": before.licence,
            "training_data": f"{_words(before)}; then {n_labels} pictures labelled by people",
        },
    }
    values["run"] |= {"report_every_steps": _STEPS_AN_EPOCH // 2, "tensorboard": False}
    values["schedule"] |= {
        "budget_minutes": order.minutes,
        "batch_size": _BATCH,
        "warmup_steps": 20,
        "stages": [{"until": 1.0, "input_wh": size_wh}],
    }
    return tomli_w.dumps(values)


def _own_ways(name: str) -> dict[str, Any]:
    """Return how the network was taught in this project, where there is a recipe of it."""
    path = SPECS / f"{name}.toml"
    if not path.is_file():
        return {"schedule": {"learning_rate": 1e-4}}
    recipe = load_spec(path)
    loss = {key: getattr(recipe.loss, key) for key in ("kind", "sigma", "occluded_weight")}
    return {
        "augment": recipe.augment.model_dump(),
        "loss": {key: value for key, value in loss.items() if value is not None},
        "schedule": {
            "learning_rate": _GENTLY * recipe.schedule.learning_rate,
            "weight_decay": recipe.schedule.weight_decay,
        },
    }


def _words(before: Manifest) -> str:
    return before.training_data if isinstance(before.training_data, str) else "not stated"


def write_spec(desk: Desk, order: Order, before: Manifest, n_labels: int) -> TrainSpec:
    """Write the spec beside the run and return it; it can be trained by hand, too."""
    text = spec_text(desk, order, before, n_labels)
    desk.spec.write_text(text, encoding="utf-8")
    return parse_spec(text, desk.spec)
