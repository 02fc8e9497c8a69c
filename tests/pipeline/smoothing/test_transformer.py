import json
import shutil

import numpy as np
import pytest

from pipeline.errors import ModelLoadError
from pipeline.smoothing.stretches import stretches
from pipeline.smoothing.transformer import BUNDLED, _layout, load_refiner


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(BUNDLED / "causal", tmp_path / "causal")
    return tmp_path / "causal"


def altered(folder, **changes):
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_what_is_bundled_is_small_and_loads():
    for form in ("causal", "centred"):
        refiner = load_refiner(BUNDLED / form)
        assert refiner.manifest.form == form
        assert (BUNDLED / form / "model.onnx").stat().st_size < 500_000


def test_an_altered_file_is_refused(folder):
    path = folder / "model.onnx"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(ModelLoadError, match="sha256 is not the manifest's"):
        load_refiner(folder)


def test_other_keypoints_are_refused(folder):
    altered(folder, keypoints=["nose"])
    with pytest.raises(ModelLoadError, match="other keypoints than infant13"):
        load_refiner(folder)


def test_a_wrong_key_is_named(folder):
    altered(folder, windows=3)
    with pytest.raises(ModelLoadError, match="windows"):
        load_refiner(folder)


def test_a_window_of_another_length_fails_its_dry_run(folder):
    altered(folder, frames=7)
    with pytest.raises(ModelLoadError, match="dry run"):
        load_refiner(folder)


def test_a_folder_without_files_is_named(tmp_path):
    with pytest.raises(ModelLoadError, match="cannot be read"):
        load_refiner(tmp_path)


def test_stretches_end_where_a_point_is_gone_for_more_than_0_2_s():
    times = np.arange(8) * 100_000
    seen = np.array([[1, 0, 1, 0, 0, 0, 1, 0]], bool).T
    assert stretches(times, seen)[:, 0].tolist() == [0, 0, 0, 0, 0, -1, 1, 1]


@pytest.mark.parametrize("n", [1, 5, 30, 31, 44, 45, 100, 1000])
def test_every_frame_is_taken_from_one_window(n):
    starts, kept = _layout(n, 30)
    frames = np.concatenate(
        [start + np.arange(30)[part] for start, part in zip(starts, kept, strict=True)]
    )
    np.testing.assert_array_equal(frames, np.arange(n))
