"""Store an ONNX file's weights in 16 bits: half the bytes, computed in 32 bits all the same.

A Cast before each use brings a weight back; ONNX Runtime does that once, when it loads the file.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from training.errors import ExportError

# Smaller tensors (biases, shapes) stay as they are: there is nothing to gain.
_SMALLEST = 256
_LARGEST_HALF = 65504.0


def store_in_half(path: Path, out: Path) -> None:
    """Write ``path`` with its large float32 weights as float16 to ``out``.

    Raises ``ExportError`` where a weight does not fit into 16 bits.
    """
    model = onnx.load(str(path))
    graph = model.graph
    kept, casts = [], []
    for tensor in graph.initializer:
        if tensor.data_type != TensorProto.FLOAT or np.prod(tensor.dims) < _SMALLEST:
            kept.append(tensor)
            continue
        values = numpy_helper.to_array(tensor)
        if not np.abs(values).max() < _LARGEST_HALF:
            raise ExportError(f"{tensor.name}: holds a weight that does not fit into 16 bits")
        half = f"{tensor.name}_half"
        kept.append(numpy_helper.from_array(values.astype(np.float16), half))
        casts.append(helper.make_node("Cast", [half], [tensor.name], to=TensorProto.FLOAT))
    del graph.initializer[:]
    graph.initializer.extend(kept)
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    onnx.checker.check_model(model)
    onnx.save(model, str(out))
