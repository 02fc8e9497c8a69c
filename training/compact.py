"""Store an ONNX file's weights in 16 or 8 bits: fewer bytes, computed in 32 bits all the same.

What stands before each use brings a weight back; ONNX Runtime does that once, when it loads the
file. In 8 bits each output channel of a weight has its own scale (Jacob et al. 2018).
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

from training.errors import ExportError

Bits = Literal[8, 16]

# Smaller tensors (biases, shapes) stay as they are: there is nothing to gain.
_SMALLEST = 256
# Smaller ones go no further than 16 bits: a first and a last layer are told by every bit.
_SMALLEST_IN_BYTES = 16_384
_LARGEST_HALF = 65504.0
_LARGEST_BYTE = 127


def store_in(bits: Bits, path: Path, out: Path) -> None:
    """Write ``path`` with its large float32 weights in 16 or 8 bits to ``out``.

    Raises ``ExportError`` where a weight does not fit into 16 bits.
    """
    model = onnx.load(str(path))
    graph = model.graph
    kept: list[TensorProto] = []
    nodes: list[NodeProto] = []
    for tensor in graph.initializer:
        size = np.prod(tensor.dims)
        if tensor.data_type != TensorProto.FLOAT or size < _SMALLEST:
            kept.append(tensor)
            continue
        values = numpy_helper.to_array(tensor)
        if not np.abs(values).max() < _LARGEST_HALF:
            raise ExportError(f"{tensor.name}: holds a weight that does not fit into 16 bits")
        in_bytes = bits == 8 and size >= _SMALLEST_IN_BYTES
        stored, back = (_bytes if in_bytes else _half)(tensor.name, values)
        kept += stored
        nodes += back
    del graph.initializer[:]
    graph.initializer.extend(kept)
    nodes.extend(graph.node)
    del graph.node[:]
    graph.node.extend(nodes)
    onnx.checker.check_model(model)
    onnx.save(model, str(out))


def _half(name: str, values: NDArray[np.float32]) -> tuple[list[TensorProto], list[NodeProto]]:
    half = f"{name}_half"
    stored = numpy_helper.from_array(values.astype(np.float16), half)
    return [stored], [helper.make_node("Cast", [half], [name], to=TensorProto.FLOAT)]


def _bytes(name: str, values: NDArray[np.float32]) -> tuple[list[TensorProto], list[NodeProto]]:
    """Return a weight as bytes with a scale for each of its first axis, and what undoes that."""
    largest = np.abs(values).max(axis=tuple(range(1, values.ndim)), keepdims=True)
    scale = np.where(largest > 0, largest / _LARGEST_BYTE, 1.0).astype(np.float32)
    rounded = np.rint(values / scale).clip(-_LARGEST_BYTE, _LARGEST_BYTE).astype(np.int8)
    byte, wide, by = f"{name}_byte", f"{name}_wide", f"{name}_scale"
    stored = [numpy_helper.from_array(rounded, byte), numpy_helper.from_array(scale, by)]
    cast = helper.make_node("Cast", [byte], [wide], to=TensorProto.FLOAT)
    return stored, [cast, helper.make_node("Mul", [wide, by], [name])]
