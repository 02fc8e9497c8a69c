import math

import numpy as np
import pytest

from pipeline.monitor.minutes import MinuteBook
from pipeline.types import FrameFlag, Pose

S_US = 1_000_000
NOON_US = 1_790_000_040_000_000


@pytest.fixture
def book():
    return MinuteBook(begin_us=NOON_US + 20 * S_US)


def pose_at(second):
    """A body that drifts to the right at 10 px/s; its trunk is 100 px long."""
    keypoints_kc = np.zeros((13, 2), np.float32)
    keypoints_kc[7:, 1] = 100
    keypoints_kc[:, 0] = 10 * second
    return Pose(keypoints_kc, np.full(13, 1.0, np.float32), FrameFlag.NONE)


def fill(book, from_s, to_s, fps=15, make=pose_at):
    for number in range(round((to_s - from_s) * fps)):
        second = from_s + number / fps
        is_first = number == 0 and make is pose_at
        book.add(NOON_US + round(second * S_US), make(second), is_first)


def finished(book, now_us, fps):
    return [minute.count() for minute in book.cut_finished(now_us, fps)]


def rest(book, now_us, fps):
    return [minute.count() for minute in book.cut_rest(now_us, fps)]


def hips_covered_at(second):
    pose = pose_at(second)
    pose.keypoints_kc[7:] = np.nan
    pose.scores_k[7:] = 0
    return pose


def test_a_minute_is_given_once_and_a_few_seconds_late(book):
    fill(book, 0, 63)
    assert book.cut_finished(NOON_US + 62 * S_US, 15) == []
    (row,) = finished(book, NOON_US + 63 * S_US, 15)
    assert (row.minute_us, row.frames_seen, row.frames_expected) == (NOON_US, 900, 900)
    assert row.quantity_of_motion_mean == pytest.approx(0.1, rel=0.05)
    assert row.coverage == pytest.approx(1, abs=0.01)
    assert book.cut_finished(NOON_US + 64 * S_US, 15) == []


def test_a_silent_camera_has_minutes_that_are_not_assessable(book):
    rows = finished(book, NOON_US + 183 * S_US, 15)
    assert [row.minute_us for row in rows] == [NOON_US + n * 60 * S_US for n in range(3)]
    for row in rows:
        assert math.isnan(row.quantity_of_motion_mean)
        assert (row.frames_seen, row.coverage) == (0, 0)
    assert rows[0].reasons == {"not monitored": 300, "no picture": 600}
    assert [row.reasons for row in rows[1:]] == [{"no picture": 900}] * 2


def test_a_minute_seen_for_a_part_says_how_much_and_is_not_assessable(book):
    fill(book, 30, 60)
    (row,) = rest(book, NOON_US + 60 * S_US - 1, 15)
    assert row.coverage == pytest.approx(0.5, abs=0.02)
    assert math.isnan(row.quantity_of_motion_mean)
    assert row.reasons == {"not monitored": 300, "no picture": 150}


def test_a_jump_between_segments_is_not_movement(book):
    fill(book, 0, 30)
    for number in range(450):
        second = 30 + number / 15
        moved = pose_at(second)
        moved.keypoints_kc[:] += 500
        book.add(NOON_US + round(second * S_US), moved, number == 0)
    (row,) = rest(book, NOON_US + 60 * S_US - 1, 15)
    assert row.quantity_of_motion_max < 0.2


def test_an_arm_is_measured_by_the_segments_trunk_while_the_hips_are_covered(book):
    fill(book, 0, 60)
    fill(book, 60, 120, make=hips_covered_at)
    _, covered = rest(book, NOON_US + 120 * S_US - 1, 15)
    assert covered.limbs["left_arm"] == pytest.approx(0.1, rel=0.05)
    assert covered.limbs["left_leg"] is None


def test_frames_left_out_by_a_busy_machine_are_not_called_a_silent_camera(book):
    fill(book, 0, 60, fps=10)
    (row,) = rest(book, NOON_US + 60 * S_US - 1, 15)
    assert (row.frames_seen, row.frames_expected) == (600, 900)
    assert "no picture" not in row.reasons
    assert row.coverage == pytest.approx(1, abs=0.01)


def test_a_camera_that_never_came_is_a_reason_without_a_known_rate(book):
    (row,) = rest(book, NOON_US + 60 * S_US - 1, None)
    assert row.reasons == {"not monitored": 20, "no picture": 40}
