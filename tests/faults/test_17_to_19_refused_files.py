from __future__ import annotations

import struct

import pytest

from pipeline.capture import still
from pipeline.errors import Refused, Unreadable
from pipeline.settings import CameraSettings
from pipeline.sources import SourceSpec, make_source
from tests.support.clips import write_clip
from tests.support.http_camera import HttpCamera

PLAYLISTS = {
    "hls": "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{target}\n#EXT-X-ENDLIST\n",
    "concat": "ffconcat version 1.0\nfile '{target}'\n",
    "dash": '<?xml version="1.0"?><MPD><BaseURL>{target}</BaseURL></MPD>',
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 {target}\nm=video 9 RTP/AVP 96\n",
    "spaces": "\n\n  #EXTM3U\n#EXTINF:9,\n{target}\n",
}


def write_playlist(folder, kind, target, name):
    path = folder / name
    path.write_text(PLAYLISTS[kind].format(target=target) * 20)
    return path


@pytest.mark.parametrize("name", ["list.m3u8", "video.mp4"])
@pytest.mark.parametrize("kind", PLAYLISTS)
def test_17_a_playlist_naming_a_file_is_refused(tmp_path, kind, name):
    secret = write_clip(tmp_path / "secret.ts", n_frames=5)
    path = write_playlist(tmp_path, kind, f"file://{secret}", name)
    with pytest.raises(Refused, match="playlist"):
        make_source(SourceSpec(url=f"file:{path}", live=False)).open()


@pytest.mark.parametrize("kind", PLAYLISTS)
def test_18_a_playlist_naming_http_makes_no_connection(tmp_path, kind):
    with HttpCamera("mjpeg") as target:
        path = write_playlist(tmp_path, kind, target.url, "video.mp4")
        with pytest.raises(Refused):
            make_source(SourceSpec(url=f"file:{path}", live=False)).open()
        assert target.connections == 0


@pytest.mark.parametrize("name", ["list.m3u8", "video.mp4"])
def test_17_and_18_hold_without_our_own_look_at_the_first_bytes(tmp_path, monkeypatch, name):
    """The second line of defence: FFmpeg itself may open neither the container nor the address."""
    from pipeline.sources.file import FileSource

    monkeypatch.setattr(FileSource, "_look_first", lambda self, path: None)
    with HttpCamera("mjpeg") as target:
        path = write_playlist(tmp_path, "hls", target.url, name)
        with pytest.raises((Refused, Unreadable)):
            make_source(SourceSpec(url=f"file:{path}", live=False)).open()
        assert target.connections == 0


def test_the_capture_process_refuses_too(tmp_path):
    path = write_playlist(tmp_path, "hls", "file:///etc/passwd", "video.mp4")
    with pytest.raises(Refused, match="playlist"):
        still(CameraSettings(name="cot 1", url=f"file:{path}"))


def starts_of_frame(data):
    """Find where each JPEG picture states its size."""
    return [n for n in range(len(data) - 1) if data[n : n + 2] == b"\xff\xc0"]


def test_19_huge_dimensions_are_refused_before_anything_is_decoded(tmp_path, monkeypatch):
    path = write_clip(tmp_path / "bomb.avi", n_frames=3, codec="mjpeg")
    data = bytearray(path.read_bytes())
    header = data.index(b"strf") + 8
    struct.pack_into("<ii", data, header + 4, 60_000, 60_000)
    for place in starts_of_frame(data):
        struct.pack_into(">HH", data, place + 5, 60_000, 60_000)
    path.write_bytes(data)
    source = make_source(SourceSpec(url=f"file:{path}", live=False))
    monkeypatch.setattr(type(source), "_decode", lambda *_: pytest.fail("decoded"))
    with pytest.raises(Refused, match="60000×60000"):
        source.open()


def test_19_a_stream_that_grows_huge_later_is_not_decoded(tmp_path):
    path = write_clip(tmp_path / "grows.avi", n_frames=6, codec="mjpeg")
    data = bytearray(path.read_bytes())
    struct.pack_into(">HH", data, starts_of_frame(data)[3] + 5, 60_000, 60_000)
    path.write_bytes(data)
    source = make_source(SourceSpec(url=f"file:{path}", live=False))
    source.open()
    sizes = {picture.size_wh for picture in source.frames() if picture is not None}
    assert sizes == {(320, 240)}
    assert source.decode_errors == 1


def test_19_a_duration_beyond_sense_is_refused(tmp_path):
    path = write_clip(tmp_path / "long.mkv", n_frames=2, times_ms=[0, 30 * 86_400_000])
    with pytest.raises(Refused, match="30 days"):
        make_source(SourceSpec(url=f"file:{path}", live=False)).open()
