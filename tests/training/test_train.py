import csv
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("mmpose")

from tests.support.pictures import write_stick_infants  # noqa: E402
from training import hooks  # noqa: E402
from training.checkpoint import read_checkpoint  # noqa: E402
from training.errors import CheckpointError, RunError  # noqa: E402
from training.spec import parse_spec  # noqa: E402
from training.train import train  # noqa: E402

SPEC = """
name = "small"
[network]
name = "lite_hrnet_18"
[data]
train = ["train"]
val = ["val"]
samples_per_epoch = 8
[schedule]
epochs = 2
batch_size = 4
warmup_steps = 2
stages = [{until = 0.5, input_wh = [32, 32]}, {until = 1.0, input_wh = [64, 64]}]
[run]
work_dir = "WORK"
workers = 0
val_every_epochs = 2
"""

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    write_stick_infants(folder / "train", 10)
    write_stick_infants(folder / "val", 5, seed=7)
    return folder


def spec_in(folder: Path, work: str):
    return parse_spec(SPEC.replace("WORK", work), folder / "spec.toml")


@pytest.fixture(scope="module")
def finished(folder):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hooks.ReportHook.__init__, "__defaults__", (1,))
        train(spec_in(folder, "whole"))
    return folder / "whole"


def losses(work: Path) -> list[str]:
    return [row["loss"] for row in csv.DictReader((work / "log.csv").open()) if row["loss"]]


@pytest.mark.slow
def test_a_run_leaves_checkpoints_a_log_and_a_manifest(finished):
    names = {path.name for path in finished.iterdir()}
    assert {"last.pth", "best.pth", "log.csv", "run.json"} <= names
    assert len(losses(finished)) == 4
    assert read_checkpoint(finished / "last.pth")["epochs"] == 2


@pytest.mark.slow
def test_killed_and_resumed_gives_the_same_curve(folder, finished, monkeypatch):
    monkeypatch.setattr(hooks.ReportHook.__init__, "__defaults__", (1,))
    report = hooks.ReportHook.after_train_iter

    def dies_in_the_second_epoch(self, runner, *args, **kwargs):
        report(self, runner, *args, **kwargs)
        if runner.epoch == 1:
            raise KeyboardInterrupt

    spec = spec_in(folder, "killed")
    monkeypatch.setattr(hooks.ReportHook, "after_train_iter", dies_in_the_second_epoch)
    with pytest.raises(KeyboardInterrupt):
        train(spec)
    monkeypatch.setattr(hooks.ReportHook, "after_train_iter", report)
    before = losses(folder / "killed")
    train(spec, resume=True)
    assert before[:2] + losses(folder / "killed")[len(before) :] == losses(finished)
    whole, resumed = (
        read_checkpoint(folder / work / "last.pth")["state_dict"] for work in ("whole", "killed")
    )
    for name, value in whole.items():
        assert torch.allclose(value, resumed[name], atol=1e-6), name


@pytest.mark.slow
def test_resuming_without_a_checkpoint_says_so(folder):
    with pytest.raises(CheckpointError, match="there is no such checkpoint"):
        train(spec_in(folder, "nothing"), resume=True)


@pytest.mark.slow
def test_a_lost_loss_ends_the_run_with_one_line(folder):
    spec = spec_in(folder, "wild")
    wild = spec.schedule.model_copy(update={"learning_rate": 1e38, "warmup_steps": 0})
    with pytest.raises(RunError, match="the loss is nan"):
        train(spec.model_copy(update={"schedule": wild}))
