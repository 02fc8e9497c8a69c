import math

import pytest

torch = pytest.importorskip("torch")

from training.temporal.export import random_inputs  # noqa: E402
from training.temporal.network import WindowRefiner  # noqa: E402


def refiner(*, causal):
    torch.manual_seed(0)
    net = WindowRefiner(joints=13, width=16, layers=2, heads=2, mixes=4, causal=causal)
    # Away from the plain means that it begins with.
    torch.nn.init.normal_(net.share.weight, std=0.5)
    return net


def moved(inputs, how):
    points = inputs["points"].clone()
    seen = inputs["seen"].bool()
    points[seen] = how(points[seen])
    return inputs | {"points": points}


@pytest.mark.parametrize("causal", [True, False])
@torch.no_grad()
def test_a_still_body_stays_where_it_is(causal):
    inputs = random_inputs(12, 2, seed=0)
    places = torch.randn(2, 1, 13, 2)
    inputs["points"] = places * inputs["seen"][..., None]
    out = refiner(causal=causal)(**inputs)
    known = inputs["seen"].cumsum(1) > 0
    torch.testing.assert_close(out[known], places.expand_as(out)[known], atol=1e-4, rtol=0)


@pytest.mark.parametrize("causal", [True, False])
@torch.no_grad()
def test_it_moves_and_turns_with_the_picture(causal):
    net, inputs = refiner(causal=causal), random_inputs(12, 2, seed=1)
    turn = torch.tensor([[math.cos(0.7), math.sin(0.7)], [-math.sin(0.7), math.cos(0.7)]])

    def change(points):
        return points @ turn + torch.tensor([0.4, -0.3])

    known = inputs["seen"].bool()
    out = net(**moved(inputs, change))
    torch.testing.assert_close(out[known], change(net(**inputs))[known], atol=1e-4, rtol=0)


@torch.no_grad()
def test_the_causal_form_sees_no_frame_after_its_own():
    net, inputs = refiner(causal=True), random_inputs(12, 2, seed=2)
    later = {name: value.clone() for name, value in inputs.items()}
    later["points"][:, 8:] += 3
    later["scores"][:, 8:] = 0.2
    known = (inputs["seen"].cumsum(1) > 0)[:, :8]
    out, other = net(**inputs), net(**later)
    torch.testing.assert_close(other[:, :8][known], out[:, :8][known], atol=1e-5, rtol=0)
    assert not torch.allclose(other[:, 8:], out[:, 8:])


@torch.no_grad()
def test_what_was_not_seen_counts_for_nothing():
    net, inputs = refiner(causal=False), random_inputs(12, 2, seed=3)
    hidden = inputs["seen"][..., None] == 0
    other = inputs | {"points": torch.where(hidden, torch.tensor(9.0), inputs["points"])}
    known = inputs["seen"].bool()
    torch.testing.assert_close(net(**other)[known], net(**inputs)[known], atol=1e-4, rtol=0)


@torch.no_grad()
def test_frames_of_another_stretch_are_not_mixed_in():
    net, inputs = refiner(causal=False), random_inputs(12, 1, seed=4)
    inputs["seen"][:] = 1
    inputs["runs"][:, 6:] = 1
    inputs["points"][:] = 0
    inputs["points"][:, 6:] = 2.0
    torch.testing.assert_close(net(**inputs), inputs["points"], atol=1e-4, rtol=0)


def test_gradients_reach_every_part():
    net, inputs = refiner(causal=True), random_inputs(12, 2, seed=5)
    net(**inputs).square().sum().backward()
    idle = [name for name, value in net.named_parameters() if value.grad is None]
    assert not idle
