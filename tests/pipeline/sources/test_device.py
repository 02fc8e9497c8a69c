from __future__ import annotations

import errno

import av
import pytest
from av.error import FFmpegError

from pipeline.errors import Refused, SourceError, Unreachable
from pipeline.sources import SourceSpec, make_source
from pipeline.sources.translate import OPENING, READING
from tests.support.clips import write_clip


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


def test_wishes_are_given_up_one_by_one_when_the_device_cannot(monkeypatch, tmp_path):
    """No camera here: a clip stands in for the device that refuses all wishes."""
    clip, asked = write_clip(tmp_path / "clip.mp4", n_frames=3), []
    source = make_source(SourceSpec(url="v4l2:///dev/null", expected_fps=15.0))

    def open_container():
        asked.append(dict(source.options()))
        if source.options():
            raise Refused("cannot")
        return av.open(str(clip))

    monkeypatch.setattr(source, "_open_container", open_container)
    assert source.open().width == 320
    size, rate = {"video_size": "1280x720"}, {"framerate": "15"}
    assert asked == [{**size, "input_format": "mjpeg", **rate}, {**size, **rate}, {}]
    with pytest.raises(Unreachable, match="unplugged"):
        list(source.frames())
    source.close()


@pytest.mark.parametrize(
    ("step", "number", "words"),
    [
        (OPENING, errno.EBUSY, "another program"),
        (OPENING, errno.EACCES, "group 'video'"),
        (OPENING, errno.ENOTTY, "not a camera"),
        (READING, errno.ENODEV, "unplugged"),
        (READING, errno.EIO, "unplugged"),
    ],
)
def test_what_the_kernel_says_of_a_device_is_put_into_words(step, number, words):
    source = make_source(SourceSpec(url="v4l2:/dev/video0"))
    with pytest.raises(FFmpegError) as caught:
        av.error.err_check(-number)
    assert words in str(source._translated(caught.value, step))


def test_a_device_given_as_a_file_is_told_how_to_be_written():
    with pytest.raises(Refused, match="v4l2:/dev/video0"):
        make_source(SourceSpec(url="/dev/video0")).open()
