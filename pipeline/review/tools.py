"""What a worker works with: the model, loaded once, when it is first needed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pipeline.models.session import PoseModel, load_model
from pipeline.settings import Provider


@dataclass(frozen=True, slots=True)
class Setup:
    """What every worker of a review is told once. ``model``: a model folder, None the bundled."""

    model: Path | None
    provider: Provider = "auto"
    threads: int = 1


class Tools:
    """What the tasks of one worker share."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup

    @cached_property
    def model(self) -> PoseModel:
        """Return the model; raise ``ModelError`` where it cannot be used."""
        return load_model(self.setup.model, self.setup.provider, threads=self.setup.threads)
