"""Pictures composed while training: anew each epoch, and other ones in each process."""

import numpy as np
import pytest

pytest.importorskip("torch", reason="the training group is not installed")
pytest.importorskip("mmpose", reason="the training group is not installed")

from training import build
from training.spec import parse_spec
from training.synthetic.bodies import write_shard

SPEC = """
name = "composed"
[network]
name = "infant_unet"
[data]
samples_per_epoch = 8
[compose]
bodies = "bodies"
echo = 1
store = 64
[schedule]
batch_size = 4
stages = [{until = 1.0, input_wh = [64, 64]}]
[run]
work_dir = "run"
workers = 0
"""


@pytest.fixture(scope="module")
def spec(tmp_path_factory):
    folder = tmp_path_factory.mktemp("composed")
    (folder / "bodies").mkdir()
    write_shard(folder / "bodies" / "bodies_0000000.npy", first=0, count=2)
    return parse_spec(SPEC, folder / "spec.toml")


def pictures(spec, epoch=0):
    loader = build.train_loader(spec)
    loader.dataset.epoch = epoch
    return np.concatenate([batch["inputs"].numpy() for batch in loader])


def test_an_epoch_can_be_composed_again_and_the_next_is_another(spec):
    first = pictures(spec)
    assert len(first) == 8
    assert np.array_equal(first, pictures(spec))
    assert not np.array_equal(first, pictures(spec, epoch=1))


def test_processes_that_train_together_share_an_epoch_and_compose_pictures_of_their_own(
    spec, monkeypatch
):
    monkeypatch.setattr(build, "get_world_size", lambda: 2)
    own = []
    for rank in (0, 1):
        monkeypatch.setattr(build, "get_rank", lambda rank=rank: rank)
        own.append(pictures(spec))
    assert [len(shown) for shown in own] == [4, 4]
    assert all(not np.array_equal(mine, other) for mine in own[0] for other in own[1])
