import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.models.crop import Crop
from pipeline.models.manifest import CropSpec
from pipeline.tracking import CropFollower, Sighting
from pipeline.types import Rectangle
from tests.support.tiny_models import standing_body

ASPECT = 0.75
COT = Rectangle(100, 50, 800, 500)
SECOND_US = 1_000_000
STEP_US = 66_667


def follower(**spec):
    return CropFollower(COT, ASPECT, CropSpec(**spec))


def sighting(crop, body, score=0.9):
    return Sighting(crop, body.astype(np.float32), np.full(13, score, np.float32))


def inside(crop, points, input_wh=(96, 128)):
    matrix = crop.input_from_picture(input_wh)
    seen = points @ matrix[:, :2].T + matrix[:, 2]
    return ((seen >= 0) & (seen <= np.array(input_wh) - 1)).all(axis=1)


def is_whole(crop):
    return np.allclose(crop.center_xy, (499.5, 299.5))


def follow(tracker, body, n=2, start_us=0, score=0.9):
    """Let every crop see the same body; the first frame finds it, the second begins to follow."""
    for i in range(n):
        time_us = start_us + i * STEP_US
        crops = tracker.crops(time_us)
        kept = tracker.choose([sighting(c, body, score) for c in crops], time_us)
    return kept


def test_the_first_look_is_the_whole_cot():
    (crop,) = follower().crops(0)
    corners = np.array([[100, 50], [899, 50], [100, 549], [899, 549]])
    assert inside(crop, corners, (960, 1280)).all()
    assert crop.size_wh[0] / crop.size_wh[1] == pytest.approx(ASPECT)


def test_a_lying_cot_is_looked_at_along_its_long_side_where_the_network_can():
    turned = follower().crops(0)[0]
    upright = follower(any_direction=False).crops(0)[0]
    assert abs(turned.angle_rad) == pytest.approx(math.pi / 2)
    assert upright.angle_rad == 0
    assert turned.size_wh[1] < upright.size_wh[1]


@given(
    x=st.floats(300, 700),
    y=st.floats(200, 400),
    trunk=st.floats(60, 160),
    angle=st.floats(-math.pi, math.pi),
)
@settings(deadline=None, max_examples=60)
def test_the_crop_holds_the_whole_infant_with_its_trunk_upright(x, y, trunk, angle):
    tracker, body = follower(), standing_body((x, y), trunk, angle)
    follow(tracker, body)
    assert inside(tracker.current, body).all()
    off = math.remainder(tracker.current.angle_rad - angle, math.tau)
    assert abs(off) < 1e-3


def test_a_network_trained_upright_in_the_picture_is_not_given_turned_crops():
    tracker = follower(upright=False)
    follow(tracker, standing_body((500, 300), 100, 2.0))
    assert tracker.current.angle_rad == 0


def test_jitter_does_not_move_the_crop():
    tracker, generator = follower(), np.random.default_rng(0)
    body = standing_body((500, 300), 100)
    follow(tracker, body, 3)
    before = tracker.current
    for i in range(100):
        shaken = body + generator.normal(0, 1.5, body.shape)
        follow(tracker, shaken, 1, start_us=(3 + i) * STEP_US)
    assert tracker.current == before


def test_the_crop_keeps_up_with_a_turning_travelling_infant():
    tracker = follower()
    follow(tracker, standing_body((300, 300), 100))
    for i in range(90):
        body = standing_body((300 + 4 * i, 300), 100, 0.1 * i)
        follow(tracker, body, 1, start_us=(2 + i) * STEP_US)
        ahead = standing_body((304 + 4 * i, 300), 100, 0.1 * (i + 1))
        assert inside(tracker.current, ahead).all()


def test_when_the_trunk_is_hidden_the_last_angle_stays():
    tracker = follower()
    follow(tracker, standing_body((500, 300), 100, 1.2))
    covered = standing_body((500, 300), 100, 1.2)
    scores = np.full(13, 0.9, np.float32)
    scores[7:] = 0.1
    for i in range(30):
        crop = tracker.crops(i * STEP_US)[0]
        tracker.choose([Sighting(crop, covered.astype("f4"), scores)], i * STEP_US)
    assert tracker.current.angle_rad == pytest.approx(1.2)


def test_a_lost_infant_is_absent_at_once_and_looked_for_in_every_direction():
    tracker, body = follower(), standing_body((500, 300), 100)
    follow(tracker, body, 5)
    kept = follow(tracker, body, 1, start_us=5 * STEP_US, score=0.1)
    assert kept is None
    assert tracker.current is None
    angles = set()
    for i in range(6, 10):
        (crop,) = tracker.crops(i * STEP_US)
        angles.add(round(math.degrees(crop.angle_rad)) % 360)
        assert tracker.choose([sighting(crop, body, 0.1)], i * STEP_US) is None
    assert angles == {0, 90, 180, 270}


def looks_at_nobody(tracker, n):
    for i in range(n):
        (crop,) = tracker.crops(i * STEP_US)
        yield crop
        nobody = sighting(crop, standing_body((500, 300), 100), 0.1)
        assert tracker.choose([nobody], i * STEP_US) is None


