import dataclasses

import numpy as np
import pytest

from db.codec import KeypointBlock, decode, encode
from pipeline.errors import SettingsError
from pipeline.movement import MOVEMENT_VERSION, figure, make_track, measure_names, roll_up
from pipeline.movement.body import LIMBS
from pipeline.skeleton import INFANT13
from pipeline.types import FrameFlag
from tests.support.tiny_models import standing_body

TRUNK = 80.0
MINUTE_US = 60_000_000
BODY = standing_body(trunk=TRUNK)
WRIST, ELBOW = INFANT13.index("left_wrist"), INFANT13.index("left_elbow")


def minute(fps=25, body=BODY):
    times = (np.arange(60 * fps) * 1e6 / fps).round().astype(np.int64)
    points = np.repeat(body[None].astype(np.float32), len(times), 0)
    return KeypointBlock(
        times,
        np.zeros(len(times), np.uint16),
        points,
        np.full(points.shape[:2], 0.9, np.float32),
    )


def swinging(block, amplitude_trunk, keypoints=(WRIST,), hz=1.0):
    points = block.keypoints_tkc.copy()
    swing = np.sin(2 * np.pi * hz * block.times_us / 1e6) * amplitude_trunk * TRUNK
    for k in keypoints:
        points[:, k, 0] += swing
    return dataclasses.replace(block, keypoints_tkc=points)


@pytest.mark.parametrize("fps", [15, 25, 30])
@pytest.mark.parametrize("amplitude", [0.1, 0.5])
def test_a_wrist_that_swings_once_a_second_moves_four_amplitudes_a_second(fps, amplitude):
    """The mean speed of a·sin(2πft) is 4·a·f; one of 13 keypoints moves."""
    figures = roll_up(swinging(minute(fps), amplitude), 0)
    assert figures.quantity_of_motion_mean == pytest.approx(4 * amplitude / 13, rel=0.02)
    assert figures.quantity_of_motion_max == pytest.approx(2 * np.pi * amplitude / 13, rel=0.03)
    assert figures.limbs["left_arm"].mean == pytest.approx(4 * amplitude / 2, rel=0.02)
    for other in ("right_arm", "left_leg", "right_leg"):
        assert figures.limbs[other].mean == pytest.approx(0, abs=1e-4)


def test_a_still_body_has_no_motion_and_full_coverage():
    figures = roll_up(minute(), 0)
    assert figures.quantity_of_motion_mean == pytest.approx(0, abs=1e-4)
    assert figures.coverage == pytest.approx(1.0, abs=0.002)
    assert figures.frames_seen == figures.frames_assessable == figures.frames_expected == 1500
    assert figures.reasons == {}
    assert figures.version == MOVEMENT_VERSION


def test_camera_noise_on_a_still_body_stays_far_below_a_real_movement():
    block = minute()
    noise = np.random.default_rng(0).normal(0, 0.003 * TRUNK, block.keypoints_tkc.shape)
    noisy = dataclasses.replace(block, keypoints_tkc=(block.keypoints_tkc + noise).astype("f4"))
    still = roll_up(noisy, 0).quantity_of_motion_mean
    moving = roll_up(swinging(noisy, 0.5, (WRIST, ELBOW)), 0).limbs["left_arm"].mean
    assert still < 0.05
    assert moving == pytest.approx(2.0, rel=0.1)


def test_the_figure_is_the_same_however_large_the_infant_is_in_the_picture():
    block = swinging(minute(), 0.3)
    large = dataclasses.replace(block, keypoints_tkc=block.keypoints_tkc * 3)
    a, b = roll_up(block, 0), roll_up(large, 0)
    assert a.quantity_of_motion_mean == pytest.approx(b.quantity_of_motion_mean, rel=1e-3)


@pytest.mark.parametrize("flag", [f for f in FrameFlag if f.blocks_movement])
def test_nothing_is_computed_over_flagged_frames(flag):
    block = minute()
    block.flags_t[500:600] = flag
    block.keypoints_tkc[500:600] += 300
    figures = roll_up(block, 0)
    assert figures.quantity_of_motion_max == pytest.approx(0, abs=1e-3)
    assert figures.coverage == pytest.approx(1 - 100 / 1500, abs=0.004)
    assert sum(figures.reasons.values()) == 100


def test_a_flag_that_does_not_block_is_counted_and_used():
    block = minute()
    block.flags_t[:] = FrameFlag.CROP_FALLBACK
    figures = roll_up(block, 0)
    assert figures.quantity_of_motion_mean is not None
    assert figures.reasons == {"looking at the whole cot": 1500}


