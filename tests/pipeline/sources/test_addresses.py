from __future__ import annotations

from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import Refused
from pipeline.sources.addresses import path_of, with_credentials


def test_user_and_password_are_encoded_into_the_address():
    url = with_credentials("rtsp://cam.local:8554/live?profile=1", "me", "p@ss:w/rd%41")
    assert url == "rtsp://me:p%40ss%3Aw%2Frd%2541@cam.local:8554/live?profile=1"


@given(st.text(min_size=1, max_size=5), st.text(max_size=5))
def test_any_password_comes_back_as_it_was(username, password):
    parts = urlsplit(with_credentials("rtsp://host/1", username, password))
    assert (parts.hostname, parts.path) == ("host", "/1")
    assert (unquote(parts.username), unquote(parts.password)) == (username, password)


def test_the_name_in_the_address_serves_when_no_other_is_given():
    assert with_credentials("rtsp://me@h/1", None, "x") == "rtsp://me:x@h/1"
    assert with_credentials("rtsp://me@h/1", "you", "x") == "rtsp://you:x@h/1"
    assert with_credentials("rtsp://h/1", None, None) == "rtsp://h/1"
    assert with_credentials("rtsp://[::1]:8554/1", "a", "b") == "rtsp://a:b@[::1]:8554/1"


@pytest.mark.parametrize("url", ["rtsp://", "rtsp://h:99999/", "rtsp://h:x/", "rtsp://[::1/"])
def test_an_address_without_sense_is_refused(url):
    with pytest.raises(Refused):
        with_credentials(url, None, None)


def test_what_ffmpeg_would_cut_off_is_refused_instead():
    with pytest.raises(Refused, match="too long"):
        with_credentials("rtsp://h/1", "me", "ü" * 30)


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("file:a/b.mp4", "a/b.mp4"),
        ("file:///a/b.mp4", "/a/b.mp4"),
        ("/a/b:c.mp4", "/a/b:c.mp4"),
        ("v4l2:/dev/video0", "/dev/video0"),
    ],
)
def test_paths_are_read_from_addresses(url, path):
    assert path_of(url) == path
