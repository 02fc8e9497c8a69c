"""Where the head may be: wider with doubt, with absence, and by what was seen around."""

from __future__ import annotations

import numpy as np
import pytest

from db.codec import KeypointBlock
from pipeline.review.heads import REACH_US, near_circles, own_circles
from pipeline.types import FrameFlag
from tests.support.tiny_models import standing_body

TRUNK_PX = 100.0
NOSE, SHOULDERS = 0, slice(1, 3)


def frames(n_frames: int = 30, score: float = 0.9) -> KeypointBlock:
    keypoints_tkc = np.repeat(standing_body((320, 240), TRUNK_PX)[None], n_frames, axis=0)
    times_us = np.arange(n_frames, dtype=np.int64) * 40_000
    scores_tk = np.full((n_frames, 13), score, np.float32)
    flags_t = np.zeros(n_frames, np.uint16)
    return KeypointBlock(times_us, flags_t, keypoints_tkc.astype(np.float32), scores_tk)


def radius(block: KeypointBlock, t: int, trunk_px: float | None = TRUNK_PX) -> float:
    ((_, _, found),) = own_circles(block, trunk_px)[t]
    return found


def test_the_margin_grows_with_doubt():
    radii = [radius(frames(score=score), 5) for score in (0.95, 0.6, 0.3)]
    assert radii == sorted(radii)
    assert radii[-1] > 1.2 * radii[0]


def test_the_margin_grows_with_the_time_without_a_nose():
    block = frames()
    block.scores_tk[10:, NOSE] = 0.05
    radii = [radius(block, t) for t in (9, 10, 15, 25)]
    assert radii == sorted(radii)
    assert len(set(radii)) == 4
    assert radii[1] > 1.4 * radii[0]


def test_a_trunk_that_looks_short_makes_no_small_head():
    block = frames()
    block.keypoints_tkc[:, 1:] = block.keypoints_tkc[:, :1] + 4
    assert radius(block, 5) >= 0.55 * TRUNK_PX
    assert radius(block, 5, None) < 0.1 * TRUNK_PX


@pytest.mark.parametrize("flag", [FrameFlag.NO_INFANT, FrameFlag.LENS_COVERED, FrameFlag.HANDLED])
def test_no_head_is_placed_where_none_can_be_or_another_s_may_be(flag):
    block = frames()
    block.flags_t[7] = flag
    placed = own_circles(block, TRUNK_PX)
    assert placed[7] == ()
    assert all(placed[:7] + placed[8:])


def test_places_of_the_moments_around_are_held_but_place_no_head_by_themselves():
    here, there = ((0.0, 0.0, 1.0),), ((9.0, 9.0, 1.0),)
    times_us = np.array([0, REACH_US, 2 * REACH_US + 1], np.int64)
    assert near_circles(times_us, [here, there, here]) == [here + there, here + there, here]
    assert near_circles(times_us, [here, (), here]) == [here, (), here]
