from __future__ import annotations

from itertools import islice

import pytest

from pipeline.errors import Refused, Unreachable, Unreadable
from pipeline.sources import SourceSpec, make_source
from tests.support.clips import read_number, write_clip


def pictures(source):
    return (picture for picture in source.frames() if picture is not None)


def test_read_once_gives_every_frame_in_order_with_its_time(tmp_path):
    path = write_clip(tmp_path / "clip.mp4", n_frames=30, fps=25)
    source = make_source(SourceSpec(url=str(path), live=False))
    info = source.open()
    assert (info.width, info.height, info.fps, info.codec, info.live) == (
        320,
        240,
        25.0,
        "h264",
        False,
    )
    assert (info.n_frames, info.duration_s) == (30, pytest.approx(1.2, abs=0.05))
    found = [(read_number(p.image_hwc), p.stream_us) for p in pictures(source)]
    assert found == [(number, number * 40_000) for number in range(30)]
    source.close()


def test_variable_frame_rate_keeps_its_times(tmp_path):
    times_ms = [0, 33, 100, 133, 400, 433, 466, 900]
    path = write_clip(tmp_path / "vfr.mkv", n_frames=8, times_ms=times_ms)
    source = make_source(SourceSpec(url=f"file:{path}", live=False))
    source.open()
    assert [p.stream_us for p in pictures(source)] == [1000 * time_ms for time_ms in times_ms]


def test_a_name_that_looks_like_an_address_is_still_a_file(tmp_path):
    path = write_clip(tmp_path / "http:%2F100% ü.mp4", n_frames=3)
    source = make_source(SourceSpec(url=f"file:{path}", live=False))
    source.open()
    assert len(list(pictures(source))) == 3


def test_played_as_a_camera_it_loops_with_rising_times_and_a_jump_each_round(tmp_path):
    path = write_clip(tmp_path / "clip.mp4", n_frames=5, fps=50)
    source = make_source(SourceSpec(url=f"file:{path}"))
    assert source.open().live
    found = list(islice(pictures(source), 12))
    assert [p.stream_us for p in found] == [20_000 * number for number in range(12)]
    assert [p.jump for p in found] == [0] * 5 + [1] * 5 + [2] * 2
    assert [read_number(p.image_hwc) for p in found] == [0, 1, 2, 3, 4] * 2 + [0, 1]
    elapsed_s = (found[-1].arrival_ns - found[0].arrival_ns) / 1e9
    assert elapsed_s == pytest.approx(0.22, abs=0.1)
    assert source.decode_errors == 0


def test_a_new_round_begins_a_step_after_the_last_picture_so_that_this_one_can_be_seen(tmp_path):
    path = write_clip(tmp_path / "clip.mp4", n_frames=3, fps=20)
    source = make_source(SourceSpec(url=f"file:{path}"))
    source.open()
    found = list(islice(pictures(source), 9))
    for last, first in ((found[2], found[3]), (found[5], found[6])):
        assert first.arrival_ns - last.arrival_ns >= 50_000_000


def test_played_without_loop_it_ends(tmp_path):
    path = write_clip(tmp_path / "clip.mp4", n_frames=5, fps=100)
    source = make_source(SourceSpec(url=f"file:{path}", loop=False))
    source.open()
    assert len(list(pictures(source))) == 5


@pytest.mark.parametrize(
    ("content", "error"),
    [(b"", Unreadable), (b"just text\n" * 50, Unreadable), (b"\0" * 5000, Unreadable)],
)
def test_what_is_no_video_is_unreadable_in_one_line(tmp_path, content, error):
    path = tmp_path / "clip.mp4"
    path.write_bytes(content)
    with pytest.raises(error) as caught:
        make_source(SourceSpec(url=f"file:{path}", live=False)).open()
    assert "\n" not in str(caught.value)


def test_missing_files_and_folders_are_told_apart(tmp_path):
    with pytest.raises(Unreachable, match="no such file"):
        make_source(SourceSpec(url=f"file:{tmp_path}/none.mp4")).open()
    with pytest.raises(Refused, match="not a regular file"):
        make_source(SourceSpec(url=f"file:{tmp_path}")).open()


def test_a_phone_clip_is_shown_upright(tmp_path):
    import av

    plain = write_clip(tmp_path / "plain.mp4", n_frames=3)
    turned = tmp_path / "turned.mp4"
    with av.open(str(plain)) as source, av.open(str(turned), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        stream.set_display_rotation(90)
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    opened = make_source(SourceSpec(url=f"file:{turned}", live=False))
    opened.open()
    picture = next(pictures(opened))
    assert picture.size_wh == (240, 320)
    assert picture.image_hwc.shape == (320, 240, 3)
