from __future__ import annotations

from itertools import islice

import pytest

from pipeline.errors import Unreachable, Unreadable
from pipeline.sources import SourceSpec, make_source
from tests.support.clips import numbered_picture, read_number
from tests.support.http_camera import jpeg


@pytest.fixture
def folder(tmp_path):
    for number in (1, 2, 10, 9):
        (tmp_path / f"picture %d {number}.jpg").write_bytes(jpeg(numbered_picture(number)))
    (tmp_path / "notes.txt").write_text("not a picture")
    return tmp_path


def test_pictures_come_in_natural_order_once(folder):
    source = make_source(SourceSpec(url=f"folder:{folder}", live=False, expected_fps=5.0))
    info = source.open()
    assert (info.n_frames, info.fps, info.duration_s) == (4, 5.0, 0.8)
    found = [(read_number(p.image_hwc), p.stream_us) for p in source.frames()]
    assert found == [(1, 0), (2, 200_000), (9, 400_000), (10, 600_000)]


def test_played_as_a_camera_it_keeps_its_rate_and_begins_anew(folder):
    source = make_source(SourceSpec(url=f"folder:{folder}", expected_fps=50.0))
    assert source.open().live
    found = list(islice(source.frames(), 9))
    assert [p.jump for p in found] == [0, 0, 0, 0, 1, 1, 1, 1, 2]
    assert [p.stream_us for p in found] == [20_000 * number for number in range(9)]
    assert (found[-1].arrival_ns - found[0].arrival_ns) / 1e9 == pytest.approx(0.16, abs=0.06)


def test_a_damaged_picture_is_counted_and_passed_over(folder):
    (folder / "picture %d 3.jpg").write_bytes(b"\xff\xd8\xff broken")
    source = make_source(SourceSpec(url=f"folder:{folder}", live=False))
    source.open()
    assert [read_number(p.image_hwc) for p in source.frames() if p is not None] == [1, 2, 9, 10]
    assert source.decode_errors == 1


def test_an_empty_folder_and_a_missing_one_are_told_apart(tmp_path):
    with pytest.raises(Unreadable, match="no picture"):
        make_source(SourceSpec(url=f"folder:{tmp_path}")).open()
    with pytest.raises(Unreachable):
        make_source(SourceSpec(url=f"folder:{tmp_path}/none")).open()
