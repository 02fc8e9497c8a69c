"""Weights in 16 bits halve the file and hardly move the answer."""

import numpy as np
import onnxruntime
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")

from training.compact import store_in_half  # noqa: E402
from training.errors import ExportError  # noqa: E402
from training.graph import write_onnx  # noqa: E402


def _net(scale: float = 1.0):
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Conv2d(3, 64, 3), torch.nn.Conv2d(64, 64, 3))
    net[0].weight.data *= scale
    return net.eval()


def _answer(path, pictures):
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return session.run(None, {"pictures": pictures})[0]


def test_the_file_halves_and_the_answer_stays(tmp_path):
    whole, half = tmp_path / "whole.onnx", tmp_path / "half.onnx"
    write_onnx(_net(), whole, (32, 32))
    store_in_half(whole, half)
    assert half.stat().st_size < 0.55 * whole.stat().st_size
    pictures = np.random.default_rng(0).random((2, 3, 32, 32), np.float32)
    assert np.abs(_answer(whole, pictures) - _answer(half, pictures)).max() < 1e-3


def test_a_weight_too_large_for_16_bits_is_refused(tmp_path):
    write_onnx(_net(scale=1e7), tmp_path / "whole.onnx", (32, 32))
    with pytest.raises(ExportError, match="16 bits"):
        store_in_half(tmp_path / "whole.onnx", tmp_path / "half.onnx")
    assert not (tmp_path / "half.onnx").exists()
