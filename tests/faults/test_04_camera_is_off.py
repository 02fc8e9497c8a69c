from __future__ import annotations

import gc
import random
import threading

import psutil
import pytest

from pipeline.capture import Capture
from pipeline.capture.backoff import Backoff
from pipeline.errors import SourceError
from pipeline.settings import CameraSettings
from pipeline.sources import SourceSpec, make_source
from tests.support.cameras import wait_until
from tests.support.http_camera import HttpCamera


def waits_of_10_minutes(seed: int) -> list[float]:
    backoff, waits = Backoff(random=random.Random(seed)), []
    while sum(waits) < 600:
        waits.append(backoff.next_s())
        backoff.lived(0.1)
    return waits


def test_off_for_10_minutes_is_asked_ever_more_rarely_and_never_in_step():
    rows = [waits_of_10_minutes(seed) for seed in range(50)]
    for waits in rows:
        assert all(1 <= wait_s <= 60 for wait_s in waits)
        assert waits[0] < 2
        assert min(waits[7:]) > 40
        assert 12 <= len(waits) <= 22
    assert len({round(waits[5], 3) for waits in rows}) > 40


def test_only_a_try_that_stayed_well_makes_the_next_wait_short():
    backoff = Backoff()
    for _ in range(8):
        backoff.next_s()
    backoff.lived(29)
    assert backoff.next_s() > 40
    backoff.lived(31)
    assert backoff.next_s() < 2


def test_a_camera_that_is_off_is_unreachable_and_comes_back_by_itself(tmp_path):
    with HttpCamera("mjpeg") as camera:
        port = camera.port
    capture = Capture(
        CameraSettings(name="cot 1", url=f"http://127.0.0.1:{port}/"), tmp_path / "1.slot"
    )
    capture.start()
    try:
        wait_until(lambda: capture.health().error == "Unreachable", 5, capture.check)
        assert capture.health().state == "offline"
        with HttpCamera("mjpeg", port=port):
            wait_until(lambda: capture.health().state == "live", 10, capture.check)
    finally:
        capture.stop()


def fail_once(url: str, n_pictures: int = 0) -> None:
    source = make_source(SourceSpec(url=url, open_timeout_s=0.5, read_timeout_s=0.5))
    try:
        source.open()
        for number, _ in enumerate(source.frames()):
            if number >= n_pictures:
                break
    except SourceError:
        pass
    finally:
        source.close()


@pytest.mark.slow
def test_100_cycles_leak_no_thread_no_file_and_no_memory():
    process = psutil.Process()
    with (
        HttpCamera("mjpeg", fps=500, n_frames=6, then="close") as flickering,
        HttpCamera("close") as closing,
    ):
        urls = ["http://127.0.0.1:9/", "rtsp://127.0.0.1:9/", closing.url, flickering.url]
        # Tests that ran before in this process may have left threads of their own.
        before = threading.active_count()

        def cycle(times: int):
            for _ in range(times):
                for url in urls:
                    fail_once(url, n_pictures=10)
            gc.collect()
            wait_until(lambda: threading.active_count() <= before, 5)
            return process.num_threads(), process.num_fds(), process.memory_info().rss

        threads, files, memory = cycle(10)
        threads_after, files_after, memory_after = cycle(100)
    assert threads_after <= threads
    assert files_after <= files
    assert memory_after - memory < 6e6
