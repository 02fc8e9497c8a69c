"""The second pass over a stored minute: each frame by those before and after it, per segment."""

from __future__ import annotations

import numpy as np
import pytest

from db.codec import KeypointBlock
from pipeline.review.series import Minute
from pipeline.review.tasks import smoothing_words
from pipeline.smoothing import offline_names, offline_smoother

N_FRAMES, CUT = 90, 45


def minute(*, cut: bool, moved_from: int = N_FRAMES) -> Minute:
    """A body that trembles at 25 frames/s; from a frame on its points lie elsewhere."""
    random = np.random.default_rng(2)
    body_kc = random.uniform(100, 300, (13, 2))
    points_tkc = (body_kc + random.normal(0, 2, (N_FRAMES, 13, 2))).astype(np.float32)
    points_tkc[moved_from:] += 6
    block = KeypointBlock(
        np.arange(N_FRAMES, dtype=np.int64) * 40_000,
        np.zeros(N_FRAMES, np.uint16),
        points_tkc,
        np.full((N_FRAMES, 13), 0.9, np.float32),
    )
    breaks_us = (CUT * 40_000,) if cut else ()
    return Minute(0, block, np.ones(N_FRAMES, np.bool_), breaks_us, (640, 360))


@pytest.mark.parametrize("name", offline_names())
def test_a_frame_is_refined_by_those_that_follow_it(name: str):
    smoother = offline_smoother(name)
    still, moved = (minute(cut=False, moved_from=n).refined(smoother) for n in (N_FRAMES, CUT))
    assert still.shape == (N_FRAMES, 13, 2)
    before = slice(CUT - 5, CUT)
    assert np.abs(still[before] - moved[before]).max() > 0.05


@pytest.mark.parametrize("name", offline_names())
def test_nothing_reaches_over_the_beginning_of_a_segment(name: str):
    smoother = offline_smoother(name)
    still, moved = (minute(cut=True, moved_from=n).refined(smoother) for n in (N_FRAMES, CUT))
    np.testing.assert_array_equal(still[:CUT], moved[:CUT])


def test_the_outputs_say_which_smoother_made_what():
    words = smoothing_words("transformer")
    assert "transformer in tables and overlay" in words
    assert "butterworth in measures" in words
