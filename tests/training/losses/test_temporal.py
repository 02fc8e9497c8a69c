import math

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("mmpose")

from pipeline.skeleton import INFANT13  # noqa: E402
from tests.support.tiny_models import standing_body  # noqa: E402
from training.losses.body import SHOULDER_WIDTH  # noqa: E402
from training.losses.temporal import TemporalLoss  # noqa: E402
from training.spec import TemporalSpec  # noqa: E402

LOSS = TemporalLoss(TemporalSpec(weight=1.0, tolerance=0.05), INFANT13)
WRIST = INFANT13.index("left_wrist")


def clip(frames=7, velocity=(3.0, -2.0)):
    body = torch.tensor(standing_body(), dtype=torch.float32)
    return body + torch.arange(frames)[:, None, None] * torch.tensor(velocity)


def jump(points, pixels=80.0):
    jumped = points.clone()
    jumped[..., 3, WRIST, :] += pixels
    return jumped


def value(points, weights=None):
    points = points[None]
    return LOSS(points, torch.ones(points.shape[:-1]) if weights is None else weights[None])


def test_steady_motion_is_free_and_a_jump_is_not():
    assert value(clip()) == 0
    assert value(jump(clip())) > 0.01


def test_a_jump_costs_its_size_beyond_the_tolerance_in_trunks():
    # One point of 13 bends in three of five triples: by 1, 2 and 1 jumps. The shoulders, 0.7 of 80
    # wide, are the longest witness of the trunk.
    trunk = 0.7 * 80 / SHOULDER_WIDTH
    jumps = math.hypot(80, 80) / trunk
    wanted = (4 * jumps - 3 * 0.05) / (5 * 13)
    assert value(jump(clip())).item() == pytest.approx(wanted, rel=1e-3)


@pytest.mark.parametrize("change", ["moved", "larger", "turned", "faster"])
def test_it_is_invariant_to_place_scale_rotation_and_velocity(change):
    points = jump(clip())
    turn = torch.tensor([[0.6, 0.8], [-0.8, 0.6]])
    changed = {
        "moved": points + 30,
        "larger": points * 2.5,
        "turned": points @ turn,
        "faster": points + torch.arange(7)[:, None, None] * 5.0,
    }[change]
    assert value(changed).item() == pytest.approx(value(points).item(), rel=1e-3)


def test_a_doubtful_frame_says_nothing():
    points = jump(clip()).requires_grad_()
    weights = torch.ones(7, 13)
    weights[3, WRIST] = 0.1
    lost = value(points, weights)
    lost.backward()
    assert lost == 0
    assert points.grad.abs().max() == 0


def test_the_gradient_takes_the_jump_back():
    points = jump(clip()).requires_grad_()
    before = value(points)
    before.backward()
    assert value(points.detach() - 500 * points.grad) < before


def test_two_frames_say_nothing():
    assert value(jump(clip())[2:4]) == 0
