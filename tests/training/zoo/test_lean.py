import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("mmpose")

from mmpose.registry import MODELS  # noqa: E402

from training.zoo.fast_lite_hrnet import FastLiteHRNet  # noqa: E402
from training.zoo.lean import LeanLiteHRNet, interleave  # noqa: E402
from training.zoo.lite_hrnet import lite_hrnet, naive_lite_hrnet  # noqa: E402


def lively(net):
    """Give batch norms statistics that do not hide what is before them."""
    generator = torch.Generator().manual_seed(0)
    for module in net.modules():
        module.training = False
        if isinstance(module, torch.nn.BatchNorm2d):
            for value, low, high in (
                (module.running_mean, -0.3, 0.3),
                (module.running_var, 0.5, 1.5),
                (module.weight.data, 0.5, 1.5),
                (module.bias.data, -0.5, 0.5),
            ):
                value.copy_(torch.rand(value.shape, generator=generator) * (high - low) + low)
    return net


def pair(entry):
    stock = MODELS.build({**entry.backbone, "type": "LiteHRNet"})
    stock.init_weights()
    lively(stock)
    lean = MODELS.build(entry.backbone)
    lean.load_state_dict(stock.state_dict())
    return stock, lively(lean)


@pytest.mark.slow
@pytest.mark.parametrize(
    "entry", [lite_hrnet(18), naive_lite_hrnet(wider=False)], ids=lambda e: e.name
)
@pytest.mark.parametrize("order", [torch.contiguous_format, torch.channels_last], ids=str)
@torch.no_grad()
def test_the_lean_form_computes_what_mmpose_computes(entry, order):
    stock, lean = pair(entry)
    pictures = torch.randn(2, 3, 64, 96)
    wanted = stock(pictures)[0]
    found = lean.to(memory_format=order)(pictures.contiguous(memory_format=order))[0]
    assert wanted.abs().max() > 0.1
    assert (wanted - found).abs().max() <= 1e-4 * wanted.abs().max()


@pytest.mark.slow
@torch.no_grad()
def test_the_fast_form_computes_what_mmpose_computes():
    stock, lean = pair(lite_hrnet(18))
    fast = FastLiteHRNet(lean)
    pictures = torch.randn(2, 3, 64, 96)
    wanted, found = stock(pictures)[0], fast(pictures)
    in_order = torch.stack([found[:, fast.order.index(c)] for c in range(wanted.shape[1])], 1)
    assert (wanted - in_order).abs().max() <= 1e-4 * wanted.abs().max()


def test_interleaving_is_mmposes_shuffle_in_both_memory_orders():
    from mmpose.models.backbones.utils import channel_shuffle

    a, b = torch.randn(2, 2, 6, 4, 5)
    wanted = channel_shuffle(torch.cat([a, b], 1), 2)
    assert torch.equal(interleave(a, b), wanted)
    order = torch.channels_last
    turned = interleave(a.contiguous(memory_format=order), b.contiguous(memory_format=order))
    assert torch.equal(turned, wanted)
    assert isinstance(MODELS.build(lite_hrnet(18).backbone), LeanLiteHRNet)