def test_while_nobody_is_found_parts_of_the_cot_are_looked_at_in_every_direction():
    crops = list(looks_at_nobody(follower(), 28))
    closer = [crop for crop in crops if crop.size_wh[1] < 700]
    assert len(closer) == 20
    assert {round(math.degrees(crop.angle_rad)) % 360 for crop in closer} == {0, 90, 180, 270}
    corners = np.array([[110, 60], [890, 60], [110, 540], [890, 540], [500, 300]])
    assert all(any(inside(crop, corners)[i] for crop in closer) for i in range(len(corners)))
    assert list(looks_at_nobody(follower(), 29))[-1] == crops[0]


def test_a_network_that_needs_one_look_is_given_each_place_once():
    crops = list(looks_at_nobody(follower(directions=1), 7))
    assert len({crop.angle_rad for crop in crops}) == 1
    assert len({crop.center_xy for crop in crops}) == 5
    assert len({(crop.center_xy, crop.size_wh) for crop in crops}) == 7
    tracker = follower(directions=1)
    assert follow(tracker, standing_body((500, 300), 100), 1) is not None
    assert tracker.current is not None


def test_an_infant_that_fills_the_cot_is_looked_at_with_room_around():
    crops = list(looks_at_nobody(follower(), 8))
    for whole, wider in zip(crops[:4], crops[4:], strict=True):
        assert wider.center_xy == pytest.approx(whole.center_xy)
        assert wider.angle_rad == whole.angle_rad
        assert wider.size_wh == pytest.approx([1.25 * side for side in whole.size_wh])


def test_the_crop_keeps_room_for_limbs_in_doubt():
    sizes = []
    for doubt in (0.05, 0.15):
        tracker, body = follower(), standing_body((500, 300), 100)
        scores = np.where(body[:, 1] > np.median(body[:, 1]), doubt, 0.9).astype(np.float32)
        for i in range(2):
            crops = tracker.crops(i * STEP_US)
            tracker.choose([Sighting(c, body.astype("f4"), scores) for c in crops], i * STEP_US)
        sizes.append(tracker.current.size_wh[1])
    assert sizes[1] > 1.2 * sizes[0]


def test_an_infant_found_in_a_part_of_the_cot_is_looked_for_there_first_when_lost():
    tracker, body = follower(), standing_body((250, 180), 40)
    *_, part = looks_at_nobody(tracker, 9)
    for i in range(2):
        tracker.choose([sighting(c, body) for c in tracker.crops(i * STEP_US)], i * STEP_US)
    assert tracker.current.size_wh[1] < part.size_wh[1]
    tracker.choose([sighting(tracker.current, body, 0.1)], 2 * STEP_US)
    (again,) = tracker.crops(3 * STEP_US)
    assert again.center_xy == part.center_xy


def test_a_few_points_in_a_part_of_the_cot_are_no_infant():
    tracker, body = follower(), standing_body((500, 300), 100)
    scores = np.full(13, 0.1, np.float32)
    scores[:5] = 0.9
    for i in range(28):
        (crop,) = tracker.crops(i * STEP_US)
        few = Sighting(crop, body.astype("f4"), scores)
        found = tracker.choose([few if i >= 8 else sighting(crop, body, 0.1)], i * STEP_US)
        assert found is None


def test_a_half_covered_infant_is_followed():
    tracker, body = follower(), standing_body((500, 300), 100)
    scores = np.full(13, 0.1, np.float32)
    scores[:7] = 0.9
    for time_us in (0, STEP_US):
        crops = tracker.crops(time_us)
        kept = tracker.choose([Sighting(c, body.astype("f4"), scores) for c in crops], time_us)
        assert kept is not None
    assert tracker.current is not None


def test_an_infant_in_the_next_cot_is_not_ours():
    tracker = follower()
    assert follow(tracker, standing_body((1200, 300), 100)) is None


def test_the_whole_cot_is_looked_at_again_every_ten_seconds():
    tracker, body = follower(), standing_body((500, 300), 100)
    double = []
    for i in range(15 * 35):
        crops = tracker.crops(i * STEP_US)
        if len(crops) == 2:
            double.append(i * STEP_US / SECOND_US)
        tracker.choose([sighting(c, body) for c in crops], i * STEP_US)
    assert len(double) == 3
    np.testing.assert_allclose(np.diff(double), 10, atol=0.2)


def seconds_to_switch(wrong_score, right_score):
    """Let the followed crop see a doll for ever and the whole cot the infant beside it."""
    tracker = follower()
    doll, infant = standing_body((250, 150), 40), standing_body((600, 350), 110)
    follow(tracker, doll, 3)
    for i in range(3, 15 * 120):
        crops = tracker.crops(i * STEP_US)
        seen = [sighting(crops[0], doll, wrong_score)]
        if len(crops) == 2:
            whole = is_whole(crops[1])
            seen.append(sighting(crops[1], *((infant, right_score) if whole else (doll, 0.5))))
        kept = tracker.choose(seen, i * STEP_US)
        if kept is not None and kept.keypoints_kc[0, 0] > 400:
            return i * STEP_US / SECOND_US
    return math.inf


