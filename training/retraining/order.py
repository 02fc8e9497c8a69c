"""What a retraining is asked for, and the folders that it works in."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field, ValidationError

from training.errors import SpecError
from training.spec import Part


class Order(Part):
    """``order.json``; paths are absolute.

    ``labels``: a folder of pictures with labels as it was exported. ``dataset``: the version to be
    made of it, after ``parent``. ``rendered``: where rendered pictures are kept for all
    retrainings, ``n_rendered`` how many are wanted. ``old``: further datasets that must not be
    forgotten. ``model``: the folder of the model in use; ``version``: what the candidate is called.
    """

    labels: Path
    dataset: Path
    parent: Path | None = None
    rendered: Path
    n_rendered: int = Field(ge=40)
    old: tuple[Path, ...] = ()
    model: Path
    version: str = Field(min_length=1, max_length=60)
    minutes: float = Field(gt=0)
    threads: int = Field(1, ge=1)


@dataclass(frozen=True, slots=True)
class Desk:
    """The folder of one retraining and what lies in it."""

    folder: Path

    @property
    def spec(self) -> Path:
        """Return the training spec that is written for the run."""
        return self.folder / "spec.toml"

    @property
    def run(self) -> Path:
        """Return where checkpoints and the log of the training lie."""
        return self.folder / "run"

    @property
    def out(self) -> Path:
        """Return the folder of the candidate."""
        return self.folder / "out"

    def order(self) -> Order:
        """Read the order; raise ``SpecError``."""
        path = self.folder / "order.json"
        try:
            return Order.model_validate(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, ValidationError) as error:
            raise SpecError(f"{path}: cannot be used: {error}") from error
