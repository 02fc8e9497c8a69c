import numpy as np
import pytest

pytest.importorskip("torch")

from training.errors import DatasetError
from training.temporal.tracks import (
    FPS,
    joints_of,
    make_tracks,
    read_tracks,
    trunk_of,
    windows,
)


@pytest.fixture(scope="module")
def joints(tmp_path_factory):
    return make_tracks(tmp_path_factory.mktemp("tracks") / "motions.npz", 2, 5.0, 7)


def test_motions_are_kept_and_read_again(joints, tmp_path):
    path = tmp_path / "motions.npz"
    np.savez(path, joints=joints.astype(np.float32), seed=7)
    np.testing.assert_allclose(read_tracks(path, 2, 5.0, 7), joints, atol=1e-5)
    with pytest.raises(DatasetError, match="other motions than the spec asks for"):
        read_tracks(path, 3, 5.0, 7)


def test_a_motion_is_a_function_of_its_seed(joints):
    np.testing.assert_allclose(joints_of(8, 5.0), joints[1])
    assert np.abs(joints[0] - joints[1]).max() > 0.1
    fastest = np.abs(np.diff(joints, axis=1)).max() * FPS
    assert 0.05 < fastest < 60


def test_windows_are_in_trunks_and_any_rate(joints):
    seen = windows(joints, np.random.default_rng(0), 30, 20, (10.0, 30.0))
    assert seen.points_ntkc.shape == (30, 20, 13, 2)
    steps_s = np.median(np.diff(seen.times_nt, axis=1), axis=1)
    assert steps_s.min() == pytest.approx(1 / 30, rel=0.1)
    assert steps_s.max() == pytest.approx(1 / 10, rel=0.1)
    assert np.median([trunk_of(points) for points in seen.points_ntkc]) == pytest.approx(1)
