from types import SimpleNamespace

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("mmpose")

from training.data.dataset import EpochSampler  # noqa: E402
from training.hooks import KeepHook, ScheduleHook, scaled_rate  # noqa: E402
from training.spec import ScheduleSpec  # noqa: E402


@pytest.mark.parametrize(
    ("batch", "accumulate", "world", "base", "rate"),
    [(32, 1, 1, None, 1.0), (32, 1, 1, 64, 0.5), (32, 4, 1, 64, 2.0), (32, 1, 8, 64, 4.0)],
)
def test_the_rate_follows_the_pictures_a_step(batch, accumulate, world, base, rate):
    schedule = ScheduleSpec(
        batch_size=batch, accumulate=accumulate, base_batch=base, learning_rate=1.0
    )
    assert scaled_rate(schedule, world) == rate


def test_processes_share_an_epoch_and_no_picture_is_seen_twice():
    pictures = list(range(23))
    alone = list(EpochSampler(pictures, 20, seed=1))
    shares = [list(EpochSampler(pictures, 20, seed=1, rank=r, world=3)) for r in range(3)]
    assert [len(share) for share in shares] == [6, 6, 6]
    together = [position for share in shares for position in share]
    assert len(set(together)) == 18
    assert set(together) <= set(alone)


def keeper(tmp_path, monkeypatch, patience):
    schedule = ScheduleHook(ScheduleSpec(patience=patience))
    hook = KeepHook(tmp_path, schedule, SimpleNamespace(average={}))
    monkeypatch.setattr(hook, "_content", lambda runner, epochs_done: {"epochs": epochs_done})
    return hook, SimpleNamespace(epoch=1, train_loop=SimpleNamespace(stop_training=False))


def test_a_run_that_gets_no_better_ends_and_keeps_its_best(tmp_path, monkeypatch):
    hook, runner = keeper(tmp_path, monkeypatch, patience=2)
    stopped = []
    for figure in (0.1, 0.3, 0.3, 0.2):
        hook.after_val_epoch(runner, {"trunk/PCK@0.1": figure})
        stopped.append(runner.train_loop.stop_training)
    assert stopped == [False, False, False, True]
    assert hook.best == 0.3
    assert (tmp_path / "best.pth").is_file()


def test_without_patience_a_run_goes_on(tmp_path, monkeypatch):
    hook, runner = keeper(tmp_path, monkeypatch, patience=None)
    for _ in range(30):
        hook.after_val_epoch(runner, {"trunk/PCK@0.1": 0.1})
    assert not runner.train_loop.stop_training
