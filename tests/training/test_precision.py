import json

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("mmpose")

from pipeline.models.session import BUNDLED_MODEL, load_model
from pipeline.skeleton import INFANT13
from tests.support.demo_pictures import write_demo_pictures
from training.data.coco import read_pictures
from training.errors import ExportError
from training.evaluation.looking import measure
from training.precision import quantise, reduce_folder

# Bytes of a file for each weight of the network.
BYTES_A_WEIGHT = {"fp16": 2.05, "int8": 1.2}
LARGEST_DIFFERENCE = {"fp16": 0.005, "int8": 0.2}


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    folder = write_demo_pictures(tmp_path_factory.mktemp("precision") / "frames", 16)
    return read_pictures([folder], INFANT13)


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["fp16", "int8"])
def test_the_bundled_model_in_smaller_sums_finds_the_same_infant(precision, pictures, tmp_path):
    manifest = reduce_folder(BUNDLED_MODEL, tmp_path / "small", precision, pictures)
    whole, small = load_model(BUNDLED_MODEL), load_model(tmp_path / "small")
    assert small.manifest.calibration == whole.manifest.calibration

    figures = manifest["figures"]
    assert figures["precision"] == precision
    assert 0 < figures["precision_max_difference"] < LARGEST_DIFFERENCE[precision]
    rows = figures["beside"]
    assert rows[precision]["bytes"] <= BYTES_A_WEIGHT[precision] * figures["parameters"]
    assert rows[precision]["bytes"] == (tmp_path / "small/model.onnx").stat().st_size
    assert rows["fp32"]["pck_0.2"] > 0.6
    assert rows[precision]["pck_0.2"] > rows["fp32"]["pck_0.2"] - 0.05
    assert "int8" not in json.loads((BUNDLED_MODEL / "manifest.json").read_text())["figures"]
    assert f"| {precision} |" in (tmp_path / "small/CARD.md").read_text()

    one, other = (measure(model, pictures, "upright") for model in (whole, small))
    trunk_px = np.linalg.norm(pictures.keypoints_nkc[0, 1, :2] - pictures.keypoints_nkc[0, 7, :2])
    apart = np.linalg.norm(one.points_nkc - other.points_nkc, axis=-1) / trunk_px
    assert np.median(apart) < 0.02
    assert np.quantile(apart, 0.9) < 0.1


def test_integers_without_pictures_are_refused(tmp_path):
    with pytest.raises(ExportError, match="int8 needs pictures"):
        quantise(tmp_path / "a.onnx", tmp_path / "b.onnx", [])
