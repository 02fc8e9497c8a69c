import json
import os

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("mmpose")

from pipeline.models.session import load_model  # noqa: E402
from tests.support.pictures import write_stick_infants  # noqa: E402
from training import build  # noqa: E402
from training.checkpoint import read_checkpoint  # noqa: E402
from training.errors import SpecError  # noqa: E402
from training.evaluate import evaluate  # noqa: E402
from training.export import export  # noqa: E402
from training.spec import LossSpec, NetworkSpec, parse_spec  # noqa: E402
from training.train import train  # noqa: E402
from training.zoo import NETWORKS, network  # noqa: E402
from training.zoo.__main__ import cost_as_published  # noqa: E402

# Parameters in millions and FLOPs in the unit of each paper, in its form and at its size; None
# where nothing was published. Lite-HRNet-30's and -18's FLOPs are those of mmpose's network, 1 %
# below the papers'.
PUBLISHED = {
    "lite_hrnet_18": (1.131, "203.5M"),
    "lite_hrnet_30": (1.764, "316.2M"),
    "naive_lite_hrnet_18": (0.760, "194.8M"),
    "wider_naive_lite_hrnet_18": (1.319, "311.05M"),
    "hrnet_w18": (21.30, "4.33G"),
    "hrnet_w30": (37.71, "8.17G"),
    "hrnet_w32": (28.536, "7.12G"),
    "hrnet_w40": (57.55, "12.77G"),
    "hrnet_w44": (67.06, "14.96G"),
    "hrnet_w48": (63.596, "14.61G"),
    "hrnet_w64": (128.06, "29.00G"),
    "hrnet_w32_simcc": None,
    "preemie_hrnet": None,
    "infant_unet": None,
    "infant_lite0": None,
    "rtmpose_s": (5.47, "0.68G"),
    "rtmpose_m": (13.59, "1.93G"),
    "rtmpose_l": (27.66, "4.16G"),
    "rtmpose_x": (49.43, "17.22G"),
    "simple_baseline_r50": (34.0, "5.4G"),
}
# One of each kind; the others are these in other widths.
KINDS = [
    "lite_hrnet_18",
    "naive_lite_hrnet_18",
    "hrnet_w18",
    "hrnet_w32_simcc",
    "preemie_hrnet",
    "infant_unet",
    "infant_lite0",
    "rtmpose_s",
    "simple_baseline_r50",
]
WHOLE_ZOO = "WHOLE_ZOO" in os.environ
SPEC = """
name = "small"
[network]
name = "NAME"
[data]
train = ["train"]
samples_per_epoch = 2
[schedule]
epochs = 1
batch_size = 2
stages = [{until = 1.0, input_wh = [64, 64]}]
[run]
work_dir = "run"
workers = 0
[export]
out = "model"
"""


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    return write_stick_infants(tmp_path_factory.mktemp("zoo") / "train", 4)


def test_every_network_of_the_zoo_is_compared_with_its_paper():
    assert set(PUBLISHED) == set(NETWORKS)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:`torch.cuda.amp.autocast:FutureWarning")  # mmpose's CSPNeXt
@pytest.mark.parametrize("name", [name for name, figures in PUBLISHED.items() if figures])
def test_costs_are_those_published(name):
    parameters_m, flops = PUBLISHED[name]
    cost = cost_as_published(network(name))
    assert cost.parameters / 1e6 == pytest.approx(parameters_m, rel=0.01)
    counted = cost.published_unit(network(name))
    assert counted[-1] == flops[-1]
    assert float(counted[:-1]) == pytest.approx(float(flops[:-1]), rel=0.02)


@pytest.mark.slow
@pytest.mark.timeout(1200)  # HRNet-W64 on a busy machine
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_trains_resumes_exports_and_runs_in_the_runtime(name, pictures, tmp_path):
    if name not in KINDS and not WHOLE_ZOO:
        pytest.skip("another width of a network that is tried; WHOLE_ZOO=1 tries all, in minutes")
    text = SPEC.replace("NAME", name).replace('"train"', json.dumps(str(pictures)))
    spec = parse_spec(text, tmp_path / "spec.toml")
    before = {k: v for k, v in build.model_for(spec).named_parameters() if v.requires_grad}
    last = train(spec)
    longer = spec.schedule.model_copy(update={"epochs": 2})
    train(spec.model_copy(update={"schedule": longer}), resume=True)
    content = read_checkpoint(last)
    assert (content["epochs"], content["steps"]) == (2, 2)
    moved = [k for k, v in before.items() if not torch.equal(v, content["state_dict"][k])]
    assert len(moved) > 0.5 * len(before)

    export(spec, last, tmp_path / "model", (64, 64))
    model = load_model(tmp_path / "model")
    assert len(model.manifest.skeleton.keypoints) == 13
    figures, _ = evaluate(model, pictures, None, count=2, every=1)
    assert figures["images"]["upright"]["pictures"] == 2
    assert 0 <= np.nan_to_num(figures["images"]["upright"]["median_score_visible"]) <= 1


def test_an_unknown_network_is_named_with_the_known_ones():
    with pytest.raises(SpecError, match=r"unknown network 'resnet'; known: lite_hrnet_18"):
        network("resnet")


@pytest.mark.parametrize("name", NETWORKS)
def test_an_entry_carries_its_own_name(name):
    assert network(name).name == name


def test_a_loss_for_another_kind_of_answer_is_refused_with_those_that_fit():
    with pytest.raises(SpecError, match="rtmpose_s gives simcc answers, which learn by simcc_kl"):
        build.model_config(NetworkSpec(name="rtmpose_s"), LossSpec(kind="mse"), (64, 64))


def test_a_head_of_one_size_refuses_a_schedule_of_several(tmp_path):
    text = SPEC.replace("NAME", "rtmpose_s").replace(
        "stages = [{until = 1.0,", "stages = [{until = 0.5, input_wh = [32, 32]}, {until = 1.0,"
    )
    with pytest.raises(SpecError, match="rtmpose_s is built for one input size"):
        build.model_for(parse_spec(text, tmp_path / "spec.toml"))


@pytest.mark.slow
def test_preemie_hrnet_takes_the_weights_of_hrnet_by_name():
    wide = build.construct(NetworkSpec(name="hrnet_w32"), LossSpec()).backbone.state_dict()
    ours = build.construct(NetworkSpec(name="preemie_hrnet"), LossSpec()).backbone.state_dict()
    assert all(wide[name].shape == value.shape for name, value in ours.items())
