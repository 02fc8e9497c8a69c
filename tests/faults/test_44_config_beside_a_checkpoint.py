"""44. A Python config beside a checkpoint is never executed."""

import pytest


@pytest.mark.slow
def test_a_config_beside_a_checkpoint_is_not_executed(tmp_path):
    torch = pytest.importorskip("torch")
    pytest.importorskip("mmpose")
    from training import build
    from training.spec import LossSpec, NetworkSpec

    mark = tmp_path / "ran"
    model = build.build_model(NetworkSpec(name="lite_hrnet_18"), LossSpec())
    path = tmp_path / "weights.pth"
    trap = f"open({str(mark)!r}, 'w').close()"
    torch.save({"state_dict": model.state_dict(), "meta": {"config": trap, "cfg": trap}}, path)
    for name in ("weights.py", "config.py", "lite_hrnet_18.py"):
        (tmp_path / name).write_text(trap)
    build.build_model(NetworkSpec(name="lite_hrnet_18", load_from=path), LossSpec())
    assert not mark.exists()
