import threading
import time

import numpy as np
import pytest

import pipeline.live
from pipeline.live import LivePose, LiveSlot, LiveView
from pipeline.rundir import RunDirectory
from pipeline.types import FrameFlag, Pose
from tests.support.fake_monitor import FakeMonitor


def make_live(sequence=0, value=10.0, size_wh=(640, 480)):
    keypoints_kc = np.full((13, 2), value, np.float32)
    pose = Pose(keypoints_kc, np.full(13, 0.5, np.float32), FrameFlag.NONE)
    return LivePose(pose, keypoints_kc + 1, size_wh, sequence, 2, 123, time.monotonic_ns())


@pytest.fixture
def directory(tmp_path):
    return RunDirectory(tmp_path)


@pytest.fixture
def writer(directory):
    slot = LiveSlot(directory.live_slot(1), create=True)
    yield slot
    slot.close()


@pytest.fixture
def view(directory):
    made = LiveView(directory)
    yield made
    made.close()


def test_nothing_is_shown_before_the_first_frame(writer, view):
    assert view.pose(1) is None
    assert view.picture(1) is None
    assert view.pose(99) is None


def test_the_newest_pose_comes_back_whole(writer, view):
    writer.publish(make_live(sequence=4, value=12.5), None)
    seen = view.pose(1)
    assert (seen.sequence, seen.segment, seen.time_us, seen.size_wh) == (4, 2, 123, (640, 480))
    np.testing.assert_array_equal(seen.pose.keypoints_kc, np.full((13, 2), 12.5))
    np.testing.assert_array_equal(seen.smoothed_kc, np.full((13, 2), 13.5))
    assert seen.age_s < 5


def test_an_absent_pose_stays_absent(writer, view):
    absent = Pose.absent(13, FrameFlag.LENS_COVERED)
    live = LivePose(absent, absent.keypoints_kc, (64, 48), 0, 0, 0, 0)
    writer.publish(live, None)
    seen = view.pose(1)
    assert np.isnan(seen.pose.keypoints_kc).all()
    assert seen.pose.flags is FrameFlag.LENS_COVERED


def test_pictures_are_made_only_while_somebody_looks(writer, view):
    assert not writer.wanted
    view.picture(1)
    assert writer.wanted


def test_a_wide_picture_is_shrunk_and_its_pose_with_it(writer, view):
    image = np.zeros((1080, 1920, 3), np.uint8)
    writer.publish(make_live(value=959.5, size_wh=(1920, 1080)), image)
    shown = view.picture(1)
    assert shown.image_hwc.shape == (720, 1280, 3)
    np.testing.assert_allclose(shown.live.pose.keypoints_kc[0], [639.5, 639.5], atol=0.01)


def test_a_new_slot_of_the_same_cot_is_found(directory, writer, view):
    writer.publish(make_live(sequence=1), None)
    assert view.pose(1).sequence == 1
    directory.live_slot(1).unlink()
    assert view.pose(1) is None
    second = LiveSlot(directory.live_slot(1), create=True)
    second.publish(make_live(sequence=2), None)
    assert view.pose(1).sequence == 2
    second.close()


def test_a_picture_can_be_read_while_the_next_is_being_written(writer, view, monkeypatch):
    black, white = (np.full((4, 6, 3), value, np.uint8) for value in (0, 255))
    writer.publish(make_live(sequence=1, value=0.0, size_wh=(6, 4)), black)
    seen = []

    def look_and_fill(record, live):
        seen.append(view.picture(1))
        fill(record, live)

    fill = pipeline.live._fill
    monkeypatch.setattr(pipeline.live, "_write", lambda *_: None)
    monkeypatch.setattr(pipeline.live, "_fill", look_and_fill)
    writer.publish(make_live(sequence=2, value=255.0, size_wh=(6, 4)), white)
    assert [(one.live.sequence, one.image_hwc.max()) for one in seen] == [(1, 0)]
    newest = view.picture(1)
    assert (newest.live.sequence, newest.image_hwc.min()) == (2, 255)


def test_a_reader_never_sees_a_half_written_picture(writer, view):
    done = threading.Event()

    def write():
        value = 0
        while not done.is_set():
            value = (value + 1) % 250
            live = make_live(value=float(value))
            writer.publish(live, np.full((480, 640, 3), value, np.uint8))
            time.sleep(0.005)  # still several times the rate of any camera

    thread = threading.Thread(target=write)
    thread.start()
    seen = 0
    deadline = time.monotonic() + 60
    try:
        while seen < 300 and time.monotonic() < deadline:
            shown = view.picture(1)
            if shown is not None:
                seen += 1
                assert len(np.unique(shown.image_hwc)) == 1
                assert shown.image_hwc[0, 0, 0] == shown.live.pose.keypoints_kc[0, 0]
    finally:
        done.set()
        thread.join()
    assert seen == 300


def status_with(beat_ns, **changes):
    base = {
        "beat_ns": beat_ns,
        "pid": 1,
        "instance": "a",
        "provider": "CPU",
        "model": "m",
        "version": "0",
        "writer": "ok",
        "trouble": [],
        "started_us": 5,
        "cots": {},
    }
    return base | changes


def test_a_beat_of_now_is_monitoring(directory, view):
    directory.write_status(status_with(time.monotonic_ns()))
    assert view.status().monitoring


def test_a_silent_monitor_is_not_monitoring(directory, view):
    directory.write_status(status_with(time.monotonic_ns() - 6_000_000_000))
    assert not view.status().monitoring
    directory.write_status(status_with(time.monotonic_ns(), stopped=True))
    assert not view.status().monitoring


def test_a_beat_from_before_a_reboot_is_not_monitoring(directory, view):
    directory.write_status(status_with(time.monotonic_ns() + 10**15))
    assert not view.status().monitoring


def test_no_status_is_not_monitoring(view):
    assert view.status().monitoring is False


def test_what_a_monitor_of_another_version_says_beyond_that_is_left_out(directory, view):
    fake = FakeMonitor(directory)
    fake.add(1, "Cot 1", decoder="h264, cuda", mood="of a later version")
    fake.beat()
    assert view.status().cots[1].decoder == "h264, cuda"
    del fake.cots[1]["mood"], fake.cots[1]["decoder"]
    fake.beat()
    assert view.status().cots[1].decoder == ""
