"""A look at real infants' motion, where the data are present (never in the repository)."""

import os
from pathlib import Path

import numpy as np
import pytest

from db.codec import KeypointBlock
from pipeline.movement import figures, find_measure, roll_up
from tests.benchmarks.real_movement import read, window_of

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


@pytest.mark.skipif(not TRACKS.exists(), reason="the MINI-RGBD tracks are not here")
def test_every_measure_of_real_infants_is_finite_and_plausible():
    for track in read(TRACKS):
        found = list(figures(track, window_of(track), with_interval=False))
        missing = {one.measure for one in found if one.value is None}
        # 33 s do not hold a minute of the clock; a limb may have no rhythm or too little movement.
        assert missing <= {
            "minute_pose_variance",
            "periodicity_frequency",
            "speed_cross_correlation",
            "speed_cross_correlation_lag",
            "spectral_arc_length",
            "log_dimensionless_jerk",
            "bout_length",
        }
        values = {(one.measure, one.part): one.value for one in found}
        for one in found:
            if one.value is not None and not isinstance(one.value, str):
                assert np.isfinite(one.value).all()
                if find_measure(one.measure).unit == "°" and one.measure != "angle_mean":
                    assert 0 <= one.value <= 360
        assert 0.1 < values["quantity_of_motion", "body"] < 1
        assert -0.8 < values["symmetry", "body"] < 0.8
        assert values["posture", "body"] == "supine"
