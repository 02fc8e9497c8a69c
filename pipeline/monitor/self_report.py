"""What the monitor says of itself: status for pages, heartbeats, how the ward stands."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from typing import Any

from db.schema import Heartbeat, Model
from db.writer import Writer
from pipeline.advisories import WardNow
from pipeline.advisories.absence import STOPPED
from pipeline.models.session import PoseModel


class SelfReport:
    """One monitor's account of itself. ``model`` is the one in use."""

    def __init__(self, writer: Writer, model: PoseModel, provider: str, started_us: int) -> None:
        self.instance = uuid.uuid4().hex
        self.model = model
        self._writer, self._wanted, self._started_us = writer, provider, started_us

    def status(
        self, cots: Mapping[int, Mapping[str, Any]], troubles: Iterable[str | None]
    ) -> dict[str, Any]:
        """Return what the status file says (see ``pipeline.live.MonitorStatus``)."""
        state = self._writer.state
        trouble = [state.line or state.kind] if state.kind != "ok" else []
        return {
            "beat_ns": time.monotonic_ns(),
            "pid": os.getpid(),
            "instance": self.instance,
            "provider": self.model.provider,
            "model": f"{self.model.manifest.name} {self.model.manifest.version}",
            "version": version("cotside"),
            "writer": state.kind,
            "trouble": trouble + [line for line in troubles if line],
            "started_us": self._started_us,
            "cots": dict(cots),
        }

    def heartbeat(self, now_us: int, cots: int, *, stopped: bool = False) -> Heartbeat:
        """Return the row that says that this monitor lived now, or that this was its last."""
        detail: dict[str, object] = {"writer": self._writer.state.kind, "cots": cots}
        return Heartbeat(
            instance=self.instance,
            pid=os.getpid(),
            started_us=self._started_us,
            beat_us=now_us,
            provider=self.model.provider,
            version=version("cotside"),
            detail=detail | {STOPPED: True} if stopped else detail,
        )

    def ward(self, trouble: str | None, disk_free: float | None) -> WardNow:
        """Return what technical advisories are judged by."""
        state, wanted = self._writer.state, self._wanted
        if wanted in ("cuda", "tensorrt") and self.model.provider != wanted:
            trouble = trouble or f"{wanted} was asked for, {self.model.provider} is in use"
        return WardNow(
            writer=state.kind,
            writer_line=state.line,
            disk_free=disk_free,
            model_trouble=trouble or "",
        )


def model_row(model: PoseModel) -> Model:
    """Return the row of a model, to be stored with the first recording made by it."""
    manifest = model.manifest
    return Model(
        name=manifest.name,
        version=manifest.version,
        sha256=manifest.sha256,
        skeleton=manifest.skeleton.name,
        manifest=manifest.model_dump(mode="json"),
    )
