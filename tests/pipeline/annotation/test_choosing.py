from __future__ import annotations

import itertools

import numpy as np
import pytest

from pipeline.annotation.choosing import ALIKE, Known, choose, distances, embedding
from pipeline.annotation.points import from_estimate
from pipeline.annotation.signals import Stretch, signals
from pipeline.annotation.strata import count_strata, rarity, strata_of
from pipeline.skeleton import INFANT13
from pipeline.types import FrameFlag
from tests.support.tiny_models import standing_body

SIZE_WH = (640, 480)
FPS = 25


def calm(count: int = 200) -> Stretch:
    """An infant that swings its arms slowly, surely found."""
    times_us = np.arange(count, dtype=np.int64) * (1_000_000 // FPS)
    keypoints = np.repeat(standing_body()[None], count, axis=0)
    swing = np.sin(np.arange(count) / 20)
    for name in ("left_wrist", "right_wrist", "left_elbow", "right_elbow"):
        keypoints[:, INFANT13.index(name), 1] += 25 * swing
    scores = np.full((count, 13), 0.97, np.float32)
    return Stretch(times_us, keypoints.astype(np.float32), scores, np.zeros(count, np.uint16))


def score(stretch: Stretch, name: str) -> np.ndarray:
    return signals(stretch)[name][0].score_t


def words(stretch: Stretch, name: str, t: int) -> str:
    return signals(stretch)[name][0].words(t)


def test_a_calm_infant_gives_no_signal_much():
    for name, (found, _) in signals(calm()).items():
        assert found.score_t.max() < 0.25, name


def test_scores_in_the_middle_are_unsure_and_low_ones_are_not():
    stretch = calm()
    stretch.scores_tk[50] = 0.5
    stretch.scores_tk[60] = 0.02
    found = score(stretch, "unsure")
    assert found.argmax() == 50
    assert found[60] < 0.25
    stretch.scores_tk[50, 12] = 0.45
    assert "unsure of the nose and of 12 more" in words(stretch, "unsure", 50)


def test_a_leap_is_named_with_its_length_and_time():
    stretch = calm()
    stretch.keypoints_tkc[80:, INFANT13.index("left_ankle"), 0] += 90
    found = score(stretch, "jump")
    assert np.flatnonzero(found).tolist() == [80]
    assert words(stretch, "jump", 80) == "the left ankle jumps by 1.1 trunk lengths in 0.04 s"


def test_a_point_beside_its_own_path_is_found_in_that_frame():
    stretch = calm()
    stretch.keypoints_tkc[120, INFANT13.index("right_knee"), 1] += 40
    assert score(stretch, "off_path").argmax() == 120
    assert words(stretch, "off_path", 120).startswith("the right knee lies 0.")


def test_twins_that_change_places_are_called_a_swap_and_one_that_moves_is_not():
    stretch = calm()
    ankles = [INFANT13.index("left_ankle"), INFANT13.index("right_ankle")]
    stretch.keypoints_tkc[90:, ankles] = stretch.keypoints_tkc[90:, ankles[::-1]]
    assert score(stretch, "swap")[90] > 0.9
    assert words(stretch, "swap", 90) == "left and right ankle seem to change places"
    moved = calm()
    moved.keypoints_tkc[90:, ankles[0]] = moved.keypoints_tkc[90:, ankles[1]] + 2
    assert score(moved, "swap")[90] == 0


def test_chosen_frames_are_unlike_each_other_and_apart_in_time():
    rng = np.random.default_rng(0)
    stretch = calm(500)
    stretch.keypoints_tkc[:] += rng.normal(0, 15, stretch.keypoints_tkc.shape)
    chosen = choose(stretch, SIZE_WH, 12)
    assert len(chosen) == 12
    assert [one.priority for one in chosen] == sorted((c.priority for c in chosen), reverse=True)
    for a, b in itertools.pairwise(chosen):
        assert abs(a.time_us - b.time_us) >= 1_000_000
        assert distances(a.embedding[None], b.embedding)[0] > ALIKE


def test_an_infant_that_lies_still_is_asked_for_once():
    stretch = calm()
    stretch.keypoints_tkc[:] = stretch.keypoints_tkc[0]
    assert len(choose(stretch, SIZE_WH, 10)) == 1


def test_what_is_labelled_already_is_not_asked_for_again():
    stretch = calm()
    stretch.keypoints_tkc[:] = stretch.keypoints_tkc[0]
    points = from_estimate(stretch.keypoints_tkc[0], stretch.scores_tk[0])
    assert choose(stretch, SIZE_WH, 10, Known(embedding(points)[None])) == []


def test_frames_without_infant_or_without_picture_are_never_chosen():
    stretch = calm()
    stretch.flags_t[:100] = FrameFlag.NO_INFANT
    allowed = np.arange(200) < 150
    for one in choose(stretch, SIZE_WH, 10, allowed_t=allowed):
        assert 100 <= one.row < 150


def test_a_rare_kind_comes_first_and_says_so():
    stretch = calm(100)
    upright = stretch.keypoints_tkc[0]
    stretch.keypoints_tkc[50:] = (standing_body(angle_rad=np.pi / 2)).astype(np.float32)
    common = strata_of(from_estimate(upright, stretch.scores_tk[0]), SIZE_WH)
    known = Known(counts=count_strata([common] * 60), labelled=60)
    first = choose(stretch, SIZE_WH, 2, known)[0]
    assert first.row >= 50
    assert first.reasons["rare"] == ("Only 0 of 60 labelled pictures are like it (head right)")


def test_nothing_is_rare_while_nothing_is_labelled():
    assert rarity({"direction": "head up"}, {}, 0) == (0.0, "")


@pytest.mark.parametrize(
    ("angle", "direction"),
    [(0, "head up"), (np.pi / 2, "head right"), (np.pi, "head down"), (-np.pi / 2, "head left")],
)
def test_the_direction_of_the_head_is_that_of_the_picture(angle: float, direction: str):
    points = np.column_stack([standing_body(angle_rad=angle), np.full(13, 2.0)])
    assert strata_of(points, SIZE_WH)["direction"] == direction


def test_a_moved_and_scaled_pose_is_alike_and_a_turned_one_is_not():
    points = np.column_stack([standing_body(), np.full(13, 2.0)])
    grown = np.column_stack([standing_body((200, 300), 160), np.full(13, 2.0)])
    turned = np.column_stack([standing_body(angle_rad=1.0), np.full(13, 2.0)])
    assert distances(embedding(grown)[None], embedding(points))[0] < 1e-9
    assert distances(embedding(turned)[None], embedding(points))[0] > ALIKE
