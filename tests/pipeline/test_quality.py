import time

import cv2
import numpy as np
import pytest

from pipeline.quality import QualityWatch
from pipeline.types import FrameFlag
from tests.support.scenes import HEIGHT, WIDTH, cot, moved, shot, with_infant

FPS = 4


def us(seconds):
    return round(seconds * 1e6)


def watch(pictures, fps=FPS, start_s=0.0, quality=None):
    """Show pictures at a frame rate; return the flags of each."""
    quality = quality or QualityWatch()
    return [quality.check(p, us(start_s + i / fps)) for i, p in enumerate(pictures)], quality


def scenes(n, noise=3.0, **more):
    return [shot(with_infant(cot(), i / FPS, **more), i, noise) for i in range(n)]


def dimmed(picture, share, noise=2.0, seed=0):
    return shot(picture * share, seed, noise)


@pytest.mark.parametrize("trunk", [60, 100, 150])
def test_a_moving_infant_before_a_still_camera_raises_no_flag(trunk):
    flags, _ = watch(scenes(60, trunk=trunk))
    assert set(flags) == {FrameFlag.NONE}


def test_an_empty_cot_raises_no_flag():
    flags, _ = watch([shot(cot(), i) for i in range(30)])
    assert set(flags) == {FrameFlag.NONE}


@pytest.mark.parametrize("share", [1.4, 0.6, 0.35])
def test_lights_up_or_down_raise_no_flag(share):
    pictures = [shot(np.clip(with_infant(cot(), i / FPS) * share, 0, 255), i) for i in range(40)]
    flags, _ = watch(scenes(20) + pictures)
    assert set(flags) == {FrameFlag.NONE}


def test_a_night_view_in_grey_raises_no_flag():
    pictures = [
        shot(cv2.cvtColor(cv2.cvtColor(with_infant(cot(), i / FPS), 6), 8) * 0.5, i, 6.0)
        for i in range(40)
    ]
    flags, _ = watch(scenes(20) + pictures)
    assert FrameFlag.CAMERA_MOVED not in flags[-1]
    assert not any(flag.blocks_pose for flag in flags)


def test_a_carer_at_the_cot_is_not_a_moved_camera():
    def leant_over(i):
        picture = with_infant(cot(), i / FPS)
        x = int(150 + 100 * np.sin(i / 3))
        cv2.ellipse(picture, (x, 50), (175, 130), 20, 0, 360, (150, 120, 60), -1, cv2.LINE_AA)
        cv2.line(picture, (x + 100, 100), (320 + 3 * (i % 7), 190), (150, 170, 215), 35)
        return shot(picture, i)

    flags, _ = watch(scenes(20) + [leant_over(i) for i in range(60)] + scenes(20))
    assert set(flags) == {FrameFlag.NONE}


@pytest.mark.parametrize("noise", [0.0, 3.0, 10.0])
@pytest.mark.parametrize("level", [0, 12, 60, 235])
def test_a_covered_lens_is_flagged_at_once(level, noise):
    shade = level + np.linspace(0, 25, WIDTH)[None, :, None]
    covered = shot(np.broadcast_to(shade, (HEIGHT, WIDTH, 3)), 1, noise)
    flags, _ = watch([*scenes(3), covered])
    assert FrameFlag.LENS_COVERED in flags[-1]
    assert flags[-1].blocks_pose


def test_a_hand_before_the_lens_with_soft_shadows_is_covered():
    y, x = np.indices((HEIGHT, WIDTH))
    shade = 70 + 40 * np.sin(x / 250) + 25 * np.cos(y / 150)
    hand = shade[..., None] * np.array([0.6, 0.75, 1.0])
    flags, _ = watch([shot(hand, 2, 4.0)])
    assert flags == [FrameFlag.LENS_COVERED]


def test_too_dark_to_see_is_flagged_and_dim_is_not():
    dark, _ = watch([dimmed(with_infant(cot()), 0.08)])
    dim, _ = watch([dimmed(with_infant(cot()), 0.3)])
    assert dark[0].blocks_pose
    assert dim == [FrameFlag.NONE]


