"""Weights in fewer bits make the file smaller and hardly move the answer."""

import numpy as np
import onnxruntime
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")

from training.compact import store_in  # noqa: E402
from training.errors import ExportError  # noqa: E402
from training.graph import write_onnx  # noqa: E402
from training.read_back import constants  # noqa: E402


def _net(scale: float = 1.0):
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Conv2d(3, 64, 3), torch.nn.Conv2d(64, 64, 3))
    net[0].weight.data *= scale
    return net.eval()


def _answer(path, pictures):
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return session.run(None, {"pictures": pictures})[0]


@pytest.mark.parametrize(("bits", "share", "limit"), [(16, 0.55, 1e-3), (8, 0.3, 1e-2)])
def test_the_file_shrinks_and_the_answer_stays(tmp_path, bits, share, limit):
    whole, less = tmp_path / "whole.onnx", tmp_path / "less.onnx"
    write_onnx(_net(), whole, (32, 32))
    store_in(bits, whole, less)
    assert less.stat().st_size < share * whole.stat().st_size
    pictures = np.random.default_rng(0).random((2, 3, 32, 32), np.float32)
    apart = np.abs(_answer(whole, pictures) - _answer(less, pictures)).max()
    assert 0 < apart < limit


def test_bytes_lie_within_half_a_step_of_each_channels_own_scale(tmp_path):
    net = _net()
    by_channel = torch.logspace(-6, 6, 64).reshape(-1, 1, 1, 1)
    net[1].weight.data *= by_channel
    whole, less = tmp_path / "whole.onnx", tmp_path / "less.onnx"
    write_onnx(net, whole, (32, 32))
    store_in(8, whole, less)
    back = {w.shape: w for w in constants(less)}[(64, 64, 3, 3)]
    wanted = net[1].weight.detach().numpy()
    largest = np.abs(wanted).max(axis=(1, 2, 3), keepdims=True)
    assert (np.abs(back - wanted) <= largest / 127 * 0.501).all()


def test_a_channel_of_zeros_stays_zero(tmp_path):
    net = _net()
    net[1].weight.data[5] = 0
    write_onnx(net, tmp_path / "whole.onnx", (32, 32))
    store_in(8, tmp_path / "whole.onnx", tmp_path / "less.onnx")
    back = {w.shape: w for w in constants(tmp_path / "less.onnx")}[(64, 64, 3, 3)]
    assert (back[5] == 0).all()
    assert np.isfinite(back).all()


def test_a_weight_too_large_for_16_bits_is_refused(tmp_path):
    write_onnx(_net(scale=1e7), tmp_path / "whole.onnx", (32, 32))
    with pytest.raises(ExportError, match="16 bits"):
        store_in(16, tmp_path / "whole.onnx", tmp_path / "half.onnx")
    assert not (tmp_path / "half.onnx").exists()
