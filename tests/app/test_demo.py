from __future__ import annotations

import contextlib
import signal
import time
from itertools import pairwise
from pathlib import Path

import av
import httpx
import pytest

from app.commands.demo import CLIPS, demo_settings, write_settings
from app.demo.camera import DemoCamera, Outage
from pipeline.settings import load_settings
from tests.support.running import running, until


def test_the_camera_is_away_for_the_last_third_of_each_minute():
    outage = Outage()
    assert [outage.is_away(at_s) for at_s in (0, 39, 41, 59, 61, 99, 101)] == [
        False, False, True, True, False, False, True,
    ]  # fmt: skip


def test_the_demonstration_s_settings_are_read_back_by_the_monitor(tmp_path: Path):
    settings = demo_settings(tmp_path, "http://127.0.0.1:9/camera.ts", 8501)
    assert load_settings(write_settings(settings, tmp_path)) == settings
    assert len(settings.cots) == 4
    for cot in settings.cots[:3]:
        assert Path(cot.camera.url.removeprefix("file:")).is_file()


def test_the_camera_streams_its_clip_over_and_over_with_rising_times():
    camera = DemoCamera(CLIPS / "dropout.mp4", Outage(every_s=1e9, away_s=0))
    camera.start()
    try:
        with av.open(camera.url, timeout=(5, 5)) as stream:
            times = [frame.pts for _, frame in zip(range(20), stream.decode(video=0), strict=False)]
        assert len(times) == 20
        assert all(before < after for before, after in pairwise(times))
    finally:
        camera.stop()


def test_a_camera_that_goes_away_ends_its_stream_and_answers_with_an_error():
    camera = DemoCamera(CLIPS / "dropout.mp4", Outage(every_s=8.0, away_s=4.0))
    camera.start()
    frames = 0
    try:
        with (
            contextlib.suppress(av.error.FFmpegError),
            av.open(camera.url, timeout=(5, 5)) as stream,
        ):
            for _ in stream.decode(video=0):
                frames += 1
        assert 0 < frames < 4 * 15 + 5
        assert camera.is_away
        assert httpx.get(camera.url).status_code == 503
    finally:
        camera.stop()


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_demonstration_shows_four_cots_and_leaves_nothing_behind(tmp_path: Path):
    with running(tmp_path, "demo", "--port", "0", "--headless") as made:
        until(lambda: made.health().get("cots") == 4, 90, "four cots are watched")
        assert list(tmp_path.glob("cotside-demo-*/demo.db"))
        began_s = time.monotonic()
        made.process.send_signal(signal.SIGTERM)
        assert made.process.wait(timeout=5) == 0
        assert time.monotonic() - began_s < 5
        assert not list(tmp_path.glob("cotside-demo-*"))
