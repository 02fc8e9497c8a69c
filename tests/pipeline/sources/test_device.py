from __future__ import annotations

import pytest

from pipeline.errors import Refused, SourceError, Unreachable
from pipeline.sources import SourceSpec, make_source


def test_a_device_that_is_not_there_is_unreachable():
    with pytest.raises(Unreachable, match="no such device"):
        make_source(SourceSpec(url="v4l2:/dev/video99")).open()


@pytest.mark.parametrize("url", ["v4l2:/etc/passwd", "v4l2:video0", "v4l2:/dev/../etc/passwd"])
def test_only_devices_are_opened(url):
    with pytest.raises(Refused, match="not a device"):
        make_source(SourceSpec(url=url)).open()


def test_a_device_that_is_no_camera_gets_a_verdict_and_not_a_crash():
    with pytest.raises(SourceError):
        make_source(SourceSpec(url="v4l2:/dev/null")).open()


def test_the_wished_rate_is_asked_for():
    source = make_source(SourceSpec(url="v4l2:///dev/video0", expected_fps=15.0))
    assert source.address() == "/dev/video0"
    assert source.options() == {"video_size": "1280x720", "framerate": "15"}
