"""``cotside bench``: what each stage of the live path costs on this machine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from pipeline.settings import Provider

DEMO_CLIP = Path(__file__).parents[1] / "demo" / "clips" / "well_lit.mp4"


def bench(
    clip: Annotated[Path, typer.Option(help="What to play.", show_default="a demo clip")] = (
        DEMO_CLIP
    ),
    model: Annotated[
        Path | None, typer.Option(help="Model folder.", show_default="the bundled one")
    ] = None,
    provider: Annotated[Provider, typer.Option(help="Where the network runs.")] = "cpu",
    threads: Annotated[int, typer.Option(min=1, max=64, help="Threads of the session.")] = 1,
    frames: Annotated[int, typer.Option(min=1, help="Frames to play.")] = 300,
    as_json: Annotated[bool, typer.Option("--json", help="For a machine to read.")] = False,
) -> None:
    """Measure the cost of each stage, beside the bare session, in one run."""
    from pipeline.bench import run_bench
    from pipeline.models.session import load_model

    figures = run_bench(clip, load_model(model, provider, threads=threads), frames, "one_euro")
    if as_json:
        typer.echo(json.dumps(figures))
        return
    table = Table("stage", "ms a frame", title=f"{figures['model']}, {figures['provider']}")
    stages = figures["stages"]
    if isinstance(stages, dict):
        for name, cost_ms in stages.items():
            table.add_row(name, f"{cost_ms:.2f}")
    table.add_section()
    table.add_row("whole path", f"{figures['whole_path_ms']:.2f}")
    table.add_row("bare session", f"{figures['bare_session_ms']:.2f}")
    table.add_row("ratio", f"{figures['ratio']:.2f}")
    Console().print(table)
