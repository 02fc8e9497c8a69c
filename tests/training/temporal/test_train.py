import shutil
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from pipeline.smoothing.transformer import load_refiner  # noqa: E402
from training.errors import DatasetError, SpecError  # noqa: E402
from training.temporal.compare import Figures, Sequence, detected, figures_of, lag_s, verdict  # noqa: E402
from training.temporal.export import export_refiner  # noqa: E402
from training.temporal.noise import DetectorNoise  # noqa: E402
from training.temporal.spec import load_refiner_spec  # noqa: E402
from training.temporal.tracks import windows  # noqa: E402
from training.temporal.train import make_batch, refiner_loss, train_refiner  # noqa: E402

DEMO_CLIPS = Path(__file__).parents[3] / "app" / "demo" / "clips"
SPEC = """
name = "small"
work_dir = "run"
out = "model"
[motion]
file = "motions.npz"
count = 2
seconds = 5.0
[network]
form = "FORM"
frames = 10
width = 16
[schedule]
steps = 12
windows = 8
"""


def spec(tmp_path, form="causal", **changes):
    path = tmp_path / "refiner.toml"
    path.write_text(SPEC.replace("FORM", form))
    return load_refiner_spec(path)


def test_a_folder_without_clips_is_refused(tmp_path):
    with pytest.raises(DatasetError, match="holds no clips; make some with"):
        detected(tmp_path)


def test_a_clip_without_its_truth_is_refused(tmp_path):
    shutil.copy(DEMO_CLIPS / "well_lit.mp4", tmp_path)
    with pytest.raises(DatasetError, match=r"well_lit\.json: is not the truth of a rendered clip"):
        detected(tmp_path)


@pytest.mark.slow
def test_what_the_network_found_stands_beside_the_clip_s_truth(tmp_path):
    for suffix in (".mp4", ".json"):
        shutil.copy(DEMO_CLIPS / f"well_lit{suffix}", tmp_path)
    (found,) = detected(tmp_path)
    assert len(found.times_us) > 100
    assert found.truth_tkc.shape == found.found_tkc.shape == (*found.scores_tk.shape, 2)
    trunks = np.linalg.norm(found.found_tkc - found.truth_tkc, axis=-1) / 100
    assert np.nanmedian(trunks) < 0.2


def test_an_unknown_key_names_the_nearest(tmp_path):
    path = tmp_path / "refiner.toml"
    path.write_text(SPEC.replace("FORM", "causal").replace("windows = 8", "window = 8"))
    with pytest.raises(SpecError, match=r"unknown key 'schedule\.window'; did you mean 'windows'"):
        load_refiner_spec(path)


@pytest.mark.slow
@pytest.mark.parametrize("form", ["causal", "centred"])
def test_a_refiner_is_trained_exported_and_read_by_the_runtime(form, tmp_path):
    read = spec(tmp_path, form)
    manifest = export_refiner(read, train_refiner(read))
    assert manifest["figures"]["parity_max_difference"] < 1e-4
    refiner = load_refiner(tmp_path / "model")
    assert (refiner.manifest.form, refiner.manifest.frames) == (form, 10)


def test_a_batch_asks_for_the_truth_and_what_no_filter_can_know():
    joints = np.random.default_rng(0).normal(size=(1, 200, 13, 3))
    rng = np.random.default_rng(1)
    seen = windows(joints, rng, 4, 10, (20.0,))
    quiet = DetectorNoise(jitter=0, wander=0, bursts_hz=0, swaps_hz=0, losses_hz=0)
    inputs, target, counts = make_batch(seen, quiet, rng)
    known = inputs["seen"].bool()
    torch.testing.assert_close(inputs["points"][known], target[known], atol=1e-5, rtol=0)
    assert (counts[known] == 1).all()


def test_the_loss_is_nothing_for_the_truth_and_grows_with_error_and_unrest():
    target = torch.zeros(2, 6, 13, 2)
    counts = torch.ones(2, 6, 13)
    assert refiner_loss(target, target, counts, 2.0) == pytest.approx(0, abs=1e-6)
    aside = refiner_loss(target + 0.1, target, counts, 2.0)
    restless = target.clone()
    restless[:, ::2] += 0.1
    assert aside == pytest.approx(0.1 * 2**0.5, abs=0.01)
    assert refiner_loss(restless, target, counts, 2.0) > 2 * aside
    assert refiner_loss(restless, target, counts, 0.0) < aside


def test_a_delay_is_found():
    times = np.arange(400) / 20
    truth = np.repeat(np.sin(2 * np.pi * times)[:, None, None], 13, 1) * np.array([30.0, 10.0])
    late = np.repeat(np.sin(2 * np.pi * (times - 0.08))[:, None, None], 13, 1) * [30.0, 10.0]
    seq = Sequence(truth, truth, np.ones((400, 13)), np.rint(times * 1e6).astype(np.int64))
    assert lag_s(late, seq, np.ones((400, 13), bool)) == pytest.approx(0.08, abs=0.01)
    figures = figures_of(lambda *_: truth + 10, [seq])
    assert figures.error == pytest.approx(0.1 * 2**0.5)
    assert figures.jitter == pytest.approx(0, abs=1e-9)


def test_what_the_transformer_takes_is_said_beside_what_it_gains():
    found = {
        "transformer": Figures(0.1, 0.2, 0.01, 50, 3.0),
        "quick": Figures(0.3, 0.4, 0.02, 5, 0.1),
        "good": Figures(0.2, 0.4, 0.02, 20, 0.2),
    }
    said = verdict("causal", found)
    assert said.startswith("The causal transformer: error -50 % against the best other, good;")
    assert "3.00 ms a frame beside 0.20 and comes 50 ms late beside 20 (good)." in said
