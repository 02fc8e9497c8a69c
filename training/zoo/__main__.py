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
from training.graph import exportable, write_onnx
from training.spec import LossSpec, NetworkSpec
from training.zoo import NETWORKS, Network, network
from training.zoo.classifier import CLASSIFIER_INPUT_WH, Classifier
from training.zoo.count import Cost, count

_INPUT_WH = (192, 256)
_RUNS = 15


def bare_session_ms(model: nn.Module, input_wh: tuple[int, int] = _INPUT_WH) -> float:
    """Return the median milliseconds of a bare one-thread session on one picture."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        write_onnx(exportable(model), path, input_wh, model.head.output_names)
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


def cost_as_published(entry: Network) -> Cost:
    """Count a network with COCO's 17 points, in the form and at the size of its paper."""
    if entry.published.classifier:
        return count(Classifier(entry.backbone), CLASSIFIER_INPUT_WH)
    input_wh = entry.published.input_wh
    spec = NetworkSpec(name=entry.name, skeleton="coco17")
    return count(build.construct(spec, LossSpec(), input_wh), input_wh)


def describe(name: str, *, speed: bool) -> dict[str, Any]:
    """Return what is known of a network: with 13 points at 256×192, and beside its paper."""
    entry = network(name)
    model = build.construct(NetworkSpec(name=name), LossSpec(), _INPUT_WH)
    cost, compared = count(model, _INPUT_WH), cost_as_published(entry)
    row = {
        "name": name,
        "parameters": cost.parameters,
        "macs": cost.macs,
        "as_published_parameters": compared.parameters,
        "as_published_flops": compared.published_unit(entry),
        "published_parameters_m": entry.published.parameters_m,
        "published_flops": entry.published.flops,
        "published_form": _form(entry),
        "published_coco_ap": entry.published.coco_ap,
        "code_licence": entry.code_licence,
        "weights_licence": entry.weights_licence,
    }
    if speed:
        row["bare_session_ms"] = round(bare_session_ms(model), 2)
    return row


def _form(entry: Network) -> str:
    if entry.published.classifier:
        return "classifier at 224×224"
    width, height = entry.published.input_wh
    return f"17 points at {height}×{width}"


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
    Console().print(_table(rows))


def _table(rows: list[dict[str, Any]]) -> Table:
    table = Table(title="13 keypoints at 256×192; beside it each paper's own form and count")
    for heading in ("network", "parameters", "MACs", "session ms", "counted / published", "AP"):
        table.add_column(heading)
    table.add_column("licence: code / weights")
    for row in rows:
        counted = f"{row['as_published_parameters'] / 1e6:.2f}M {row['as_published_flops']}"
        known = row["published_flops"] is not None
        published = f"{row['published_parameters_m']}M {row['published_flops']}" if known else "–"
        table.add_row(
            row["name"],
            f"{row['parameters'] / 1e6:.2f}M",
            f"{row['macs'] / 1e6:.0f}M",
            str(row.get("bare_session_ms", "–")),
            f"{counted} / {published} ({row['published_form']})",
            row["published_coco_ap"] or "–",
            f"{row['code_licence']} / {row['weights_licence']}",
        )
    return table


if __name__ == "__main__":
    typer.run(main)
