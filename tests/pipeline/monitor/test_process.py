"""The monitor as it really runs: its own process, real clips, a model whose answers are known."""

import sqlite3
import subprocess
import sys
import time
from fractions import Fraction

import av
import numpy as np
import pytest

from db.lifecycle import open_database
from db.store import Store
from pipeline.skeleton import INFANT13
from tests.support.monitoring import ROOT, RunningMonitor, running_monitor, write_settings
from tests.support.tiny_models import dot_graph, draw_dots, standing_body, write_model

pytestmark = pytest.mark.slow
FPS = 15


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """A body that swings from side to side, 20 s at 15 fps."""
    path = tmp_path_factory.mktemp("clip") / "body.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=FPS, options={"crf": "18"})
        stream.width, stream.height, stream.pix_fmt = 640, 480, "yuv420p"
        for number in range(20 * FPS):
            frame = av.VideoFrame.from_ndarray(draw_dots(body_at(number / FPS)), "bgr24")
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.fixture
def settings(tmp_path, clip):
    model = write_model(tmp_path / "model", dot_graph())

    def write(*names, **sections):
        cameras = {name: {"url": f"file:{clip}"} for name in names}
        return write_settings(tmp_path, cameras, model={"folder": str(model)}, **sections)

    return write


def body_at(second):
    return standing_body((320 + 40 * np.sin(np.pi * second), 240))


def all_live(status):
    return status.cots and all(cot.pose_fps > 5 for cot in status.cots.values())


def stored(monitor):
    engine = open_database(monitor.database)
    try:
        store = Store(engine)
        recordings = sorted(store.recordings(), key=lambda recording: recording.id)
        return store, recordings, [store.keypoints(recording_id=r.id) for r in recordings]
    finally:
        engine.dispose()


def test_poses_reach_the_database_where_they_are_and_sigterm_flushes_within_5_s(settings):
    with running_monitor(settings("Cot 1", "Cot 2")) as monitor:
        monitor.wait_for(all_live)
        time.sleep(3)
        assert monitor.stop() < 5
        _, recordings, series = stored(monitor)
    assert [recording.clean_end for recording in recordings] == [True, True]
    for one in series:
        block = one.block
        assert len(block.times_us) > 2 * FPS
        steps_us = np.diff(block.times_us)
        assert np.median(steps_us) == pytest.approx(1e6 / FPS, abs=100)
        upright_kc = block.keypoints_tkc - block.keypoints_tkc[:, :1]
        body_kc = standing_body()
        expected_kc = body_kc - body_kc[INFANT13.index("nose")]
        assert np.nanmedian(np.abs(upright_kc - expected_kc)) < 1.5


def test_after_kill_9_at_most_2_s_are_lost_and_the_next_start_says_so(settings):
    path = settings("Cot 1")
    with running_monitor(path) as monitor:
        monitor.wait_for(all_live)
        time.sleep(3)
        newest_us = monitor.view.pose(1).time_us
        first = monitor.status().instance
        monitor.kill()
        second = RunningMonitor(path, path.with_name("second.log"))
        second.wait_for(lambda status: status.instance != first and all_live(status))
        second.stop()
        second.view.close()
        store, recordings, series = stored(monitor)
        events = [event.kind for event in store.events()]
    assert newest_us - series[0].block.times_us[-1] < 2_000_000
    assert [recording.clean_end for recording in recordings] == [False, True]
    assert "unclean_end" in events
    with sqlite3.connect(monitor.database) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_second_monitor_is_refused_in_one_line(settings):
    path = settings("Cot 1")
    with running_monitor(path) as monitor:
        monitor.wait_for(lambda status: status.monitoring)
        second = subprocess.run(
            [sys.executable, "-m", "app.cli", "monitor", "--config", str(path)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert second.returncode == 1
        assert second.stderr.startswith("cotside: a monitor already runs for this database")
        assert second.stderr.count("\n") == 1
        assert monitor.status().monitoring


def test_a_cot_added_or_removed_on_a_page_is_followed_without_a_restart(settings, clip):
    with running_monitor(settings("Cot 1")) as monitor:
        monitor.wait_for(all_live)
        engine = open_database(monitor.database)
        store = Store(engine)
        second = store.upsert_cot("Cot 2", camera={"name": "c", "url": f"file:{clip}"})
        monitor.wait_for(lambda status: second in status.cots and all_live(status))
        before = monitor.view.pose(1)
        store.remove_cot(second)
        monitor.wait_for(lambda status: second not in status.cots)
        after = monitor.view.pose(1)
        assert after.segment == before.segment

        def recording_of(cot_id):
            return {one.cot_id: one for one in store.recordings()}[cot_id]

        monitor.wait_for(lambda _: recording_of(second).clean_end is True)
        assert recording_of(1).ended_us is None
        engine.dispose()


def test_a_model_that_cannot_be_used_ends_the_start_in_one_line(settings, tmp_path):
    path = settings("Cot 1")
    (tmp_path / "model" / "model.onnx").write_bytes(b"cut")
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "monitor", "--config", str(path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert "sha256" in done.stderr
    assert done.stderr.strip().count("\n") == 0


def test_kept_video_shows_the_picture_of_a_stored_pose(settings, clip, tmp_path):
    path = settings("Cot 1")
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('name = "Cot 1"', 'name = "Cot 1"\nkeep_video = true', 1))
    with running_monitor(path) as monitor:
        monitor.wait_for(all_live)
        time.sleep(2)
        monitor.stop()
        engine = open_database(monitor.database)
        store = Store(engine)
        (video, *_) = store.videos(store.recordings()[0].id)
        block = store.keypoints(cot_id=1).block
        engine.dispose()
    assert (tmp_path / "videos" / video.path).stat().st_size == video.bytes
    assert video.start_us in block.times_us
    assert video.end_us in block.times_us