def test_an_identical_picture_is_frozen_after_5_s_of_stream_time():
    still = scenes(1)[0]
    flags, quality = watch([still] * 40)
    assert set(flags[: 5 * FPS]) == {FrameFlag.NONE}
    assert set(flags[5 * FPS :]) == {FrameFlag.FROZEN}
    assert quality.check(scenes(2)[1], us(8.2)) == FrameFlag.NONE


def test_a_still_scene_with_a_sensor_s_noise_is_not_frozen():
    flags, _ = watch([shot(cot(), i, 1.0) for i in range(40)])
    assert set(flags) == {FrameFlag.NONE}


def test_a_blurred_picture_is_flagged_after_a_second():
    blurred = [cv2.GaussianBlur(p, (0, 0), 6) for p in scenes(20)]
    flags, quality = watch(scenes(20) + blurred)
    assert set(flags[:20]) == {FrameFlag.NONE}
    assert all(FrameFlag.BLURRED in f for f in flags[20 + FPS :])
    again, _ = watch(scenes(5), start_s=8, quality=quality)
    assert again[-1] == FrameFlag.NONE


def test_a_little_softness_is_not_blurred():
    flags, _ = watch(scenes(20) + [cv2.GaussianBlur(p, (0, 0), 1) for p in scenes(20)])
    assert set(flags) == {FrameFlag.NONE}


@pytest.mark.parametrize(
    "push",
    [
        {"dx": 12, "dy": 5},
        {"dx": -30, "dy": 15},
        {"dx": 100, "dy": -45},
        {"angle_deg": 6},
        {"zoom": 1.15},
    ],
)
def test_a_moved_camera_is_flagged_then_accepted_where_it_stands(push):
    quality = QualityWatch()
    before, _ = watch(scenes(20), quality=quality)
    pictures = [shot(moved(with_infant(cot(), i / FPS), **push), i) for i in range(64)]
    after, _ = watch(pictures, start_s=5, quality=quality)
    assert set(before) == {FrameFlag.NONE}
    assert all(FrameFlag.CAMERA_MOVED in f for f in after[5 * FPS : 7 * FPS])
    assert after[-1] == FrameFlag.NONE
    assert quality.camera.moves == 1


def test_a_camera_that_keeps_moving_stays_flagged():
    quality = QualityWatch()
    watch(scenes(15), quality=quality)
    pictures = [shot(moved(cot(), dx=6 * i, dy=2.5 * i), i) for i in range(60)]
    flags, _ = watch(pictures, start_s=3, quality=quality)
    assert all(FrameFlag.CAMERA_MOVED in f for f in flags[4 * FPS :])
    assert quality.camera.moves == 1


def test_a_slight_tremble_of_the_stand_is_not_a_move():
    pictures = [shot(moved(with_infant(cot(), i / FPS), dx=np.sin(i)), i) for i in range(60)]
    flags, _ = watch(pictures)
    assert set(flags) == {FrameFlag.NONE}


@pytest.mark.parametrize("trunk", [80, 140])
def test_an_infant_that_was_laid_anew_is_not_a_moved_camera(trunk):
    """The largest thing in the picture shifts and stays there; the cot around it does not."""
    anew = [shot(with_infant(cot(), 0, trunk, 320 + 30 * (i >= 20)), i) for i in range(52)]
    flags, _ = watch(anew)
    assert set(flags) == {FrameFlag.NONE}


@pytest.mark.parametrize("size", [(160, 120), (640, 480), (1920, 1080), (481, 271)])
def test_every_picture_size_is_judged(size):
    pictures = [cv2.resize(p, size, interpolation=cv2.INTER_AREA) for p in scenes(10)]
    flags, _ = watch(pictures)
    assert set(flags) == {FrameFlag.NONE}


def test_time_that_starts_again_does_no_harm():
    flags, quality = watch(scenes(10), start_s=100)
    again, _ = watch(scenes(10), start_s=0, quality=quality)
    assert set(flags + again) == {FrameFlag.NONE}


def test_one_720p_frame_costs_a_millisecond_at_most():
    pictures = [cv2.resize(p, (1280, 720)) for p in scenes(8)]
    quality = QualityWatch()
    for i, picture in enumerate(pictures):
        quality.check(picture, us(i / 15))
    spent_s = []
    for i in range(90):
        start = time.thread_time()
        quality.check(pictures[i % 8], us(1 + i / 15))
        spent_s.append(time.thread_time() - start)
    assert np.median(spent_s) < 1e-3
