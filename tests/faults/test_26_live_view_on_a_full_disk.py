"""FAULTS 26: a full disk stops the recording, not the view; recording resumes by itself."""

import contextlib

import pytest

from db.lifecycle import open_database
from db.store import Store
from tests.support.clips import write_clip
from tests.support.monitoring import running_monitor, write_settings
from tests.support.tiny_models import dot_graph, write_model

pytestmark = pytest.mark.slow


def fill_disk(path):
    with path.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))


def test_the_live_view_goes_on_while_the_disk_is_full(small_disk, tmp_path):
    clip = write_clip(tmp_path / "clip.mp4", n_frames=300, fps=15)
    model = write_model(tmp_path / "model", dot_graph())
    settings = write_settings(
        small_disk, {"Cot 1": {"url": f"file:{clip}"}}, model={"folder": str(model)}
    )
    filler = small_disk / "filler"
    with running_monitor(settings) as monitor:
        monitor.wait_for(lambda status: status.writer == "ok" and monitor.view.pose(1))
        fill_disk(filler)
        monitor.wait_for(lambda status: status.writer == "disk_full")
        full = monitor.view.pose(1)
        monitor.wait_for(lambda _: monitor.view.pose(1).sequence >= full.sequence + 15)
        assert any("disk" in line for line in monitor.status().trouble)
        filler.unlink()
        monitor.wait_for(lambda status: status.writer == "ok")
        assert monitor.stop() < 5
        engine = open_database(monitor.database)
        store = Store(engine)
        times_us = store.keypoints(cot_id=1).block.times_us
        events = [event.kind for event in store.events()]
        engine.dispose()
    assert times_us[-1] > full.time_us
    assert "disk_full" in events
