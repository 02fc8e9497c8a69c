import copy

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("mmpose")

from pipeline.skeleton import INFANT13  # noqa: E402
from tests.support.pictures import write_stick_infants  # noqa: E402
from training import build  # noqa: E402
from training.data.dataset import TrainPictures, collate  # noqa: E402
from training.norms import norms_at_rest, norms_of  # noqa: E402
from training.spec import AugmentSpec, LossSpec, NetworkSpec, TemporalSpec  # noqa: E402


def test_norms_at_rest_learn_nothing_and_learn_again_after():
    net = torch.nn.Sequential(torch.nn.BatchNorm2d(3), torch.nn.BatchNorm2d(3).eval())
    with norms_at_rest(net):
        net(5 + torch.randn(2, 3, 4, 4))
    assert all(norm.running_mean.eq(0).all() for _, norm in norms_of(net))
    assert [norm.training for _, norm in norms_of(net)] == [True, False]


def test_clips_without_labels_leave_the_statistics_to_the_labelled_pictures(tmp_path):
    folder = write_stick_infants(tmp_path / "train", 2)
    pictures = TrainPictures((folder,), INFANT13, AugmentSpec(), (64, 64))
    batch = collate([pictures[0], pictures[1]])
    loss = LossSpec(temporal=TemporalSpec(min_confidence=0.0))
    bare = build.construct(NetworkSpec(name="infant_unet"), loss, (64, 64))
    bare.train()
    beside = copy.deepcopy(bare)
    inputs = batch["inputs"].float()
    assert "loss_temporal" not in bare(inputs, batch["data_samples"], mode="loss")
    clips = 5 + torch.randn(1, 4, 3, 64, 64)
    assert "loss_temporal" in beside(inputs, batch["data_samples"], mode="loss", clips=clips)
    means = [[norm.running_mean for _, norm in norms_of(net)] for net in (bare, beside)]
    assert all(torch.equal(ours, theirs) for ours, theirs in zip(*means, strict=True))
    assert not means[0][0].eq(0).all()
