import numpy as np
import pytest

from pipeline.video import VideoKeeper, enforce_retention, read_picture

START_US = 1_790_000_000_000_000
DAY_US = 86_400_000_000


def picture(level):
    return np.full((48, 64, 3), level, np.uint8)


@pytest.fixture
def kept(tmp_path):
    files = []
    keeper = VideoKeeper(tmp_path, files.append)
    keeper.start()
    return keeper, files


def test_a_kept_picture_comes_back_at_its_own_time(kept):
    keeper, files = kept
    times_us = [START_US, START_US + 40_000, START_US + 173_333]
    for number, time_us in enumerate(times_us):
        keeper.keep(1, (5, 6), time_us, picture(60 + 60 * number))
    keeper.close()
    (video,) = files
    assert (video.recording_id, video.segment_id) == (5, 6)
    assert (video.start_us, video.end_us) == (times_us[0], times_us[-1])
    for number, time_us in enumerate(times_us):
        assert abs(int(read_picture(video.path, time_us).mean()) - 60 - 60 * number) < 6
    assert abs(int(read_picture(video.path, START_US + 100_000).mean()) - 120) < 6


def test_a_new_segment_and_a_new_minute_start_a_new_file(kept):
    keeper, files = kept
    keeper.keep(1, (5, 6), START_US, picture(10))
    keeper.keep(1, (5, 7), START_US + 40_000, picture(10))
    keeper.keep(1, (5, 7), START_US + 61_000_000, picture(10))
    keeper.close()
    assert [file.segment_id for file in files] == [6, 7, 7]


def test_a_file_cut_off_plays_to_its_last_fragment(kept, tmp_path):
    keeper, files = kept
    noise = np.random.default_rng(0).integers(0, 9, (48, 64, 3), np.uint8)
    for number in range(90):
        keeper.keep(1, (5, 6), START_US + 40_000 * number, picture(number) + noise)
        while keeper._queue.qsize() > 32:
            pass
    keeper.close()
    whole = files[0].path.read_bytes()
    cut = files[0].path.with_name(f"{START_US}.mp4")
    cut.write_bytes(whole[: int(len(whole) * 0.8)])
    assert abs(int(read_picture(cut, START_US + 40_000 * 20).mean()) - 24) < 6


def test_a_missing_file_or_an_earlier_time_gives_no_picture(tmp_path):
    assert read_picture(tmp_path / "1790000000000000.mp4", START_US) is None
    assert read_picture(tmp_path / f"{START_US}.mp4", START_US - 1) is None


def test_old_video_goes_and_nothing_else(tmp_path):
    folder = tmp_path / "cot-1"
    folder.mkdir()
    old, new = folder / f"{START_US - 8 * DAY_US}.mp4", folder / f"{START_US}.mp4"
    stranger = folder / "notes.mp4"
    for path in (old, new, stranger):
        path.write_bytes(b"x")
    assert enforce_retention(tmp_path, keep_days=7, keep_gb=1, now_us=START_US) == [old]
    assert new.exists()
    assert stranger.exists()


def test_the_oldest_goes_first_when_room_is_short(tmp_path):
    folder = tmp_path / "cot-1"
    folder.mkdir()
    paths = [folder / f"{START_US + n}.mp4" for n in range(4)]
    for path in paths:
        path.write_bytes(bytes(1000))
    removed = enforce_retention(tmp_path, keep_days=7, keep_gb=2.5e-6, now_us=START_US)
    assert removed == paths[:2]
