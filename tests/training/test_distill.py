import json

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("mmpose")

from tests.support.pictures import write_stick_infants  # noqa: E402
from training import build  # noqa: E402
from training.checkpoint import read_checkpoint, write_checkpoint  # noqa: E402
from training.distill import answers_apart, features_apart  # noqa: E402
from training.errors import SpecError  # noqa: E402
from training.export import export  # noqa: E402
from training.graph import set_to_evaluate  # noqa: E402
from training.spec import parse_spec  # noqa: E402
from training.train import train  # noqa: E402

SPEC = """
name = "pupil"
[network]
name = "infant_unet"
[data]
train = ["train"]
samples_per_epoch = 4
[distill]
teacher = "infant_unet"
checkpoint = "teacher.pth"
[schedule]
epochs = 1
batch_size = 2
stages = [{until = 1.0, input_wh = [64, 64]}]
[run]
work_dir = "run"
workers = 0
"""


def test_equal_answers_are_not_apart_and_others_are():
    maps = torch.randn(2, 3, 8, 8)
    assert answers_apart(maps, maps.clone()) == pytest.approx(0, abs=1e-6)
    assert answers_apart(maps, maps + torch.randn_like(maps)) > 0.1
    bins = (torch.randn(2, 3, 16), torch.randn(2, 3, 12))
    assert answers_apart(bins, bins) == pytest.approx(0, abs=1e-6)


def test_that_nobody_is_there_is_learned_too():
    silent, sure = torch.full((1, 1, 4, 4), -9.0), torch.full((1, 1, 4, 4), -9.0)
    sure[0, 0, 1, 2] = 9.0
    assert answers_apart(sure, silent) > 5
    assert answers_apart(silent, silent) == pytest.approx(0, abs=1e-6)


def test_a_coarser_teacher_is_brought_to_the_pupils_size_with_its_mass():
    coarse = torch.full((1, 1, 4, 4), 1.0)
    fine = torch.full((1, 1, 8, 8), 1.0 - torch.log(torch.tensor(4.0)))
    assert answers_apart(fine, coarse) == pytest.approx(0, abs=1e-6)


def test_the_answers_gradient_goes_towards_the_teacher():
    pupil = torch.zeros(1, 1, 4, 4, requires_grad=True)
    teacher = torch.zeros(1, 1, 4, 4)
    teacher[0, 0, 1, 1] = 5.0
    answers_apart(pupil, teacher).backward()
    assert pupil.grad[0, 0, 1, 1] < 0
    assert (pupil.grad.flatten()[[0, 1, 2, 3]] > 0).all()


def test_features_are_compared_by_direction():
    maps = torch.randn(2, 6, 4, 4)
    assert features_apart(3 * maps, maps) == pytest.approx(0, abs=1e-6)
    assert features_apart(-maps, maps) == pytest.approx(2, abs=1e-6)
    small = torch.randn(1, 6, 2, 2, requires_grad=True)
    features_apart(small, maps[:1]).backward()
    assert small.grad.abs().sum() > 0


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_run_learns_from_a_teacher_that_stays_what_it_was(tmp_path):
    write_stick_infants(tmp_path / "train", 4)
    text = SPEC.replace('"train"', json.dumps(str(tmp_path / "train")))
    spec = parse_spec(text, tmp_path / "spec.toml")
    teacher = build.build_model(spec.network, spec.loss, (64, 64))
    write_checkpoint({"state_dict": teacher.state_dict()}, tmp_path / "teacher.pth")
    model = build.model_for(spec)
    before = {k: v.clone() for k, v in model.distiller._teacher[0].state_dict().items()}
    pictures = torch.randn(2, 3, 64, 64)
    feats = model.extract_feat(pictures)
    losses = model.distiller(pictures, feats, model.head.forward(feats))
    assert set(losses) == {"loss_distill_logits", "loss_distill_features"}
    sum(losses.values()).backward()
    assert model.backbone.top.weight.grad.abs().sum() > 0
    assert model.distiller.adapt.weight.grad.abs().sum() > 0
    after = model.distiller._teacher[0].state_dict()
    assert all(torch.equal(value, after[name]) for name, value in before.items())

    names = read_checkpoint(train(spec))["state_dict"]
    assert "distiller.adapt.weight" in names
    assert not any("teacher" in name for name in names)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_an_exported_model_folder_can_teach(tmp_path):
    text = SPEC.replace('"teacher.pth"', '"model/"') + '[export]\nout = "model"\n'
    spec = parse_spec(text, tmp_path / "spec.toml")
    teacher = build.build_model(spec.network, spec.loss, (64, 64))
    write_checkpoint({"state_dict": teacher.state_dict()}, tmp_path / "teacher.pth")
    export(spec, tmp_path / "teacher.pth", tmp_path / "model", (64, 64))
    distiller = build.distiller_for(spec, spec.distill)
    set_to_evaluate(teacher)
    pictures = torch.randn(2, 3, 64, 64)
    raw = teacher.head.forward(teacher.extract_feat(pictures))
    losses = distiller(pictures, teacher.extract_feat(pictures), raw)
    assert float(losses["loss_distill_logits"].detach()) == pytest.approx(0, abs=1e-4)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('teacher = "infant_unet"', 'teacher = "rtmpose_s"'), "rtmpose_s gives simcc answers"),
        (("[schedule]", '[loss]\nkind = "mse"\n[schedule]'), "learned by mse are no shares"),
    ],
)
def test_answers_that_cannot_be_compared_are_refused(change, said, tmp_path):
    spec = parse_spec(SPEC.replace(*change), tmp_path / "spec.toml")
    with pytest.raises(SpecError, match=said):
        build.distiller_for(spec, spec.distill)