@pytest.mark.parametrize(("wrong", "right", "within_s"), [(0.7, 0.9, 13), (0.9, 0.7, 20)])
def test_it_never_stays_locked_on_a_wrong_place(wrong, right, within_s):
    assert seconds_to_switch(wrong, right) < within_s


def test_after_the_switch_the_crop_is_on_the_infant_at_once():
    tracker = follower()
    doll, infant = standing_body((250, 150), 40), standing_body((600, 350), 110)
    follow(tracker, doll, 3)
    follow(tracker, infant, 1, start_us=3 * STEP_US)
    assert inside(tracker.current, infant).all()


def upside_down_network(crop, body, body_angle_rad):
    """Answer as a network that knows upright bodies: the more turned, the less sure, and wrong."""
    off = abs(math.remainder(crop.angle_rad - body_angle_rad, math.tau))
    if off < math.pi / 4:
        return sighting(crop, body, 0.9)
    head_for_feet = 2 * body.mean(axis=0) - body
    return sighting(crop, head_for_feet if off > 3 * math.pi / 4 else body, 0.6)


@pytest.mark.parametrize("angle", [0.0, 1.5, 3.0, -1.5])
def test_before_it_follows_it_compares_four_directions(angle):
    tracker, body = follower(), standing_body((500, 300), 100, angle)
    for i in range(2):
        crops = tracker.crops(i * STEP_US)
        assert len(crops) == (1, 4)[i]
        seen = [upside_down_network(c, body, angle) for c in crops]
        kept = tracker.choose(seen, i * STEP_US)
    np.testing.assert_allclose(kept.keypoints_kc, body, atol=1e-3)
    assert abs(math.remainder(tracker.current.angle_rad - angle, math.tau)) < 0.01


@pytest.mark.parametrize("turn", [math.pi, math.pi / 2, -math.pi / 2])
def test_a_body_followed_in_a_wrong_direction_is_righted(turn):
    tracker, body = follower(), standing_body((500, 300), 100)
    wrong = standing_body((500, 300), 100, turn)
    follow(tracker, wrong, 3, score=0.6)
    for i in range(3, 15 * 90):
        crops = tracker.crops(i * STEP_US)
        upright = [abs(math.remainder(c.angle_rad, math.tau)) < 0.5 for c in crops]
        seen = [
            sighting(crop, body, 0.9) if right else sighting(crop, wrong, 0.6)
            for crop, right in zip(crops, upright, strict=True)
        ]
        tracker.choose(seen, i * STEP_US)
        if tracker.current.angle_rad == pytest.approx(0, abs=0.01):
            break
    assert i * STEP_US / SECOND_US < 70


def test_an_empty_cot_costs_one_look_a_frame():
    tracker = follower()
    for i in range(100):
        crops = tracker.crops(i * STEP_US)
        assert len(crops) == 1
        tracker.choose([sighting(crops[0], standing_body((500, 300), 100), 0.1)], i * STEP_US)


def test_one_wrong_glance_of_the_whole_cot_does_not_lead_it_away():
    tracker, body = follower(), standing_body((600, 350), 110)
    elsewhere = standing_body((250, 150), 40)
    follow(tracker, body, 3)
    glances = 0
    for i in range(3, 15 * 30):
        crops = tracker.crops(i * STEP_US)
        seen = [sighting(crops[0], body)]
        if len(crops) == 2:
            glances += is_whole(crops[1])
            away = is_whole(crops[1]) and glances == 1
            seen.append(sighting(crops[1], elsewhere if away else body))
        kept = tracker.choose(seen, i * STEP_US)
        np.testing.assert_allclose(kept.keypoints_kc, body, atol=1e-3)


def test_when_the_followed_crop_fails_the_second_look_of_the_same_frame_is_kept():
    tracker, body = follower(), standing_body((600, 350), 110)
    follow(tracker, body, 3)
    late = 3 * STEP_US + 10 * SECOND_US
    near, whole = tracker.crops(late)
    kept = tracker.choose([sighting(near, body, 0.1), sighting(whole, body)], late)
    assert kept is not None
    assert kept.crop == whole


@given(
    st.lists(st.tuples(st.floats(-3000, 3000), st.floats(-3000, 3000)), min_size=13, max_size=13)
)
@settings(deadline=None, max_examples=60)
def test_no_answer_of_a_network_makes_a_crop_without_bounds(points):
    tracker = follower()
    body = np.array(points)
    for i in range(4):
        follow(tracker, body, 1, start_us=i * STEP_US)
        crop = tracker.current or Crop((0, 0), (100, 100))
        assert 50 < max(crop.size_wh) < 1500
        assert np.isfinite([*crop.center_xy, *crop.size_wh, crop.angle_rad]).all()


def test_after_a_reset_the_whole_cot_comes_first():
    tracker = follower()
    follow(tracker, standing_body((500, 300), 100), 3)
    tracker.reset()
    assert tracker.current is None
    assert len(tracker.crops(0)) == 1
