import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("mmpose")

from training.checkpoint import load_weights, read_state, write_checkpoint  # noqa: E402
from training.errors import CheckpointError, RunError  # noqa: E402


def test_only_tensors_that_fit_are_taken_and_the_rest_is_named(tmp_path):
    net = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Linear(3, 4))
    state = {"0.weight": torch.ones(3, 2), "1.weight": torch.ones(17, 3)}
    write_checkpoint({"state_dict": state}, tmp_path / "a.pth")
    matched, missing = load_weights(net, tmp_path / "a.pth")
    assert matched == ["0.weight"]
    assert missing == ["0.bias", "1.bias", "1.weight"]
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
