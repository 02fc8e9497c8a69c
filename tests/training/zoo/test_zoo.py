import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("mmpose")

from training import build  # noqa: E402
from training.errors import SpecError  # noqa: E402
from training.spec import LossSpec, NetworkSpec  # noqa: E402
from training.zoo import NETWORKS, network  # noqa: E402
from training.zoo.count import count  # noqa: E402

# Parameters in millions and FLOPs in the unit of each paper at 256×192, 17 points; None where
# the paper gives them for another form only. Lite-HRNet-30's and -18's FLOPs are those of mmpose's
# network, 1 % below the papers'.
PUBLISHED = [
    ("lite_hrnet_18", 1.131, "203.5M"),
    ("lite_hrnet_30", 1.764, "316.2M"),
    ("naive_lite_hrnet_18", 0.760, "194.8M"),
    ("wider_naive_lite_hrnet_18", 1.319, "311.05M"),
    ("hrnet_w32", 28.536, "7.12G"),
    ("hrnet_w48", 63.596, "14.61G"),
]
SMALL = ["lite_hrnet_18", "naive_lite_hrnet_18"]


def built(name: str, skeleton: str = "infant13"):
    return build.build_model(NetworkSpec(name=name, skeleton=skeleton), LossSpec())


@pytest.mark.slow
@pytest.mark.parametrize(("name", "parameters_m", "flops"), PUBLISHED)
def test_costs_are_those_published(name, parameters_m, flops):
    cost = count(built(name, "coco17"))
    assert cost.parameters / 1e6 == pytest.approx(parameters_m, rel=0.01)
    counted = cost.published_unit(network(name))
    assert counted[-1] == flops[-1]
    assert float(counted[:-1]) == pytest.approx(float(flops[:-1]), rel=0.02)


@pytest.mark.slow
@pytest.mark.parametrize("name", SMALL)
def test_a_network_takes_a_training_step(name):
    model = built(name)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    model.backbone.train()
    logits = model.head.forward(model.backbone(torch.randn(2, 3, 64, 64)))
    assert logits.shape == (2, 13, 16, 16)
    loss = model.head.loss_module(
        logits, torch.full((2, 13, 2), 8.0), torch.ones(2, 13), torch.ones(2, 13, dtype=torch.bool)
    )
    loss.backward()
    optimizer.step()
    assert all(p.grad is not None for p in model.parameters())


def test_an_unknown_network_is_named_with_the_known_ones():
    with pytest.raises(SpecError, match=r"unknown network 'resnet'; known: lite_hrnet_18"):
        network("resnet")


@pytest.mark.parametrize("name", NETWORKS)
def test_an_entry_carries_its_own_name(name):
    assert network(name).name == name
