import numpy as np

from pipeline.confidence import present
from training.temporal.noise import DetectorNoise

TIMES = np.tile(np.arange(150) / 15, (40, 1))
STILL = np.zeros((40, 150, 13, 2))


def seen(seed=0, **changes):
    return DetectorNoise(**changes).see(STILL, TIMES, np.random.default_rng(seed))


def test_a_score_is_about_the_probability_of_lying_within_a_tenth_of_a_trunk():
    found = seen()
    within = np.linalg.norm(found.points, axis=-1) <= 0.1
    for low in (0.2, 0.4, 0.6, 0.8):
        here = (found.scores >= low) & (found.scores < low + 0.2)
        assert abs(within[here].mean() - found.scores[here].mean()) < 0.17


def test_errors_are_carried_from_frame_to_frame():
    found = seen(bursts_hz=0.0, swaps_hz=0.0, losses_hz=0.0, bias=0.0)
    error = found.points.reshape(40, 150, -1)
    one, next_one = error[:, :-1].ravel(), error[:, 1:].ravel()
    assert 0.7 < np.corrcoef(one, next_one)[0, 1] < 0.99


def test_without_faults_the_truth_is_found():
    found = seen(jitter=0, wander=0, bias=0, bursts_hz=0, swaps_hz=0, losses_hz=0)
    assert np.abs(found.points).max() == 0
    assert present(found.scores).all()


def test_points_are_lost_in_spells():
    found = seen(bursts_hz=0, swaps_hz=0)
    lost = ~present(found.scores)
    assert 0.02 < lost.mean() < 0.3
    again = lost[:, 1:][lost[:, :-1]].mean()
    assert again > 3 * lost.mean()


def test_a_swap_exchanges_elbows_and_wrists_of_both_sides():
    truth = STILL.copy()
    truth[..., 0] = np.arange(13)
    found = DetectorNoise(jitter=0, wander=0, bias=0, bursts_hz=0, losses_hz=0, swaps_hz=1.0).see(
        truth, TIMES, np.random.default_rng(0)
    )
    swapped = found.points[..., 0] != truth[..., 0]
    assert 0.02 < swapped.mean() < 0.9
    n, t = np.nonzero(swapped[..., 5])
    assert (found.points[n, t, 5, 0] == 6).all()
    assert (found.points[n, t, 3, 0] == 4).all()
