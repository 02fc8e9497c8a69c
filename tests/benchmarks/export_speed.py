"""Bare one-thread sessions of Lite-HRNet-18: mmpose's network as it exports, lean, and fast.

Run: ``python -W ignore -m tests.benchmarks.export_speed``. The forms take turns, so that a busy
machine is busy for all of them; compare the fastest runs.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from mmpose.registry import MODELS

from training import build
from training.graph import ExportNet, FastExportNet, name_batches, set_to_evaluate
from training.spec import LossSpec, NetworkSpec
from training.zoo import network

ROUNDS, RUNS = 6, 12


def written(net, path, size_wh, batch):
    """Export; ``batch`` None leaves it free."""
    width, height = size_wh
    set_to_evaluate(net)
    axes = {"pictures": {0: "batch"}, "heatmaps": {0: "batch"}} if batch is None else None
    torch.onnx.export(
        net,
        (torch.zeros(batch or 1, 3, height, width),),
        str(path),
        dynamo=False,
        opset_version=17,
        input_names=["pictures"],
        output_names=["heatmaps"],
        dynamic_axes=axes,
    )
    if isinstance(net, FastExportNet):
        name_batches(path)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def milliseconds(session, size_wh):
    picture = np.zeros((1, 3, size_wh[1], size_wh[0]), np.float32)
    took = []
    for _ in range(RUNS):
        # The process' own time: on a busy machine the clock also counts what others do.
        start_s = time.process_time()
        session.run(None, {"pictures": picture})
        took.append((time.process_time() - start_s) * 1e3)
    return took


def main() -> None:
    for size_wh in ((160, 160), (192, 192), (192, 256)):
        with tempfile.TemporaryDirectory() as folder:
            measure(Path(folder), size_wh)


def measure(folder, size_wh):
    model, stock = (
        build.build_model(NetworkSpec(name="lite_hrnet_18"), LossSpec()) for _ in range(2)
    )
    set_to_evaluate(model)
    stock.backbone = MODELS.build({**network("lite_hrnet_18").backbone, "type": "LiteHRNet"})
    forms = {
        "stock, batch 1": (ExportNet(stock), 1),
        "lean, free batch": (ExportNet(model), None),
        "fast, free batch": (FastExportNet(model), None),
        "fast, batch 1": (FastExportNet(model), 1),
    }
    sessions = {
        name: written(net, folder / f"{number}.onnx", size_wh, batch)
        for number, (name, (net, batch)) in enumerate(forms.items())
    }
    took = {name: [] for name in sessions}
    for _ in range(ROUNDS):
        for name, session in sessions.items():
            took[name] += milliseconds(session, size_wh)
    for name, times in took.items():
        fastest, middle = min(times), statistics.median(times)
        print(f"{size_wh[0]}x{size_wh[1]} {name}: {fastest:.2f} ms fastest, {middle:.2f} median")


if __name__ == "__main__":
    main()
