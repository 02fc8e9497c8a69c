"""What the supervisor tells its worker, over a pipe: never a secret, never on a command line."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from pipeline.sources.base import SourceSpec

if TYPE_CHECKING:
    from pipeline.settings import CameraSettings


@dataclass(frozen=True, slots=True)
class Order:
    """One worker's task. ``password_env`` names the variable; its value stays in the environment.

    ``modules`` are imported first, so that they may register sources of their own.
    """

    name: str
    slot_path: str
    spec: SourceSpec
    password_env: str | None = None
    modules: tuple[str, ...] = ()

    @classmethod
    def of(cls, camera: CameraSettings, slot_path: str, modules: tuple[str, ...] = ()) -> Order:
        """Make the order for a camera."""
        spec = SourceSpec.of(camera)
        return cls(camera.name, slot_path, spec, camera.password_env, modules)

    def to_json(self) -> str:
        """Return the order as one line, without any password."""
        return json.dumps(asdict(replace(self, spec=replace(self.spec, password=None))))

    @classmethod
    def from_json(cls, line: str) -> Order:
        """Read an order back."""
        values = json.loads(line)
        values["spec"] = SourceSpec(**values["spec"])
        values["modules"] = tuple(values["modules"])
        return cls(**values)
