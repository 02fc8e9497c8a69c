import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("mmpose")

from training.losses.simcc import SimccKL  # noqa: E402


def case(n=2, k=3, bins=(96, 128)):
    generator = torch.Generator().manual_seed(0)
    logits = tuple(torch.randn(n, k, size, generator=generator).requires_grad_() for size in bins)
    targets = torch.rand(n, k, 2, generator=generator) * (torch.tensor(bins) - 20) + 10
    return logits, targets, torch.ones(n, k), torch.ones(n, k, dtype=torch.bool)


def descended(targets, weights, present, steps=200):
    logits, loss = case()[0], SimccKL(3.0)
    optimizer = torch.optim.Adam(logits, lr=0.05)
    for _ in range(steps):
        optimizer.zero_grad()
        value = loss(logits, targets, weights, present)
        value.backward()
        optimizer.step()
    return loss, [axis.detach() for axis in logits], value.item()


def test_a_perfect_answer_costs_nothing_and_any_other_costs_more():
    _, targets, weights, present = case()
    loss = SimccKL(3.0, beta=2.0)
    grids = [torch.arange(size) for size in (96, 128)]
    perfect = [
        (30.0 - (grid - targets[..., axis, None]) ** 2 / (2 * 3.0**2)) / 2.0
        for axis, grid in enumerate(grids)
    ]
    assert loss(tuple(perfect), targets, weights, present).item() == pytest.approx(0, abs=1e-4)
    shifted = tuple(axis.roll(4, -1) for axis in perfect)
    assert loss(shifted, targets, weights, present) > 0.5


def test_the_gradient_leads_to_the_target_on_both_axes():
    _, targets, weights, present = case()
    loss, logits, _ = descended(targets, weights, present)
    found = torch.stack([loss.probability(axis).argmax(-1) for axis in logits], -1)
    assert (found - targets).abs().max() <= 1.0
    expected = torch.stack([loss.expected(axis) for axis in logits], -1)
    assert (expected - targets).abs().max() <= 1.0


def test_an_absent_point_is_taught_to_score_low():
    _, targets, weights, _ = case()
    loss, logits, _ = descended(targets, weights, torch.zeros(2, 3, dtype=torch.bool))
    assert max(loss.probability(axis).max() for axis in logits) < 0.1


def test_a_point_of_weight_zero_gives_no_gradient_and_no_value():
    logits, targets, weights, present = case()
    weights[0, 1] = 0
    before = SimccKL()(logits, targets, weights, present)
    before.backward()
    assert all(axis.grad[0, 1].abs().max() == 0 < axis.grad[1, 1].abs().max() for axis in logits)
    targets[0, 1] = 3.0
    assert torch.equal(before, SimccKL()(logits, targets, weights, present))


def test_moving_everything_by_whole_bins_changes_nothing():
    logits, targets, weights, present = case()
    inside = targets.clamp(35, 60)
    quiet = tuple(torch.full_like(axis, -5.0) for axis in logits)
    bumps = tuple(axis - (torch.arange(axis.shape[-1]) - 48.0) ** 2 / 100 for axis in quiet)
    moved = tuple(axis.roll(6, -1) for axis in bumps)
    loss = SimccKL(2.0)
    first = loss(bumps, inside, weights, present)
    assert loss(moved, inside + 6, weights, present).item() == pytest.approx(first.item(), rel=1e-4)
