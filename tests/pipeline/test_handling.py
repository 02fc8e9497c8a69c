import cv2
import numpy as np
import pytest

from pipeline.handling import HandlingWatch
from pipeline.quality import QualityWatch
from pipeline.types import FrameFlag, Pose
from tests.support.scenes import cot, shot, with_arm, with_infant
from tests.support.tiny_models import standing_body

FPS = 6
BODY_KC = standing_body((320, 185), 100, 0.2).astype(np.float32)
POSE = Pose(BODY_KC, np.full(13, 0.9, np.float32), FrameFlag.NONE)


def scenes(n, start=0):
    return [with_infant(cot(), (start + i) / FPS) for i in range(n)]


def is_handled(quality, pose):
    return bool(quality.with_hands(pose, quality.glance).flags & FrameFlag.HANDLED)


def handled(pictures, pose=POSE):
    """Return for each picture whether it is flagged as handled."""
    quality, found = QualityWatch(), []
    for i, picture in enumerate(pictures):
        quality.check(shot(picture, i), round(i * 1e6 / FPS) + 1)
        found.append(is_handled(quality, pose))
    return np.array(found)


@pytest.fixture(scope="module")
def visit():
    """Rest for 5 s, a hand reaches in, works for 5 s, leaves; rest for 6 s."""
    way = np.concatenate([np.linspace(0.2, 1, 4), np.ones(5 * FPS), np.linspace(1, 0.2, 4)])
    pictures = scenes(5 * FPS + len(way) + 6 * FPS)
    for i, reach in enumerate(way):
        at = 5 * FPS + i
        pictures[at] = with_arm(pictures[at], reach, np.sin(2 * np.pi * i / FPS))
    return handled(pictures), slice(5 * FPS + 4, 5 * FPS + 4 + 5 * FPS), 5 * FPS + len(way)


def test_hands_that_work_at_the_infant_are_seen_all_the_time(visit):
    found, working, _ = visit
    assert found[working].all()


def test_before_and_a_second_after_nobody_is_seen(visit):
    found, working, gone = visit
    assert not found[: working.start - 5].any()
    assert not found[gone + FPS :].any()


def test_frames_between_two_looks_are_given_the_last_answer_and_cost_nothing(monkeypatch):
    looked = []
    look = HandlingWatch._look
    monkeypatch.setattr(
        HandlingWatch, "_look", lambda *given: looked.append(given[4]) or look(*given)
    )
    watch = HandlingWatch()
    grey = scenes(1)[0][::4, ::4, 1].copy()
    for number in range(1, 61):
        watch.check(grey, 0.25, POSE, number * 1_000_000 // 30)
    assert len(looked) == 20


def test_a_visit_is_seen_at_a_camera_s_full_rate_too():
    way = np.concatenate([np.zeros(2 * FPS), np.linspace(0.2, 1, 4), np.ones(2 * FPS)])
    pictures = [
        with_arm(picture, reach, np.sin(i)) if reach else picture
        for i, (picture, reach) in enumerate(zip(scenes(len(way)), way, strict=True))
    ]
    quality, found = QualityWatch(), []
    for number in range(len(way) * 5):
        quality.check(shot(pictures[number // 5], number), round(number * 1e6 / (5 * FPS)) + 1)
        found.append(is_handled(quality, POSE))
    assert not any(found[: 2 * FPS * 5])
    assert all(found[-2 * FPS * 5 :])


def test_an_infant_that_moves_alone_is_not_handled():
    assert not handled(scenes(20 * FPS)).any()


def test_somebody_at_the_edge_of_the_picture_does_not_handle_the_infant():
    def passing(i, picture):
        out = picture.copy()
        cv2.circle(out, (30 + 12 * (i % 10), 0), 45, (120, 60, 30), -1, cv2.LINE_AA)
        return out

    pictures = scenes(4 * FPS) + [passing(i, p) for i, p in enumerate(scenes(8 * FPS, 4 * FPS))]
    assert not handled(pictures).any()


@pytest.mark.parametrize("share", [0.6, 1.35])
def test_lights_that_go_down_or_up_are_no_hands(share):
    pictures = scenes(4 * FPS)
    pictures += [np.clip(p * share, 0, 255).astype(np.uint8) for p in scenes(8 * FPS, 4 * FPS)]
    assert handled(pictures).mean() < 0.05


def test_a_cloth_that_was_laid_there_is_forgotten_when_it_lies_still():
    pictures = scenes(4 * FPS)
    for i, picture in enumerate(scenes(15 * FPS, 4 * FPS)):
        laid = with_arm(picture, min(1.0, 0.3 + i / FPS))
        pictures.append(laid)
    found = handled(pictures)
    assert found[5 * FPS : 7 * FPS].all()
    assert not found[-5 * FPS :].any()


def test_without_a_pose_hands_are_still_seen():
    absent = Pose.absent(13, FrameFlag.NO_INFANT)
    pictures = scenes(4 * FPS)
    pictures += [with_arm(p, 1.0, np.sin(i)) for i, p in enumerate(scenes(3 * FPS, 4 * FPS))]
    assert handled(pictures, absent)[-2 * FPS :].all()


def test_a_camera_that_was_moved_is_no_hand():
    quality = QualityWatch()
    found = []
    for i, picture in enumerate(scenes(12 * FPS)):
        if i >= 5 * FPS:
            picture = np.roll(picture, 60, axis=1)
        flags = quality.check(shot(picture, i), round(i * 1e6 / FPS) + 1)
        pose = Pose(POSE.keypoints_kc, POSE.scores_k, flags)
        found.append(is_handled(quality, pose) and FrameFlag.CAMERA_MOVED in flags)
    assert not any(found)


def test_stream_times_that_go_back_or_leap_start_anew():
    quality = QualityWatch()
    for time_us in (10_000_000, 10_100_000, 5_000_000, 5_100_000, 900_000_000):
        quality.check(shot(scenes(1)[0]), time_us)
        assert not is_handled(quality, POSE)
