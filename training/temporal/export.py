"""Write a refiner as the folder that the runtime reads: ``model.onnx`` and ``manifest.json``."""

from __future__ import annotations

import hashlib
import warnings
from datetime import date
from typing import Any

import numpy as np
import onnxruntime
import torch
from torch import Tensor, nn

from pipeline.skeleton import INFANT13
from training.errors import ExportError
from training.files import write_json
from training.temporal.network import WindowRefiner
from training.temporal.spec import RefinerSpec

# The largest difference from torch, in body lengths.
PARITY_LIMIT = 1e-4
_OPSET = 17
_LICENCE = "Apache-2.0"
_TRAINED_ON = "motions of infants rendered by this project, with a detector's faults added"


def export_refiner(spec: RefinerSpec, net: nn.Module) -> dict[str, Any]:
    """Write the folder ``spec.out``; return the manifest.

    Raises ``ExportError`` where the file differs from torch by more than ``PARITY_LIMIT``.
    """
    net.eval()
    spec.out.mkdir(parents=True, exist_ok=True)
    part = spec.out / "model.part.onnx"
    frames = spec.network.frames
    names = WindowRefiner.inputs
    with warnings.catch_warnings():
        # The tracer says that the window's length becomes a constant, which is what is wanted.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            net,
            tuple(random_inputs(frames, 2, seed=0).values()),
            str(part),
            dynamo=False,
            opset_version=_OPSET,
            input_names=list(names),
            output_names=["refined"],
            dynamic_axes={name: {0: "windows"} for name in (*names, "refined")},
        )
    difference = _parity(net, part, random_inputs(frames, 3, seed=1))
    if not difference <= PARITY_LIMIT:
        part.unlink()
        raise ExportError(f"the exported file differs from torch by {difference:.1e}; not written")
    content = part.read_bytes()
    part.replace(spec.out / "model.onnx")
    manifest = {
        "format_version": 1,
        "name": spec.name,
        "version": spec.version,
        "form": spec.network.form,
        "frames": frames,
        "sha256": hashlib.sha256(content).hexdigest(),
        "keypoints": list(INFANT13.keypoints),
        "licence": _LICENCE,
        "training_data": _TRAINED_ON,
        "figures": {
            "parity_max_difference": difference,
            "bytes": len(content),
            "parameters": sum(value.numel() for value in net.parameters()),
            "exported": date.today().isoformat(),
        },
    }
    write_json(spec.out / "manifest.json", manifest)
    return manifest


def random_inputs(frames: int, windows: int, seed: int) -> dict[str, Tensor]:
    """Return inputs of the right shapes and kinds, some keypoints unseen, by name."""
    rng = np.random.default_rng(seed)
    seen = rng.uniform(size=(windows, frames, len(INFANT13))) < 0.8
    arrays = {
        "points": np.where(seen[..., None], 0.2 * rng.standard_normal((*seen.shape, 2)), 0),
        "seen": seen,
        "scores": rng.uniform(0.2, 0.9, seen.shape),
        "runs": np.zeros(seen.shape),
        "times_s": np.tile((np.arange(frames) - frames + 1) / 20, (windows, 1)),
    }
    return {name: torch.from_numpy(value.astype(np.float32)) for name, value in arrays.items()}


def _parity(net: nn.Module, path: Any, inputs: dict[str, Tensor]) -> float:
    with torch.no_grad():
        wanted = net(**inputs).numpy()
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {name: value.numpy() for name, value in inputs.items()})
    return float(np.abs(wanted - found).max())
