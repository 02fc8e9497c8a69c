"""List the zoo: ``python -m training.zoo [--json] [--speed]``."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import onnxruntime
import typer
from rich.console import Console
from rich.table import Table
from torch import nn

from training import build
from training.errors import TrainingError
from training.export import exportable, write_onnx
from training.spec import LossSpec, NetworkSpec
from training.zoo import NETWORKS, network
from training.zoo.count import count

_INPUT_WH = (192, 256)
_RUNS = 15


def bare_session_ms(model: nn.Module, input_wh: tuple[int, int] = _INPUT_WH) -> float:
    """Return the median milliseconds of a bare one-thread session on one picture."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        write_onnx(exportable(model), path, input_wh)
        session = onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )
    picture = np.zeros((1, 3, input_wh[1], input_wh[0]), np.float32)
    took_ms = []
    for _ in range(_RUNS):
        start_s = time.perf_counter()
        session.run(None, {"pictures": picture})
        took_ms.append((time.perf_counter() - start_s) * 1e3)
    return float(np.median(took_ms))


def describe(name: str, *, speed: bool) -> dict[str, Any]:
    """Return what is known of a network, counted as its authors did (COCO's 17 points)."""
    entry = network(name)
    model = build.build_model(NetworkSpec(name=name, skeleton="coco17"), LossSpec())
    cost = count(model, _INPUT_WH)
    row = {
        "name": name,
        "parameters": cost.parameters,
        "convolution_macs": cost.convolution_macs,
        "flops": cost.published_unit(entry),
        "published_parameters_m": entry.published.parameters_m,
        "published_flops": entry.published.flops,
        "published_coco_ap": entry.published.coco_ap,
        "code_licence": entry.code_licence,
        "weights_licence": entry.weights_licence,
    }
    if speed:
        row["bare_session_ms"] = round(bare_session_ms(model), 2)
    return row


def main(
    as_json: Annotated[bool, typer.Option("--json", help="print JSON, for machines")] = False,
    speed: Annotated[bool, typer.Option(help="export each and time a bare session")] = True,
) -> None:
    """List the networks with what they cost, beside the published figures."""
    try:
        rows = [describe(name, speed=speed) for name in NETWORKS]
    except TrainingError as error:
        typer.echo(f"cotside: {error}", err=True)
        sys.exit(1)
    if as_json:
        typer.echo(json.dumps(rows))
        return
    table = Table("network", "parameters", "flops", "published", "AP", "licence", "session ms")
    for row in rows:
        published = f"{row['published_parameters_m'] or '–'}M / {row['published_flops'] or '–'}"
        table.add_row(
            row["name"],
            f"{row['parameters'] / 1e6:.3f}M",
            row["flops"],
            published,
            row["published_coco_ap"] or "–",
            f"{row['code_licence']} / {row['weights_licence']}",
            str(row.get("bare_session_ms", "–")),
        )
    Console().print(table)


if __name__ == "__main__":
    typer.run(main)
