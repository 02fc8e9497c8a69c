import math

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("mmpose")

from pipeline.skeleton import INFANT13  # noqa: E402
from tests.support.tiny_models import standing_body  # noqa: E402
from training.losses.morphology import PRETERM_RANGES, MorphologyLoss  # noqa: E402
from training.spec import MorphologySpec  # noqa: E402

ALL = MorphologySpec(ranges=1.0, symmetry=1.0, prior=1.0, clip=1.0, learn_from=40)
TERMS = ("ranges", "symmetry", "prior")
WRIST, KNEE = INFANT13.index("left_wrist"), INFANT13.index("right_knee")


def poses(n=80, spread=0.03, seed=0):
    """Draw bodies whose limbs swing: (N, 13, 2), trunk of 80."""
    generator = torch.Generator().manual_seed(seed)
    body = torch.tensor(standing_body(), dtype=torch.float32)
    return body + 80 * spread * torch.randn(n, *body.shape, generator=generator)


@pytest.fixture(scope="module")
def loss():
    made = MorphologyLoss(ALL, INFANT13)
    made.learn(poses(400), torch.ones(400, 13))
    return made


def ones(points):
    return torch.ones(points.shape[:-1])


def longer(points, factor=4.0):
    """Draw the left forearm and the right thigh out."""
    drawn = points.clone()
    for end, start in ((WRIST, "left_elbow"), (KNEE, "right_hip")):
        origin = points[..., INFANT13.index(start), :]
        drawn[..., end, :] = origin + factor * (points[..., end, :] - origin)
    return drawn


@pytest.mark.parametrize("term", TERMS)
def test_an_infant_like_those_learned_from_costs_nearly_nothing_and_a_drawn_out_one_much(
    loss, term
):
    usual = getattr(loss, term)(poses(50, seed=1), torch.ones(50, 13))
    drawn = getattr(loss, term)(longer(poses(50, seed=1)), torch.ones(50, 13))
    assert usual < 0.01
    assert drawn > 20 * usual + 0.01


@pytest.mark.parametrize("term", TERMS)
@pytest.mark.parametrize("change", ["moved", "larger", "turned"])
def test_terms_are_invariant_to_place_scale_and_rotation(loss, term, change):
    points = longer(poses(5, seed=2), 2.5)
    cos, sin = math.cos(2.0), math.sin(2.0)
    changed = {
        "moved": points + torch.tensor([70.0, -30.0]),
        "larger": points * 3.7,
        "turned": points @ torch.tensor([[cos, sin], [-sin, cos]]),
    }[change]
    wanted = getattr(loss, term)(points, ones(points)).item()
    assert wanted > 0
    assert getattr(loss, term)(changed, ones(points)).item() == pytest.approx(wanted, rel=1e-3)


@pytest.mark.parametrize("term", TERMS)
def test_the_gradient_shortens_what_is_too_long_and_leaves_unknown_points_alone(loss, term):
    points = longer(poses(3, seed=3)).requires_grad_()
    weights = ones(points).clone()
    weights[0, WRIST] = 0
    value = getattr(loss, term)(points, weights)
    value.backward()
    assert points.grad[0, WRIST].abs().max() == 0
    assert torch.isfinite(points.grad).all()
    with torch.no_grad():
        after = getattr(loss, term)(points - 2000 * points.grad.clamp(-1e-2, 1e-2), weights)
    assert after < value


@pytest.mark.parametrize("term", TERMS)
def test_nothing_known_costs_nothing(loss, term):
    points = longer(poses(3)).requires_grad_()
    value = getattr(loss, term)(points, torch.zeros(3, 13))
    value.backward()
    assert value == 0
    assert points.grad.abs().max() == 0


@pytest.mark.parametrize("place", [0.0, 5.0])
def test_points_that_fall_together_have_a_finite_gradient(loss, place):
    points = torch.full((2, 13, 2), place).requires_grad_()
    (loss(points, torch.ones(2, 13)) + loss.clip(points[None], torch.ones(1, 2, 13))).backward()
    assert torch.isfinite(points.grad).all()


def test_foreshortened_limbs_are_allowed():
    body = poses(1, spread=0.0)
    for joint, root in (("elbow", "shoulder"), ("wrist", "shoulder"), ("knee", "hip")):
        for side in ("left", "right"):
            at, origin = (INFANT13.index(f"{side}_{name}") for name in (joint, root))
            body[:, at] = body[:, origin] + 0.2 * (body[:, at] - body[:, origin])
    body[:, 11:] = body[:, 9:11]
    assert MorphologyLoss(ALL, INFANT13).ranges(body, ones(body)) == 0


def test_before_learning_the_ranges_are_anthropometry_and_the_prior_is_silent():
    fresh = MorphologyLoss(ALL, INFANT13)
    fresh.learn(poses(5), torch.ones(5, 13))
    assert fresh.limits.tolist() == pytest.approx([*PRETERM_RANGES.values()] * 2)
    assert fresh.prior(longer(poses(3)), torch.ones(3, 13)) == 0


def test_what_was_learned_survives_a_checkpoint(loss):
    again = MorphologyLoss(ALL, INFANT13)
    again.load_state_dict(loss.state_dict())
    points = longer(poses(4, seed=5))
    assert torch.equal(again(points, ones(points)), loss(points, ones(points)))


def test_over_a_clip_a_limb_that_turns_away_is_free_and_one_that_grows_is_not(loss):
    still = poses(1, spread=0.0).expand(1, 8, 13, 2).clone().reshape(1, 8, 13, 2)
    seen = ones(still)
    turned_away = still.clone()
    turned_away[:, [2, 6]] = longer(still[:, [2, 6]], 0.4)
    growing = still.clone()
    growing[:, 4:] = longer(still[:, 4:], 1.5)
    assert loss.clip(still, seen).item() == pytest.approx(0, abs=1e-6)
    assert loss.clip(turned_away, seen).item() < 1e-3
    assert loss.clip(growing, seen).item() > 0.01
    seen[:, 4:, [WRIST, KNEE]] = 0
    seen[:, 4:, INFANT13.index("right_ankle")] = 0
    assert loss.clip(growing, seen).item() == pytest.approx(0, abs=1e-3)


def test_each_term_has_its_own_switch():
    points = longer(poses(3))
    off = MorphologySpec(ranges=0, symmetry=0, prior=0)
    assert MorphologyLoss(off, INFANT13)(points, ones(points)) == 0
    only = MorphologyLoss(off.model_copy(update={"symmetry": 2.0}), INFANT13)
    wanted = 2 * only.symmetry(points, ones(points))
    assert only(points, ones(points)).item() == pytest.approx(wanted.item())
