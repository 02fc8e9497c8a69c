import numpy as np
import pytest

from db.codec import KeypointBlock
from pipeline.movement import make_track
from tests.support.tiny_models import standing_body

TRUNK = 80.0


@pytest.mark.parametrize("seed", range(5))
def test_at_a_changing_frame_rate_speeds_are_those_of_the_infant(seed):
    """One trunk a second is one trunk a second, however unevenly the frames come."""
    generator = np.random.default_rng(seed)
    times_us = np.cumsum(generator.choice([20_000, 40_000, 66_667, 120_000], 300))
    drift = TRUNK * (times_us / 1e6)[:, None, None] * np.array([0.6, 0.8])
    points = standing_body(trunk=TRUNK) + drift
    scores = np.full((300, 13), 0.9)
    track = make_track(KeypointBlock(times_us, np.zeros(300, np.uint16), points, scores))
    np.testing.assert_allclose(track.speeds_tk, 1.0, rtol=0.05)


def test_counting_frames_instead_would_be_wrong_by_a_factor():
    times_us = np.concatenate([np.arange(100) * 20_000, 2_000_000 + np.arange(100) * 100_000])
    points = standing_body(trunk=TRUNK) + TRUNK * (times_us / 1e6)[:, None, None]
    track = make_track(
        KeypointBlock(times_us, np.zeros(200, np.uint16), points, np.full((200, 13), 0.9))
    )
    fast, slow = track.speeds_tk[20:80].mean(), track.speeds_tk[120:180].mean()
    assert fast == pytest.approx(slow, rel=0.03)
