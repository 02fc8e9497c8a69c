"""The spec of a refiner over time: a TOML file, read as strictly as a training run's."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from training.spec import Part, parse_as


class MotionSpec(Part):
    """The true motions to learn from; made and kept in ``file`` where they are not there."""

    file: Path
    count: int = Field(160, ge=1)
    seconds: float = Field(12.0, gt=4)
    rates_fps: tuple[float, ...] = (10.0, 12.0, 15.0, 20.0, 25.0, 30.0)


class RefinerSize(Part):
    """The network (training/temporal/network.py); ``frames`` is its window."""

    form: Literal["causal", "centred"]
    frames: int = Field(20, ge=4, le=128)
    width: int = Field(32, ge=8)
    layers: int = Field(2, ge=1)
    heads: int = Field(4, ge=1)
    mixes: int = Field(4, ge=1)

    @model_validator(mode="after")
    def _heads_share_the_width(self) -> RefinerSize:
        if self.width % self.heads or self.width % self.mixes:
            raise ValueError("width must be a multiple of heads and of mixes")
        return self


class RefinerSchedule(Part):
    """How long to learn; ``calm`` weighs the error of speed beside that of place."""

    minutes: float = Field(8.0, gt=0)
    steps: int = Field(2000, ge=1)
    windows: int = Field(24, ge=1)
    learning_rate: float = Field(3e-3, gt=0)
    calm: float = Field(2.0, ge=0)
    seed: int = 0


class RefinerSpec(Part):
    """A whole run; ``out`` is the folder that the runtime reads."""

    name: str
    version: str = "0.1.0"
    motion: MotionSpec
    network: RefinerSize
    schedule: RefinerSchedule = RefinerSchedule()
    work_dir: Path
    out: Path


def load_refiner_spec(path: Path) -> RefinerSpec:
    """Read a refiner's spec; raise ``SpecError`` naming the file and the key."""
    return parse_as(RefinerSpec, path)
