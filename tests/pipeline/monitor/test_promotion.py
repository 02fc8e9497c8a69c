"""A model promoted while a real monitor runs: it changes by itself; each frame names its model."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from db.lifecycle import open_read_only
from db.store import Store
from pipeline.models.manifest import read_manifest
from pipeline.models.registry import ModelRegistry
from pipeline.models.session import BUNDLED_MODEL
from tests.support.clips import write_clip
from tests.support.monitoring import running_monitor, write_settings
from tests.support.tiny_models import dot_graph, write_model

# Slow enough that a busy test machine loses none by itself: a quarter of a second without a look at
# the newest frame is the monitor's own doing.
FPS = 4


def frames_of(store: Store, recording_id: int):
    series = store.keypoints(recording_id=recording_id)
    return series.block.times_us, {run.model_id for run in series.runs}


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_promoted_model_is_taken_up_without_a_restart_or_a_lost_frame_and_names_its_own_frames(
    tmp_path: Path,
):
    clip = write_clip(tmp_path / "clip.mp4", 60, FPS)
    settings = write_settings(tmp_path, {"A": {"url": f"file:{clip}"}})
    registry = ModelRegistry.under(tmp_path)
    with running_monitor(settings) as running:
        running.wait_for(
            lambda status: status.cots and min(cot.pose_fps for cot in status.cots.values()) > 0,
            110,
        )
        before = running.status()
        registry.promote(registry.add(write_model(tmp_path / "new", dot_graph())), "Ada")
        running.wait_for(lambda status: status.model == "dots 1", 60)
        pid = running.process.pid
        time.sleep(2)  # some frames of the new one
        after = running.status()
        assert (after.pid, after.instance) == (pid, before.instance)
        dropped = [next(iter(one.cots.values())).dropped for one in (before, after)]
        assert dropped[0] == dropped[1]
        running.stop()
    engine = open_read_only(tmp_path / "cotside.db")
    store = Store(engine)
    names = {model.id: model.name for model in store.models()}
    recordings = sorted(store.recordings(), key=lambda one: one.started_us)
    found = [frames_of(store, one.id) for one in recordings]
    bundled = read_manifest(BUNDLED_MODEL).name
    assert [{names[one] for one in models} for _, models in found] == [{bundled}, {"dots"}]
    assert all(one.clean_end for one in recordings)
    times_us = np.concatenate([times for times, _ in found])
    assert (np.diff(times_us) > 0).all()
    # The first frame of the new model is the one after the last of the old.
    assert found[1][0][0] - found[0][0][-1] < 1.5e6 / FPS
    (change,) = store.events(kinds=["model_changed"])
    assert "dots 1 came into use" in change.message
    engine.dispose()
