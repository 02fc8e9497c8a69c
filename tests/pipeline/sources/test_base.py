from __future__ import annotations

import pytest

from pipeline.errors import Refused
from pipeline.settings import CameraSettings
from pipeline.sources import SourceSpec, make_source, scheme_of
from pipeline.sources.base import check_size


@pytest.mark.parametrize(
    ("url", "scheme"),
    [
        ("RTSP://camera/1", "rtsp"),
        ("file:clip.mp4", "file"),
        ("/home/me/clip 1.mp4", "file"),
        ("clips/night:1.mp4", "file"),
        ("v4l2:/dev/video0", "v4l2"),
        ("concat:a|b", "concat"),
    ],
)
def test_the_kind_is_read_from_the_address(url, scheme):
    assert scheme_of(url) == scheme


@pytest.mark.parametrize("url", ["concat:a|b", "ftp://host/a", "data:text/plain,x", "subfile:x"])
def test_an_unknown_kind_is_refused_with_the_known_ones(url):
    with pytest.raises(Refused, match="rtsp:"):
        make_source(SourceSpec(url=url))


def test_a_spec_takes_over_the_settings():
    camera = CameraSettings(
        name="a", url="rtsp://h/1", username="u", transport="udp", read_timeout_s=9
    )
    spec = SourceSpec.of(camera, live=False)
    assert (spec.url, spec.username, spec.transport) == ("rtsp://h/1", "u", "udp")
    assert (spec.read_timeout_s, spec.live, spec.password) == (9, False, None)


def test_sizes_no_camera_has_are_refused():
    check_size(7680, 4320, "x")
    for size in ((8193, 100), (100, 8193), (8192, 8192)):
        with pytest.raises(Refused, match="larger than"):
            check_size(*size, "x")
