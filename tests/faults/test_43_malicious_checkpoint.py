"""43. A malicious .pth: the runtime has no loader; training reads tensors only."""

import pickle
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


class _Payload:
    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self):
        return (Path.touch, (self.mark,))


def test_loading_a_malicious_checkpoint_runs_nothing(tmp_path):
    torch = pytest.importorskip("torch")
    pytest.importorskip("mmpose")
    from training.checkpoint import read_state
    from training.errors import CheckpointError

    mark, bad = tmp_path / "ran", tmp_path / "bad.pth"
    torch.save({"state_dict": {"a": torch.ones(1)}, "extra": _Payload(mark)}, bad)
    with pytest.raises(CheckpointError, match="more than tensors"):
        read_state(bad)
    assert not mark.exists()
    # The payload does work, so that the refusal above means something.
    pickle.loads(pickle.dumps(_Payload(mark)))
    assert mark.exists()


@pytest.mark.parametrize("room", ["app", "pipeline", "db"])
def test_the_runtime_reads_no_pickles(room):
    for path in (ROOT / room).rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert "import pickle" not in text, path
        assert "torch.load" not in text, path
        assert "allow_pickle=True" not in text, path


def test_training_never_loads_more_than_tensors():
    for path in (ROOT / "training").rglob("*.py"):
        for line in path.read_text(encoding="utf-8").splitlines():
            if "torch.load(" in line:
                assert "weights_only=True" in line, f"{path}: {line}"
