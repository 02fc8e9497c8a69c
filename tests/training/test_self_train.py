import json
import re

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("mmpose")

from pipeline.models.manifest import CalibrationSpec  # noqa: E402
from pipeline.skeleton import INFANT13  # noqa: E402
from tests.support.pictures import write_stick_infants  # noqa: E402
from tests.support.tiny_models import standing_body  # noqa: E402
from training import build  # noqa: E402
from training.checkpoint import read_checkpoint, write_checkpoint  # noqa: E402
from training.data import unlabelled  # noqa: E402
from training.data.augment import crop_affine  # noqa: E402
from training.data.dataset import load_image  # noqa: E402
from training.data.unlabelled import pictures_below  # noqa: E402
from training.errors import DatasetError  # noqa: E402
from training.export import export  # noqa: E402
from training.self_train import SelfTrainer  # noqa: E402
from training.spec import ExportSpec, SelfTrainSpec, parse_spec  # noqa: E402
from training.train import make_runner, train  # noqa: E402

SPEC = """
name = "ward"
[network]
name = "infant_unet"
[data]
train = ["train"]
samples_per_epoch = 4
[self_train]
pictures = ["room"]
pictures_per_step = 2
min_score = 0.01
[schedule]
epochs = 1
batch_size = 2
stages = [{until = 1.0, input_wh = [64, 64]}]
[run]
work_dir = "run"
workers = 0
"""


@pytest.fixture(scope="module")
def spec(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ward")
    write_stick_infants(folder / "train", 4)
    room = write_stick_infants(folder / "room", 4, seed=1) / "images"
    text = SPEC.replace('"train"', json.dumps(str(folder / "train")))
    return parse_spec(text.replace('"room"', json.dumps(str(room))), folder / "spec.toml")


def trainer(model, **changes):
    asked = SelfTrainSpec(pictures=(), **changes)
    return SelfTrainer(asked, model, INFANT13, CalibrationSpec())


@pytest.fixture(scope="module")
def model(spec):
    bare = spec.model_copy(update={"self_train": None})
    return build.model_for(bare)


def body():
    return torch.tensor(standing_body(), dtype=torch.float32)[None]


def test_a_limb_longer_than_infants_have_it_is_not_learned_from(model):
    sure = torch.ones(1, 13)
    assert trainer(model).allowed(body(), sure).all()
    stretched = body()
    stretched[0, INFANT13.index("left_wrist")] += 300
    allowed = trainer(model).allowed(stretched, sure)[0]
    doubtful = {INFANT13.keypoints[k] for k in range(13) if not allowed[k]}
    assert doubtful == {"left_wrist", "left_elbow"}


def test_nothing_is_learned_where_no_trunk_is_sure(model):
    sure = torch.ones(1, 13)
    sure[0, INFANT13.index("left_hip")] = 0
    assert not trainer(model).allowed(body(), sure).any()


def test_doubtful_answers_teach_nothing(model):
    strict = trainer(model, min_score=0.99)
    pictures = torch.randn(2, 3, 64, 64)
    losses = strict(model, pictures, pictures)
    assert losses["share_learned"] == 0
    assert losses["loss_self"] == 0


def test_pictures_without_labels_leave_the_statistics_of_norms_alone(model):
    teaching = trainer(model, min_score=1e-6)
    model.train()
    norm = model.backbone.stem[1]
    before = norm.running_mean.clone()
    teaching(model, torch.randn(2, 3, 64, 64), 5 + torch.randn(2, 3, 64, 64))
    assert torch.equal(norm.running_mean, before)
    assert norm.training


def test_a_single_sure_point_weighs_what_a_single_point_weighs(model):
    loose = trainer(model, min_score=1e-6)
    pictures = torch.randn(2, 3, 64, 64)
    model.eval()
    one = torch.zeros(2, 13)
    one[0, 0] = 1
    losses = []
    for mask in (one, torch.ones(2, 13)):
        loose.allowed = lambda points, sure, mask=mask: mask
        losses.append(loose(model, pictures, pictures))
    assert losses[0]["share_learned"] == pytest.approx(1 / 26)
    assert 0 < losses[0]["loss_self"] < 0.2 * losses[1]["loss_self"]


def test_only_the_pupil_learns_and_the_teacher_follows_slowly(model):
    slow = trainer(model, min_score=1e-6, keep=0.9)
    slow.allowed = lambda points, sure: torch.ones_like(sure)
    pictures = torch.randn(2, 3, 64, 64)
    model.zero_grad()
    losses = slow(model, pictures, pictures)
    losses["loss_self"].backward()
    assert losses["share_learned"] == 1
    assert model.backbone.top.weight.grad.abs().sum() > 0
    assert all(value.grad is None for value in slow.parameters())
    name = "top.weight"
    before = slow.teacher["backbone"].state_dict()[name].clone()
    with torch.no_grad():
        model.backbone.top.weight += 1
    slow(model, pictures, pictures)
    after = slow.teacher["backbone"].state_dict()[name]
    torch.testing.assert_close(after, before + 0.1, atol=1e-4, rtol=0)


def test_a_folder_without_pictures_is_named(tmp_path):
    with pytest.raises(DatasetError, match="holds no picture"):
        pictures_below((tmp_path,))


def test_without_a_box_the_picture_itself_says_how_near_to_look(spec, monkeypatch):
    sides = []
    monkeypatch.setattr(
        unlabelled,
        "crop_affine",
        lambda centre, side, *others: sides.append(side) or crop_affine(centre, side, *others),
    )
    part = spec.self_train.model_copy(update={"crop_low": 0.5, "crop_high": 0.7})
    gathering = unlabelled.UnlabelledCollate(part, spec.augment)
    rng = np.random.default_rng(0)
    longest = max(load_image(gathering.pictures[0]).shape[:2])
    for _ in range(8):
        gathering._views(rng, (64, 64))
    assert all(0.5 * longest <= side <= 0.7 * longest for side in sides)
    assert len(sides) == 8


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_read_back_from_a_folder_the_teacher_begins_as_the_settled_pupil(spec, tmp_path):
    write_checkpoint({"state_dict": build.model_for(spec).state_dict()}, tmp_path / "weights.pth")
    with_folder = spec.model_copy(update={"export": ExportSpec(out=tmp_path / "model")})
    export(with_folder, tmp_path / "weights.pth", tmp_path / "model", (64, 64))
    network = spec.network.model_copy(update={"load_from": tmp_path / "model"})
    run = spec.run.model_copy(update={"work_dir": tmp_path / "run"})
    runner, _ = make_runner(spec.model_copy(update={"network": network, "run": run}))
    ours = runner.model.backbone.state_dict()
    theirs = runner.model.self_trainer.teacher["backbone"].state_dict()
    assert all(torch.equal(value, theirs[name]) for name, value in ours.items())
    assert not torch.equal(ours["stem.1.running_mean"], torch.zeros(32))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_run_learns_from_pictures_without_labels_and_keeps_its_teacher(spec, capsys):
    often = spec.run.model_copy(update={"report_every_steps": 1})
    spec = spec.model_copy(update={"run": often})
    state = read_checkpoint(train(spec))["training_state_dict"]
    assert "self_trainer.teacher.backbone.top.weight" in state
    longer = spec.schedule.model_copy(update={"epochs": 2})
    last = train(spec.model_copy(update={"schedule": longer}), resume=True)
    assert read_checkpoint(last)["epochs"] == 2
    assert re.search(
        r"; of the points without labels \d+\.\d% learned from", capsys.readouterr().out
    )
