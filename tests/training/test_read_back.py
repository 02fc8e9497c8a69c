"""Weights read back out of an exported folder answer as the network did that was exported."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("mmpose")

from onnxruntime.quantization import quantize_dynamic  # noqa: E402

from pipeline.skeleton import INFANT13  # noqa: E402
from training import build  # noqa: E402
from training.checkpoint import write_checkpoint  # noqa: E402
from training.compact import store_in  # noqa: E402
from training.errors import CheckpointError  # noqa: E402
from training.export import export  # noqa: E402
from training.graph import set_to_evaluate  # noqa: E402
from training.read_back import constants, load_folder  # noqa: E402
from training.settle import settle  # noqa: E402
from training.spec import parse_spec  # noqa: E402

SPEC = """
name = "small"
[network]
name = "NETWORK"
[data]
train = ["train"]
[loss]
parts_weight = PARTS
[run]
work_dir = "run"
[export]
out = "model"
mirrored = true
stored_bits = BITS
"""
SIDE = 64

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


def shaken(model):
    """Give norms the statistics of a network that has learned."""
    generator = torch.Generator().manual_seed(3)
    for module in model.modules():
        if isinstance(module, torch.nn.modules.batchnorm._BatchNorm):
            shape = module.running_mean.shape
            module.running_mean.copy_(torch.randn(shape, generator=generator) * 0.1)
            module.running_var.copy_(torch.rand(shape, generator=generator) + 0.5)
            module.weight.data.copy_(torch.rand(shape, generator=generator) + 0.5)
            module.bias.data.copy_(torch.randn(shape, generator=generator) * 0.1)
    return model


def exported(folder, network: str, *, parts: float = 0.0, bits: int = 32):
    text = SPEC.replace("NETWORK", network).replace("PARTS", str(parts))
    spec = parse_spec(text.replace("BITS", str(bits)), folder / "spec.toml")
    model = shaken(build.build_model(spec.network, spec.loss, (SIDE, SIDE)))
    write_checkpoint({"state_dict": model.state_dict()}, folder / "weights.pth")
    export(spec, folder / "weights.pth", folder / "model", (SIDE, SIDE))
    set_to_evaluate(model)
    return spec, model


def answers(model, pictures):
    with torch.no_grad():
        return model.head.answers(model.head.forward(model.backbone(pictures)))[0]


PICTURES = torch.randn(4, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize(("bits", "limit"), [(32, 1e-4), (16, 2e-3), (8, 3e-2)])
@pytest.mark.parametrize("network", ["infant_unet", "infant_lite0"])
def test_a_plain_network_comes_back_with_all_that_its_file_holds(tmp_path, network, bits, limit):
    spec, model = exported(tmp_path, network, parts=1.0, bits=bits)
    fresh = build.construct(spec.network, spec.loss, (SIDE, SIDE))
    loaded = load_folder(fresh, tmp_path / "model", INFANT13)
    assert loaded.untouched == ["head.parts_layer.bias", "head.parts_layer.weight"]
    assert (answers(fresh, PICTURES) - answers(model, PICTURES)).abs().max() < limit


@pytest.mark.timeout(600)
def test_a_network_that_was_rewritten_for_speed_comes_back(tmp_path):
    spec, model = exported(tmp_path, "lite_hrnet_18")
    fresh = build.construct(spec.network, spec.loss, (SIDE, SIDE))
    assert load_folder(fresh, tmp_path / "model", INFANT13).untouched == []
    assert (answers(fresh, PICTURES) - answers(model, PICTURES)).abs().max() < 1e-4


def test_settled_norms_answer_as_before_and_go_by_the_pictures(tmp_path):
    spec, _ = exported(tmp_path, "infant_unet")
    fresh = build.construct(spec.network, spec.loss, (SIDE, SIDE))
    load_folder(fresh, tmp_path / "model", INFANT13)
    generator = torch.Generator().manual_seed(2)
    batches = [
        {
            "inputs": torch.randint(0, 256, (8, 3, SIDE, SIDE), generator=generator).byte(),
            "data_samples": [],
        }
        for _ in range(2)
    ]
    before = answers(fresh, PICTURES)
    settle(fresh, batches)
    assert (answers(fresh, PICTURES) - before).abs().max() < 1e-4
    pictures = fresh.data_preprocessor(batches[0], False)["inputs"]
    by_statistics = answers(fresh, pictures)
    fresh.train(True)
    by_batch = answers(fresh, pictures)
    assert (by_batch - by_statistics).abs().max() < 0.1 * by_statistics.abs().max()


def test_the_folder_of_another_network_is_refused_and_nothing_is_taken(tmp_path):
    spec, _ = exported(tmp_path, "infant_unet")
    other = build.construct(
        spec.network.model_copy(update={"name": "simple_baseline_r50"}), spec.loss, (SIDE, SIDE)
    )
    before = {name: value.clone() for name, value in other.state_dict().items()}
    with pytest.raises(CheckpointError, match="is not this network"):
        load_folder(other, tmp_path / "model", INFANT13)
    assert all(torch.equal(value, before[name]) for name, value in other.state_dict().items())


def test_a_file_that_computes_in_8_bits_is_refused(tmp_path):
    exported(tmp_path, "infant_unet")
    eight = tmp_path / "eight.onnx"
    quantize_dynamic(tmp_path / "model" / "model.onnx", eight, op_types_to_quantize=["Conv"])
    with pytest.raises(CheckpointError, match="computes in 8 bits"):
        constants(eight)


@pytest.mark.parametrize("bits", [16, 8])
def test_a_folder_stored_in_fewer_bits_twice_is_still_the_same_file(tmp_path, bits):
    exported(tmp_path, "infant_unet", bits=bits)
    once = constants(tmp_path / "model" / "model.onnx")
    store_in(bits, tmp_path / "model" / "model.onnx", tmp_path / "again.onnx")
    again = constants(tmp_path / "again.onnx")
    assert all(np.array_equal(a, b) for a, b in zip(again, once, strict=True))
