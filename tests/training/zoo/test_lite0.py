from __future__ import annotations

from pathlib import Path

import onnx
import pytest
import torch
from torch import nn

from pipeline.skeleton import INFANT13
from training.build import construct, weights_into
from training.graph import exportable, parity, trace_onnx
from training.spec import LossSpec, NetworkSpec
from training.zoo.lite0 import shaken


@pytest.fixture
def model() -> nn.Module:
    torch.manual_seed(0)
    made = construct(NetworkSpec(name="infant_lite0"), LossSpec(), (64, 64))
    made.init_weights()
    return made


def test_training_leaves_the_trunk_as_it_was_loaded(model: nn.Module):
    trunk = model.backbone.trunk
    before = {name: value.clone() for name, value in trunk.state_dict().items()}
    top = model.backbone.top.weight.clone()
    model.train()
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], 0.1)
    model.backbone(torch.randn(2, 3, 64, 64))[0].square().mean().backward()
    optimizer.step()
    assert all(torch.equal(before[name], value) for name, value in trunk.state_dict().items())
    assert not torch.equal(top, model.backbone.top.weight)


def test_the_trunk_takes_weights_by_the_names_of_efficientnet_pytorch(
    model: nn.Module, tmp_path: Path
):
    theirs = {
        name: torch.full_like(value, 3) for name, value in model.backbone.trunk.state_dict().items()
    }
    file = tmp_path / "efficientnet-lite0.pth"
    torch.save({**theirs, "_fc.weight": torch.zeros(1000, 1280)}, file)
    loaded = weights_into(model, file, INFANT13)
    assert len(loaded.taken) == len(theirs)
    assert loaded.unknown == ["_fc.weight"]
    assert all((value == 3).all() for value in model.backbone.trunk.state_dict().values())


def test_a_trained_infant_unet_goes_on_from_where_it_is(model: nn.Module, tmp_path: Path):
    plain = construct(NetworkSpec(name="infant_unet"), LossSpec(), (64, 64))
    plain.init_weights()
    torch.save({"state_dict": plain.state_dict()}, tmp_path / "unet.pth")
    loaded = weights_into(model, tmp_path / "unet.pth", INFANT13)
    assert not loaded.unknown
    assert all(name.startswith(("backbone.trunk", "backbone.added")) for name in loaded.untouched)
    pictures = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        assert torch.equal(model.eval().backbone(pictures)[0], plain.eval().backbone(pictures)[0])


def test_training_sees_the_trunks_maps_as_they_are(model: nn.Module):
    trunk = model.backbone.trunk
    for module in trunk.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.uniform_(-0.2, 0.2)
            module.running_var.uniform_(0.5, 1.5)
    pictures = torch.randn(2, 3, 64, 64)
    model.train()
    with torch.no_grad():
        wanted, found = trunk(pictures), model.backbone._seen_fast(pictures)
    for want, got in zip(wanted, found, strict=True):
        assert (want - got).abs().max() < 1e-3 * want.abs().max()


def test_a_trunk_that_is_read_after_training_began_is_the_one_that_is_seen(model: nn.Module):
    pictures = torch.randn(2, 3, 64, 64)
    model.train()
    before = model.backbone._seen_fast(pictures)
    with torch.no_grad():
        model.backbone.trunk._conv_stem.weight.mul_(-1)
    model.train()
    after = model.backbone._seen_fast(pictures)
    assert not torch.equal(before[0], after[0])
    with torch.no_grad():
        torch.testing.assert_close(after, model.backbone.trunk(pictures), rtol=1e-3, atol=1e-4)


def test_shaken_maps_keep_their_shape_and_change_their_statistics_in_some_pictures():
    torch.manual_seed(0)
    maps = torch.randn(200, 3, 8, 8) * torch.rand(200, 3, 1, 1) + torch.randn(200, 3, 1, 1)
    made = shaken(maps, 0.3)
    changed = (made - maps).abs().amax((1, 2, 3)) > 0.05
    assert 0.2 < changed.float().mean() < 0.4
    assert ((made - maps)[~changed].abs() < 0.05).all()
    # What stands where in a map is what stood there: it is moved and stretched, no more.
    first, other = maps[changed][0, 0].flatten(), made[changed][0, 0].flatten()
    assert abs(torch.corrcoef(torch.stack([first, other]))[0, 1]) > 0.999


@pytest.mark.parametrize(
    ("maps", "share"),
    [
        (torch.randn(4, 3, 8, 8), 0.0),
        (torch.randn(1, 3, 8, 8), 1.0),
        (torch.zeros(4, 3, 8, 8), 1.0),
    ],
)
def test_nothing_is_shaken_where_there_is_nothing_to_go_by(maps: torch.Tensor, share: float):
    assert torch.equal(shaken(maps, share), maps)


def test_answers_are_not_shaken(model: nn.Module):
    model.eval()
    for added in model.backbone.added:
        nn.init.normal_(added.weight)
    pictures = torch.randn(4, 3, 64, 64)
    with torch.no_grad():
        assert torch.equal(model.backbone(pictures)[0], model.backbone(pictures)[0])


@pytest.mark.parametrize("side", [64, 96, 128])
def test_the_map_has_a_quarter_of_the_size(model: nn.Module, side: int):
    with torch.no_grad():
        (found,) = model.eval().backbone(torch.zeros(1, 3, side, side))
    assert found.shape == (1, 32, side // 4, side // 4)


@pytest.mark.filterwarnings("ignore")
def test_its_file_pads_within_its_convolutions_and_answers_alike(model: nn.Module, tmp_path: Path):
    net = exportable(model)
    trace_onnx(net, tmp_path / "model.onnx", (64, 64), ("heatmaps",))
    assert "Pad" not in {node.op_type for node in onnx.load(tmp_path / "model.onnx").graph.node}
    assert parity(net, tmp_path / "model.onnx", (64, 64)) < 1e-5


def test_halving_pads_as_tensorflow_does(model: nn.Module):
    """One more on the right and below: the first output looks at the first three pixels."""
    stem = model.backbone.trunk._conv_stem
    nn.init.zeros_(stem.weight)
    stem.weight.data[0, 0, 0, 0] = 1
    picture = torch.arange(64.0).reshape(1, 1, 8, 8).repeat(1, 3, 1, 1)
    with torch.no_grad():
        assert torch.equal(stem(picture)[0, 0], picture[0, 0, ::2, ::2])
