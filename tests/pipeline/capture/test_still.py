from __future__ import annotations

import psutil
import pytest

from pipeline.capture import still
from pipeline.errors import OpenTimeout, SourceError, Unreachable
from pipeline.settings import CameraSettings
from tests.support.clips import write_clip
from tests.support.http_camera import HttpCamera


def children() -> set[int]:
    return {child.pid for child in psutil.Process().children()}


def test_a_camera_that_works_gives_a_picture_and_what_it_is(tmp_path):
    clip = write_clip(tmp_path / "clip.mp4", n_frames=30, fps=15)
    before = children()
    image_hwc, info = still(CameraSettings(name="cot 1", url=f"file:{clip}"))
    assert image_hwc.shape == (240, 320, 3)
    assert (info.width, info.height, round(info.fps), info.codec) == (320, 240, 15, "h264")
    assert info.decoder
    assert children() == before


def test_nobody_there_gives_a_verdict_with_name_place_and_what_to_do():
    with pytest.raises(Unreachable) as caught:
        still(CameraSettings(name="cot 1", url="rtsp://127.0.0.1:9/live"))
    text = str(caught.value)
    assert text.startswith("'cot 1' (rtsp://127.0.0.1:9/live): nobody answers")
    assert "check host, port and cable" in text


@pytest.mark.parametrize("url", ["v4l2:/dev/video99", "file:nothing.mp4", "/dev/video99"])
def test_advice_about_cables_is_for_cameras_on_the_network_only(url):
    with pytest.raises(SourceError) as caught:
        still(CameraSettings(name="cot 1", url=url))
    assert "cable" not in str(caught.value)
    assert not str(caught.value).endswith("camera itself")


def test_the_time_limit_holds_whatever_the_camera_does():
    with HttpCamera("silent") as camera, pytest.raises(OpenTimeout, match=r"within 1\.5 s"):
        still(CameraSettings(name="cot 1", url=camera.url), timeout_s=1.5)
    assert not [pid for pid in children() if "worker" in " ".join(psutil.Process(pid).cmdline())]
