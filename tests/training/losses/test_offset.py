import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("mmpose")

from training.losses.offset import HeatmapOffset  # noqa: E402


def case(n=2, k=3, side=16):
    generator = torch.Generator().manual_seed(0)
    maps = torch.randn(n, 3 * k, side, side, generator=generator).requires_grad_()
    targets = torch.rand(n, k, 2, generator=generator) * (side - 3) + 1
    return maps, targets, torch.ones(n, k), torch.ones(n, k, dtype=torch.bool)


def test_the_gradient_finds_points_far_inside_a_cell():
    maps, targets, weights, present = case()
    loss = HeatmapOffset(1.0)
    optimizer = torch.optim.Adam([maps], lr=0.2)
    for _ in range(300):
        optimizer.zero_grad()
        loss(maps, targets, weights, present).backward()
        optimizer.step()
    cells, heights = loss.peaks(maps)
    assert (cells - targets).abs().max() < 0.05
    assert heights.min() > 0.5


def test_a_point_of_weight_zero_gives_no_gradient_in_any_of_its_maps():
    maps, targets, weights, present = case()
    weights[0, 1] = 0
    HeatmapOffset()(maps, targets, weights, present).backward()
    of_points = maps.grad.unflatten(1, (3, 3))
    assert of_points[0, :, 1].abs().max() == 0
    assert of_points[1, :, 1].abs().amax((-1, -2)).min() > 0


def test_offsets_far_from_the_point_are_free():
    maps, _, weights, present = case()
    targets = torch.full((2, 3, 2), 4.3)
    loss = HeatmapOffset(1.0)
    before = loss(maps, targets, weights, present)
    changed = maps.detach().clone()
    changed[:, 3:, 12:, 12:] += 100
    assert loss(changed, targets, weights, present).item() == pytest.approx(before.item(), rel=1e-5)


def test_an_absent_point_teaches_no_offset():
    maps, targets, weights, _ = case()
    HeatmapOffset()(maps, targets, weights, torch.zeros(2, 3, dtype=torch.bool)).backward()
    assert maps.grad[:, 3:].abs().max() == 0
