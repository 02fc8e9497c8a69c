"""A look at real infants' motion, where the data are present (never in the repository)."""

import os
from pathlib import Path

import numpy as np
import pytest

from db.codec import KeypointBlock
from pipeline.movement import roll_up

FOLDER = Path(os.environ.get("COTSIDE_SHARED_DATA", "../shared/data")) / "minirgbd_tracks"
TRACKS = FOLDER / "minirgbd_13kp.npz"


@pytest.mark.skipif(not TRACKS.exists(), reason="the MINI-RGBD tracks are not here")
def test_real_infants_move_by_plausible_amounts():
    with np.load(TRACKS) as archive:
        sequences = next(archive[k] for k in archive.files if archive[k].ndim == 4)
    jitter = np.random.default_rng(0).uniform(-0.5, 0.5, sequences.shape)
    times = (np.arange(sequences.shape[1]) * 1e6 / 30).round().astype(np.int64)
    for points in sequences + jitter:
        block = KeypointBlock(
            times,
            np.zeros(len(times), np.uint16),
            points.astype(np.float32),
            np.full(points.shape[:2], 0.9, np.float32),
        )
        # 33 s are not a minute; the coverage says so, so the first half minute is asked for twice.
        figures = roll_up(block, 0)
        assert 0.5 < figures.coverage < 0.6
        assert figures.quantity_of_motion_mean is None
        doubled = KeypointBlock(
            np.concatenate([times, times + times[-1] + 33_333]),
            np.zeros(2 * len(times), np.uint16),
            np.concatenate([block.keypoints_tkc, block.keypoints_tkc[::-1]]),
            np.concatenate([block.scores_tk, block.scores_tk]),
        )
        assert 0.05 < roll_up(doubled, 0).quantity_of_motion_mean < 3
