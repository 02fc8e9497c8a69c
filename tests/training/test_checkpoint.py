import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("mmpose")

from mmengine.logging import MMLogger  # noqa: E402
from mmpose.registry import MODELS  # noqa: E402

from pipeline.skeleton import COCO17, INFANT13  # noqa: E402
from training import build  # noqa: E402
from training.checkpoint import load_weights, read_state, write_checkpoint  # noqa: E402
from training.errors import CheckpointError, RunError  # noqa: E402
from training.spec import LossSpec, NetworkSpec  # noqa: E402
from training.zoo import network  # noqa: E402

# A network's stock head in mmpose, whose names and shapes published files have.
STOCK_HEADS = {
    "hrnet_w18": {"type": "HeatmapHead", "in_channels": 18, "deconv_out_channels": None},
    "naive_lite_hrnet_18": {"type": "HeatmapHead", "in_channels": 30, "deconv_out_channels": None},
    "simple_baseline_r50": {"type": "HeatmapHead", "in_channels": 2048},
    "rtmpose_s": {
        **network("rtmpose_s").head,
        "type": "RTMCCHead",
        "in_channels": 512,
        "input_size": (192, 256),
        "in_featuremap_size": (6, 8),
    },
}


def published_state(name):
    """Return tensors as mmpose's own estimator of 17 points names and shapes them."""
    MMLogger.get_current_instance().setLevel("WARNING")
    stock = MODELS.build(
        {
            "type": "TopdownPoseEstimator",
            "backbone": network(name).backbone,
            "head": {**STOCK_HEADS[name], "out_channels": 17},
        }
    )
    state = stock.state_dict()
    rows = torch.arange(17.0)
    weight = state["head.final_layer.weight"]
    weight.copy_(rows.reshape(-1, 1, 1, 1).expand_as(weight))
    state["head.final_layer.bias"].copy_(rows)
    return state


@pytest.mark.slow
@pytest.mark.parametrize("name", STOCK_HEADS)
def test_a_published_file_is_taken_whole_and_its_head_by_keypoint_name(name, tmp_path):
    write_checkpoint({"state_dict": published_state(name), "meta": {}}, tmp_path / "a.pth")
    model = build.construct(NetworkSpec(name=name), LossSpec())
    loaded = load_weights(model, tmp_path / "a.pth")
    assert loaded.mapped == ["head.final_layer.bias", "head.final_layer.weight"]
    assert not loaded.refused
    assert not loaded.unknown
    assert not loaded.untouched
    by_name = [float(COCO17.index(point)) for point in INFANT13.keypoints]
    assert model.head.final_layer.bias.tolist() == by_name
    assert model.head.final_layer.weight[:, 0, 0, 0].tolist() == by_name
    assert "2 keypoints chosen by name" in loaded.lines()[1]


@pytest.mark.slow
def test_names_of_mmpose_0_are_understood(tmp_path):
    state = {
        name.replace("head.final", "keypoint_head.final"): value
        for name, value in published_state("hrnet_w18").items()
    }
    write_checkpoint({"state_dict": state}, tmp_path / "a.pth")
    model = build.construct(NetworkSpec(name="hrnet_w18"), LossSpec())
    assert len(load_weights(model, tmp_path / "a.pth").mapped) == 2


def test_only_tensors_that_fit_are_taken_and_the_rest_is_named(tmp_path):
    net = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Linear(3, 4))
    state = {"0.weight": torch.ones(3, 2), "1.weight": torch.ones(17, 3), "2.bias": torch.ones(1)}
    write_checkpoint({"state_dict": state}, tmp_path / "a.pth")
    loaded = load_weights(net, tmp_path / "a.pth")
    assert loaded.taken == ["0.weight"]
    assert loaded.refused == ["1.weight"]
    assert loaded.unknown == ["2.bias"]
    assert loaded.untouched == ["0.bias", "1.bias", "1.weight"]
    assert net[0].weight.eq(1).all()


def test_a_checkpoint_of_another_network_is_refused(tmp_path):
    write_checkpoint({"state_dict": {"other": torch.ones(1)}}, tmp_path / "a.pth")
    with pytest.raises(CheckpointError, match="none of its 1 tensors fits"):
        load_weights(torch.nn.Linear(1, 1), tmp_path / "a.pth")


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", b"PK\x03\x04cut"])
def test_a_cut_file_is_refused_in_one_line(tmp_path, content):
    path = tmp_path / "cut.pth"
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"cut\.pth"):
        read_state(path)


def test_a_full_disk_keeps_the_checkpoint_before(tmp_path, monkeypatch):
    path = tmp_path / "last.pth"
    write_checkpoint({"state_dict": {"a": torch.ones(1)}}, path)

    def full(content, file):
        file.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(RunError, match="the one before it is kept"):
        write_checkpoint({"state_dict": {"a": torch.zeros(1)}}, path)
    monkeypatch.undo()
    assert read_state(path)["a"].item() == 1
    assert [entry.name for entry in tmp_path.iterdir()] == ["last.pth"]
