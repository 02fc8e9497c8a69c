import csv
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("mmpose")

from tests.support.clips import write_clip  # noqa: E402
from tests.support.pictures import write_stick_infants  # noqa: E402
from training import hooks  # noqa: E402
from training.checkpoint import read_checkpoint  # noqa: E402
from training.errors import CheckpointError, RunError  # noqa: E402
from training.heads import InfantEstimator  # noqa: E402
from training.spec import LossSpec, MorphologySpec, TemporalSpec, parse_spec  # noqa: E402
from training.train import train, write_run_manifest  # noqa: E402

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
report_every_steps = 1
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


def test_the_manifest_names_the_very_weights_that_a_run_began_with(folder):
    (folder / "begun").mkdir()
    (folder / "adults.pth").write_bytes(b"weights")
    spec = spec_in(folder, "begun")
    for source, sha256 in ((None, None), ("adults.pth", hashlib.sha256(b"weights").hexdigest())):
        path = None if source is None else folder / source
        network = spec.network.model_copy(update={"load_from": path})
        write_run_manifest(spec.model_copy(update={"network": network}), 10)
        manifest = json.loads((folder / "begun" / "run.json").read_text())
        assert manifest["load_from_sha256"] == sha256


@pytest.mark.slow
def test_killed_and_resumed_gives_the_same_curve(folder, finished, monkeypatch):
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


@pytest.mark.slow
@pytest.mark.timeout(600)  # two times two processes that import torch
def test_two_processes_train_one_network_and_resume_it(folder, tmp_path):
    path = tmp_path / "spec.toml"
    text = SPEC.replace('"train"', json.dumps(str(folder / "train")))
    text = text.replace('"val"', json.dumps(str(folder / "val"))).replace("WORK", "together")
    path.write_text(text.replace("batch_size = 4", "batch_size = 2"))
    torchrun = [sys.executable, "-W", "ignore", "-m", "torch.distributed.run", "--standalone"]
    command = [*torchrun, "--nproc-per-node", "2", "-m", "training.train", str(path)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    for arguments, epochs in (([], 2), (["--resume"], 3)):
        path.write_text(path.read_text().replace("epochs = 2", f"epochs = {epochs}"))
        done = subprocess.run(
            [*command, *arguments], capture_output=True, text=True, env=environment, check=False
        )
        assert done.returncode == 0, done.stderr[-2000:]
        content = read_checkpoint(tmp_path / "together" / "last.pth")
        assert (content["epochs"], content["steps"]) == (epochs, 2 * epochs)
    assert json.loads((tmp_path / "together" / "run.json").read_text())["processes"] == 2
    assert not any(name.startswith("module.") for name in content["state_dict"])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("error", "said"),
    [
        (torch.OutOfMemoryError("CUDA out of memory"), "halve schedule.batch_size"),
        (OSError(28, "No space left on device"), "No space left on device; the last checkpoint"),
    ],
    ids=["memory", "disk"],
)
def test_what_ends_a_run_is_one_line_and_the_last_good_checkpoint_stays(
    folder, monkeypatch, error, said
):
    spec = spec_in(folder, f"ended_{type(error).__name__}")
    report = hooks.ReportHook.after_train_iter

    def fails_in_the_second_epoch(self, runner, *args, **kwargs):
        report(self, runner, *args, **kwargs)
        if runner.epoch == 1:
            raise error

    monkeypatch.setattr(hooks.ReportHook, "after_train_iter", fails_in_the_second_epoch)
    with pytest.raises(RunError, match=said):
        train(spec)
    assert read_checkpoint(spec.run.work_dir / "last.pth")["epochs"] == 1


@pytest.mark.slow
def test_clips_without_labels_are_learned_from_and_accumulation_halves_the_steps(folder, tmp_path):
    (tmp_path / "clips").mkdir()
    write_clip(tmp_path / "clips" / "one.mp4", n_frames=9, size_wh=(64, 48))
    spec = spec_in(folder, "clips")
    data = spec.data.model_copy(update={"clips": (tmp_path / "clips",), "clip_frames": 4})
    loss = LossSpec(
        morphology=MorphologySpec(clip=1.0, learn_from=5),
        temporal=TemporalSpec(min_confidence=0.0, tolerance=0.0),
    )
    schedule = spec.schedule.model_copy(update={"accumulate": 2, "epochs": 1})
    spec = spec.model_copy(update={"data": data, "loss": loss, "schedule": schedule})
    seen = []
    forward = InfantEstimator.forward

    def listens(self, *args, **kwargs):
        result = forward(self, *args, **kwargs)
        if kwargs.get("mode") == "loss":
            seen.append(set(result))
        return result

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(InfantEstimator, "forward", listens)
        last = train(spec)
    wanted = {"loss_keypoints", "loss_morphology", "loss_morphology_clip", "loss_temporal"}
    assert seen == [wanted, wanted]
    content = read_checkpoint(last)
    assert content["optimizer"]["state"][0]["step"] == 1
    assert torch.isfinite(content["state_dict"]["head.morphology.residual_limit"])
