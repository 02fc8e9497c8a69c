import json
import shutil

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("mmpose")

from pipeline.models.crop import Crop  # noqa: E402
from pipeline.models.session import load_model  # noqa: E402
from pipeline.skeleton import INFANT13  # noqa: E402
from tests.support.pictures import write_stick_infants  # noqa: E402
from training import build  # noqa: E402
from training import export as exporting  # noqa: E402
from training.checkpoint import write_checkpoint  # noqa: E402
from training.errors import ExportError  # noqa: E402
from training.spec import parse_spec  # noqa: E402

SPEC = """
name = "small"
[network]
name = "lite_hrnet_18"
[data]
train = ["train"]
[schedule]
stages = [{until = 1.0, input_wh = [64, 64]}]
[run]
work_dir = "run"
[export]
out = "model"
"""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("export")
    spec = parse_spec(SPEC, folder / "spec.toml")
    model = build.build_model(spec.network, spec.loss)
    write_checkpoint({"state_dict": model.state_dict()}, folder / "weights.pth")
    exporting.export(spec, folder / "weights.pth", folder / "model", (64, 64))
    return folder


def test_the_exported_file_is_the_trained_network(folder):
    manifest = json.loads((folder / "model" / "manifest.json").read_text())
    assert manifest["figures"]["parity_max_difference"] <= 1e-4


def test_the_runtime_takes_the_folder_at_any_batch(folder):
    model = load_model(folder / "model")
    picture = np.random.default_rng(0).integers(0, 256, (80, 90, 3), np.uint8)
    crops = [Crop((40.0, 40.0), (70.0, 70.0), angle) for angle in (0.0, 1.0, 2.0, 3.0, 4.0)]
    together, _ = model.estimate([picture] * 5, crops)
    alone = np.concatenate([model.estimate([picture], [crop])[0] for crop in crops])
    assert together == pytest.approx(alone, abs=1e-2)


def test_calibration_and_figures_are_written_and_read(folder, tmp_path):
    out = tmp_path / "model"
    shutil.copytree(folder / "model", out)
    pictures = write_stick_infants(tmp_path / "pictures", 20)
    manifest = exporting.measure_folder(out, pictures, None, 20)
    assert manifest["calibration"]["kind"] == "isotonic"
    assert load_model(out).manifest.figures["rendered pictures, search"]["pictures"] == 10
    assert "Research use only" in (out / "CARD.md").read_text()


def test_a_file_that_differs_from_torch_is_not_written(tmp_path, monkeypatch):
    monkeypatch.setattr(exporting, "parity", lambda *_: 0.5)
    spec = parse_spec(SPEC.replace("lite_hrnet_18", "infant_unet"), tmp_path / "spec.toml")
    model = build.build_model(spec.network, spec.loss)
    write_checkpoint({"state_dict": model.state_dict()}, tmp_path / "weights.pth")
    with pytest.raises(ExportError, match=r"differs from torch by 5\.0e-01"):
        exporting.export(spec, tmp_path / "weights.pth", tmp_path / "model", (64, 64))
    assert not list((tmp_path / "model").iterdir())


def test_a_mirrored_export_answers_a_mirrored_picture_with_the_mirrored_points(tmp_path):
    text = SPEC.replace('out = "model"', 'out = "model"\nmirrored = true')
    spec = parse_spec(text.replace("lite_hrnet_18", "infant_unet"), tmp_path / "spec.toml")
    model = build.build_model(spec.network, spec.loss)
    write_checkpoint({"state_dict": model.state_dict()}, tmp_path / "weights.pth")
    exporting.export(spec, tmp_path / "weights.pth", tmp_path / "model", (64, 64))
    network = load_model(tmp_path / "model")
    picture = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    crop = Crop((31.5, 31.5), (64.0, 64.0))
    points, scores = network.estimate([picture], [crop])
    other = np.ascontiguousarray(picture[:, ::-1])
    again, surely = network.estimate([other], [crop])
    order = list(INFANT13.flip_indices)
    assert again[0, order, 0] == pytest.approx(63 - points[0, :, 0], abs=0.1)
    assert surely[0, order] == pytest.approx(scores[0], abs=1e-3)


def test_how_answers_are_read_and_pictures_looked_at_stands_in_the_spec(tmp_path):
    how = 'out = "model"\nexpected_reach = 2.0\npadding = 1.1\ndirections = 1'
    text = SPEC.replace('out = "model"', how).replace("lite_hrnet_18", "infant_unet")
    spec = parse_spec(text, tmp_path / "spec.toml")
    model = build.build_model(spec.network, spec.loss)
    write_checkpoint({"state_dict": model.state_dict()}, tmp_path / "weights.pth")
    exporting.export(spec, tmp_path / "weights.pth", tmp_path / "model", (64, 64))
    manifest = load_model(tmp_path / "model").manifest
    assert (manifest.output.decoder, manifest.output.reach) == ("expected", 2.0)
    assert (manifest.crop.padding, manifest.crop.directions) == (1.1, 1)


def test_only_heatmaps_are_read_by_their_expected_similarity(tmp_path):
    text = SPEC.replace('out = "model"', 'out = "model"\nexpected_reach = 2.0')
    spec = parse_spec(text.replace("lite_hrnet_18", "rtmpose_s"), tmp_path / "spec.toml")
    model = build.build_model(spec.network, spec.loss, (64, 64))
    write_checkpoint({"state_dict": model.state_dict()}, tmp_path / "weights.pth")
    with pytest.raises(ExportError, match="expected_reach: this network's answers are simcc"):
        exporting.export(spec, tmp_path / "weights.pth", tmp_path / "model", (64, 64))
    assert not (tmp_path / "model").exists()


def test_smaller_arithmetic_is_not_written_unmeasured(tmp_path, capsys):
    spec = tmp_path / "spec.toml"
    spec.write_text(SPEC.replace('out = "model"', 'out = "model"\nalso = ["int8"]'))
    with pytest.raises(SystemExit):
        exporting.main(spec)
    assert "export.also needs --images" in capsys.readouterr().err
    assert not (tmp_path / "model").exists()
