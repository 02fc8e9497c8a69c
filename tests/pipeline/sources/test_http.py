from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import islice

import pytest

from pipeline.errors import Auth, EndOfStream, ReadTimeout, Refused, Unreachable, Unreadable
from pipeline.sources import SourceSpec, make_source
from tests.support.clips import read_number, write_clip
from tests.support.http_camera import HttpCamera


def opened(camera, **settings):
    source = make_source(SourceSpec(url=camera.url, open_timeout_s=3, read_timeout_s=1, **settings))
    return source, source.open()


def pictures(source):
    return (picture for picture in source.frames() if picture is not None)


def test_mjpeg_gives_pictures_whose_time_is_their_arrival():
    with HttpCamera("mjpeg", fps=50) as camera:
        source, info = opened(camera)
        found = list(islice(pictures(source), 20))
        source.close()
    assert (info.width, info.height, info.codec, info.live) == (320, 240, "mjpeg", True)
    assert [read_number(p.image_hwc) for p in found] == list(range(20))
    assert [p.stream_us for p in found] == [p.arrival_ns // 1000 for p in found]


def test_a_transport_stream_keeps_its_own_times(tmp_path):
    times_ms = [number * 40 + (number % 3) * 7 for number in range(50)]
    clip = write_clip(tmp_path / "clip.ts", n_frames=50, fps=25, times_ms=times_ms)
    with HttpCamera("ts", clip=clip) as camera:
        source, _ = opened(camera)
        found = list(islice(pictures(source), 40))
        source.close()
    first_us = found[0].stream_us
    assert [p.stream_us - first_us for p in found] == [1000 * t for t in times_ms[:40]]


def test_another_size_shows_with_the_picture():
    with HttpCamera("resize", n_frames=10) as camera:
        source, _ = opened(camera)
        sizes = [p.size_wh for p in islice(pictures(source), 10)]
        source.close()
    assert sizes == [(320, 240)] * 5 + [(480, 360)] * 5


def test_a_password_of_odd_characters_opens():
    user, password = "us er", "p@:./%?#&ü"
    with HttpCamera("mjpeg", user=user, password=password) as camera:
        source, info = opened(camera, username=user, password=password)
        source.close()
        assert info.codec == "mjpeg"
        with pytest.raises(Auth):
            opened(camera, username=user, password="wrong")


def test_silence_and_closing_are_told_apart():
    with HttpCamera("mjpeg", n_frames=5, then="silence") as camera:
        source, _ = opened(camera)
        with pytest.raises(ReadTimeout, match="nothing for 1 s"):
            list(source.frames())
        source.close()
    with HttpCamera("mjpeg", n_frames=5, then="close") as camera:
        source, _ = opened(camera)
        with pytest.raises(EndOfStream):
            list(source.frames())
        source.close()


@pytest.mark.parametrize(
    ("mode", "error"),
    [
        ("close", Unreachable),
        ("hang_up", Unreachable),
        ("garbage", Unreadable),
        ("text", Unreadable),
    ],
)
def test_what_is_no_video_gets_a_verdict(mode, error):
    with HttpCamera(mode) as camera, pytest.raises(error):
        opened(camera)


def test_a_port_where_nobody_listens_and_a_host_that_does_not_exist_are_unreachable():
    for url in ("http://127.0.0.1:9/", "rtsp://127.0.0.1:9/", "rtsp://no-such-host.invalid/"):
        with pytest.raises(Unreachable):
            make_source(SourceSpec(url=url)).open()


def test_a_playlist_over_http_is_not_followed(tmp_path):
    with HttpCamera("mjpeg") as target:
        line = f"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n{target.url}\n".encode()
        with HttpCamera("body", body=line * 200) as camera:
            with pytest.raises((Refused, Unreadable)):
                opened(camera)
            assert camera.connections > 0
        assert target.connections == 0


@pytest.mark.parametrize(("code", "words"), [(503, "fault of its own"), (404, "404"), (410, "4xx")])
def test_an_answer_without_video_is_said_in_words(code, words):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_error(code)

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/live"
        with pytest.raises(Unreadable, match=words):
            make_source(SourceSpec(url=url, live=True)).open()
        server.shutdown()