@pytest.mark.parametrize(("seen", "assessable"), [(0.85, True), (0.75, False)])
def test_below_80_percent_coverage_a_minute_is_not_assessable(seen, assessable):
    block = minute()
    gone = round(1500 * (1 - seen))
    block.keypoints_tkc[:gone] = np.nan
    block.scores_tk[:gone] = 0
    figures = roll_up(block, 0)
    assert figures.coverage == pytest.approx(seen, abs=0.005)
    assert (figures.quantity_of_motion_mean is not None) == assessable
    assert (figures.limbs["left_leg"].mean is not None) == assessable
    assert figures.reasons == {"low confidence": gone}


def test_a_blanket_over_the_legs_leaves_the_arms_assessable():
    block = minute()
    for name in (*LIMBS["left_leg"], *LIMBS["right_leg"]):
        block.scores_tk[:, INFANT13.index(name)] = 0.1
    figures = roll_up(block, 0)
    assert figures.quantity_of_motion_mean is None
    assert figures.limbs["left_leg"].mean is None
    assert figures.limbs["left_leg"].coverage == 0
    assert figures.limbs["left_arm"].mean == pytest.approx(0, abs=1e-4)


def test_a_change_of_segment_is_no_movement():
    block = minute()
    block.keypoints_tkc[750:] += 100
    jumped = roll_up(block, 0).quantity_of_motion_max
    cut = roll_up(block, 0, breaks_us=[int(block.times_us[750])])
    assert jumped > 1
    assert cut.quantity_of_motion_max == pytest.approx(0, abs=1e-3)
    assert cut.coverage == pytest.approx(1, abs=0.002)


def test_frames_that_never_came_lower_the_coverage():
    block = minute()
    half = roll_up(block.between(0, 30_000_000), 0, expected_fps=25)
    assert half.coverage == pytest.approx(0.5, abs=0.002)
    assert half.frames_expected == 1500
    assert half.frames_seen == 750
    assert half.quantity_of_motion_mean is None


def test_a_camera_that_gives_fewer_frames_than_promised_is_still_assessable():
    figures = roll_up(swinging(minute(15), 0.3), 0, expected_fps=25)
    assert figures.coverage == pytest.approx(1, abs=0.01)
    assert figures.quantity_of_motion_mean == pytest.approx(4 * 0.3 / 13, rel=0.02)


def test_a_low_frame_rate_lowers_the_cut_off_and_says_so():
    assert roll_up(minute(25), 0).cutoff_hz == 6
    assert roll_up(minute(10), 0).cutoff_hz == pytest.approx(4)


def test_frames_beyond_the_minute_serve_the_filter_only():
    block = swinging(minute(), 0.4)
    middle = roll_up(block, 20_000_000)
    assert middle.frames_seen == 1000
    assert middle.coverage == pytest.approx(40 / 60, abs=0.002)


def test_a_minute_without_frames_is_not_assessable():
    figures = roll_up(KeypointBlock.empty(), 0)
    assert figures.coverage == 0
    assert figures.quantity_of_motion_mean is None
    assert figures.frames_seen == figures.frames_expected == 0
    assert figures.cutoff_hz is None


def test_without_a_trunk_in_view_the_session_s_trunk_is_needed():
    block = swinging(minute(), 0.2)
    for name in ("left_hip", "right_hip"):
        block.scores_tk[:, INFANT13.index(name)] = 0
    assert roll_up(block, 0).quantity_of_motion_mean is None
    known = roll_up(block, 0, trunk_length_px=TRUNK)
    assert known.quantity_of_motion_mean == pytest.approx(4 * 0.2 / 11, rel=0.02)


def test_the_figures_are_those_of_the_stored_block():
    block = swinging(minute(), 0.3)
    stored = roll_up(decode(encode(block)), 0)
    fresh = roll_up(block, 0)
    assert stored.quantity_of_motion_mean == pytest.approx(fresh.quantity_of_motion_mean, rel=0.01)
    assert stored.coverage == fresh.coverage


def test_an_unknown_measure_names_the_known_ones():
    block = minute()
    track = make_track(block)
    with pytest.raises(SettingsError, match="quantity_of_motion"):
        figure(track, (0, MINUTE_US), "fidgets")
    with pytest.raises(SettingsError, match="left_arm"):
        figure(track, (0, MINUTE_US), "quantity_of_motion", "left_ear")
    assert "quantity_of_motion_sd" in measure_names()


def test_the_mean_lies_within_its_interval_and_an_unassessable_one_has_none():
    block = swinging(minute(), 0.3)
    figures = roll_up(block, 0)
    low, high = figures.quantity_of_motion_interval
    assert low <= figures.quantity_of_motion_mean <= high
    assert roll_up(block.between(0, 30_000_000), 0).quantity_of_motion_interval is None
