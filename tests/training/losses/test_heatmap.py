import math

import pytest

torch = pytest.importorskip("torch")

from training.losses.heatmap import (  # noqa: E402
    HeatmapBCE,
    HeatmapMSE,
    SpatialCrossEntropy,
    gaussians,
)
from training.losses.places import weighted_mean  # noqa: E402

LOSSES = [SpatialCrossEntropy(1.5), HeatmapBCE(1.5), HeatmapMSE(1.5)]


def _case(n=2, k=3, side=16):
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(n, k, side, side, generator=generator).requires_grad_()
    targets = torch.rand(n, k, 2, generator=generator) * (side - 1)
    return logits, targets, torch.ones(n, k), torch.ones(n, k, dtype=torch.bool)


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: type(loss).__name__)
def test_a_point_of_weight_zero_gives_no_gradient(loss):
    logits, targets, weights, present = _case()
    weights[0, 1] = 0
    loss(logits, targets, weights, present).backward()
    assert logits.grad[0, 1].abs().max() == 0
    assert logits.grad[1, 1].abs().max() > 0


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: type(loss).__name__)
def test_descending_the_gradient_moves_the_peak_to_the_target(loss):
    logits, targets, weights, present = _case()
    optimizer = torch.optim.Adam([logits], lr=0.3)
    for _ in range(150):
        optimizer.zero_grad()
        loss(logits, targets, weights, present).backward()
        optimizer.step()
    best = loss.probability(logits).flatten(2).argmax(-1)
    found = torch.stack([best % 16, best // 16], -1)
    assert (found - targets).abs().max() <= 1.0


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: type(loss).__name__)
def test_an_absent_point_is_taught_to_score_low(loss):
    logits, targets, weights, _ = _case()
    absent = torch.zeros(2, 3, dtype=torch.bool)
    optimizer = torch.optim.Adam([logits], lr=0.3)
    for _ in range(100):
        optimizer.zero_grad()
        loss(logits, targets, weights, absent).backward()
        optimizer.step()
    assert loss.probability(logits).max() < 0.1


def test_the_cross_entropy_of_even_logits_is_the_logarithm_of_the_places():
    logits, targets, weights, present = _case()
    value = SpatialCrossEntropy(1.5)(torch.zeros_like(logits), targets, weights, present)
    assert value.item() == pytest.approx(math.log(16 * 16 + 1), rel=1e-5)


def test_a_perfect_answer_peaks_near_one():
    target = gaussians(
        torch.tensor([[[8.0, 5.0]]]), torch.ones(1, 1, dtype=torch.bool), (16, 16), 1.5
    )
    logits = torch.log(target.clamp(min=1e-12)) + 20
    assert SpatialCrossEntropy(1.5).probability(logits).max().item() == pytest.approx(1, abs=0.02)


def test_the_loss_does_not_depend_on_points_of_weight_zero():
    logits, targets, weights, present = _case()
    weights[:, 2] = 0
    loss = SpatialCrossEntropy(1.5)
    before = loss(logits, targets, weights, present)
    targets[:, 2] = 3.0
    assert torch.equal(before, loss(logits, targets, weights, present))


def test_a_batch_of_which_nothing_is_known_costs_nothing():
    assert weighted_mean(torch.ones(2, 3), torch.zeros(2, 3)) == 0
