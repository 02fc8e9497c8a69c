from __future__ import annotations

import time
from itertools import islice

import pytest

from pipeline.errors import Auth, ReadTimeout, Unreadable
from pipeline.sources import SourceSpec, make_source
from tests.support.cameras import RtspCamera
from tests.support.clips import read_number, write_clip

pytestmark = pytest.mark.rtsp


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return write_clip(tmp_path_factory.mktemp("rtsp") / "clip.mp4", n_frames=600, fps=30)


def opened(url, **settings):
    source = make_source(SourceSpec(url=url, open_timeout_s=4, read_timeout_s=1, **settings))
    return source, source.open()


def pictures(source):
    return (picture for picture in source.frames() if picture is not None)


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_pictures_come_in_order_with_the_times_of_the_stream(clip, transport):
    with RtspCamera(clip) as camera:
        source, info = opened(camera.url, transport=transport)
        found = list(islice(pictures(source), 20))
        source.close()
    assert (info.width, info.height, round(info.fps), info.codec) == (320, 240, 30, "h264")
    assert (info.n_frames, info.duration_s, info.live) == (None, None, True)
    numbers = [read_number(p.image_hwc) for p in found]
    assert numbers == list(range(numbers[0], numbers[0] + 20))
    for number, picture in zip(numbers, found, strict=True):
        assert picture.stream_us == pytest.approx(number * 1e6 / 30, abs=1000)


@pytest.mark.parametrize("method", [(), ("--digest",)])
def test_a_password_of_odd_characters_opens_and_a_wrong_one_is_auth(clip, method):
    user, password = "us er", "p@:./%?#&ü"
    with RtspCamera(clip, "--user", user, "--password", password, *method) as camera:
        source, _ = opened(camera.url, username=user, password=password)
        assert next(pictures(source)).size_wh == (320, 240)
        source.close()
        for wrong in ("x", None):
            with pytest.raises(Auth):
                opened(camera.url, username=user, password=wrong)


def test_silence_is_a_read_timeout_in_the_time_asked_for(clip):
    with RtspCamera(clip) as camera:
        source, _ = opened(camera.url)
        assert len(list(islice(pictures(source), 20))) == 20
        camera.silence()
        start_s = time.monotonic()
        with pytest.raises(ReadTimeout):
            list(pictures(source))
        assert time.monotonic() - start_s < 2
        source.close()


def test_a_wrong_path_is_named_as_such(clip):
    with RtspCamera(clip) as camera, pytest.raises(Unreadable, match="404"):
        opened(camera.url + "-not")
