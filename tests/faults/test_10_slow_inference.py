from __future__ import annotations

import time

import psutil
import pytest

from pipeline.capture import Capture
from pipeline.settings import CameraSettings
from pipeline.sources import SourceSpec, make_source
from tests.support.cameras import RtspCamera, wait_until
from tests.support.clips import numbered_picture, read_number, write_clip
from tests.support.http_camera import HttpCamera, jpeg


@pytest.mark.slow
def test_a_reader_slower_than_the_camera_gets_fresh_frames_and_memory_stays_flat(tmp_path):
    clip = write_clip(tmp_path / "clip.mp4", n_frames=300, fps=50)
    capture = Capture(CameraSettings(name="cot 1", url=f"file:{clip}"), tmp_path / "1.slot")
    capture.start()
    last, taken, dropped, lags_s, memory = -1, 0, 0, [], []
    try:
        wait_until(capture.newest, 10)
        worker = psutil.Process(capture.health().pid)
        until = time.monotonic() + 5
        while time.monotonic() < until:
            frame = capture.newest(last)
            if frame is None:
                continue
            dropped += frame.sequence - last - 1
            taken, last = taken + 1, frame.sequence
            assert read_number(frame.image_hwc) == round(frame.stream_us * 50 / 1e6) % 300
            time.sleep(0.2)  # the slow inference
            lags_s.append((time.monotonic_ns() - frame.arrival_ns) / 1e9)
            memory.append(worker.memory_info().rss + psutil.Process().memory_info().rss)
        published = capture.health().published
    finally:
        capture.stop()
    assert max(lags_s) <= 1.0
    assert dropped > 5 * taken
    assert 0 <= published - (taken + dropped) <= 15
    assert max(memory[len(memory) // 2 :]) - max(memory[: len(memory) // 2]) < 3e6


def lags_of_a_slow_decoder(url, fps, seconds):
    """Take 0.1 s over each picture of a faster stream; return the lags in s, and the source."""
    source = make_source(SourceSpec(url=url))
    source.open()
    lags_s, start_s = [], None
    for picture in source.frames():
        if picture is None:
            continue
        sent_s = read_number(picture.image_hwc) / fps
        start_s = start_s or time.monotonic() - sent_s
        lags_s.append(time.monotonic() - start_s - sent_s)
        if sent_s > seconds:
            break
        time.sleep(0.1)
    source.close()
    return lags_s, source


@pytest.mark.slow
@pytest.mark.rtsp
def test_decoding_slower_than_an_rtsp_stream_skips_to_keep_up(tmp_path):
    clip = write_clip(tmp_path / "clip.mp4", n_frames=300, fps=30)
    with RtspCamera(clip) as camera:
        lags_s, source = lags_of_a_slow_decoder(camera.url, 30, 6)
    assert max(lags_s) <= 1.0
    assert source.skipped > 60


@pytest.mark.slow
def test_decoding_slower_than_an_mjpeg_stream_skips_to_keep_up():
    pictures = [jpeg(numbered_picture(number)) for number in range(300)]
    with HttpCamera("mjpeg", fps=30, pictures=pictures) as camera:
        lags_s, source = lags_of_a_slow_decoder(camera.url, 30, 6)
    assert max(lags_s) <= 1.0
    assert source.skipped > 60
