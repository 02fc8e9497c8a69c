"""``cotside models``: which models there are, which is in use, and the gate between."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine

from app.commands.opening import Address, AsJson, ConfigFile, at_the_terminal
from db.lifecycle import open_database
from pipeline.errors import ModelError
from pipeline.models.registry import KnownModel, ModelRegistry
from pipeline.settings import load_settings

commands = typer.Typer(no_args_is_help=True, help="Keep models, and choose the one in use.")

_Model = Annotated[str, typer.Argument(help="The model's id, as `list` shows it.")]


@commands.command("list")
def list_command(db: Address = None, config: ConfigFile = None, as_json: AsJson = False) -> None:
    """List the models; the one in use is marked."""
    models = _registry(db, config).models()
    if as_json:
        typer.echo(json.dumps([_row(known) for known in models]))
        return
    table = Table("", "id", "name", "version", "keypoints", "input", "licence")
    for known in models:
        manifest = known.manifest
        if manifest is None:
            table.add_row("!", known.id, known.fault)
            continue
        table.add_row(
            "●" if known.in_use else "",
            known.id,
            manifest.name,
            manifest.version,
            str(len(manifest.skeleton.keypoints)),
            f"{manifest.input.width}×{manifest.input.height}",
            manifest.licence,
        )
    Console().print(table)


@commands.command("show")
def show_command(
    model: _Model, db: Address = None, config: ConfigFile = None, as_json: AsJson = False
) -> None:
    """Show what a model says of itself: its manifest, or its card."""
    known = _registry(db, config).model(model)
    if known.manifest is None:
        raise ModelError(known.fault)
    card = known.folder / "CARD.md"
    if as_json or not card.is_file():
        typer.echo(json.dumps(_row(known), indent=None if as_json else 1, ensure_ascii=False))
    else:
        typer.echo(card.read_text(encoding="utf-8"))


@commands.command("add")
def add_command(
    folder: Annotated[Path, typer.Argument(help="A model folder, as `cotside export` makes it.")],
    db: Address = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Check a model folder and copy it into the registry; it is not in use yet."""
    registry = _registry(db, config)
    model_id = registry.add(folder)
    _say({"added": model_id}, f"{model_id}: added; take it into use with promote", as_json)


@commands.command("promote")
def promote_command(
    model: _Model,
    despite: Annotated[
        str | None, typer.Option(help="Promote though the gate is closed; give the reason.")
    ] = None,
    db: Address = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Take a model into use when it passes the gate; a running monitor changes by itself.

    The gate asks for parity of the export, every stratum, calibration and latency.
    """
    from app.promotion import promote

    with _opened(db, config) as (registry, engine):
        promotion = promote(registry, engine, model, at_the_terminal(), despite)
    if as_json:
        found = [asdict(finding) for finding in promotion.findings]
        typer.echo(json.dumps({"promoted": promotion.is_done, "findings": found}))
    else:
        for finding in promotion.findings:
            typer.echo(
                f"{'passed' if finding.passed else 'FAILED'}  {finding.check}: {finding.line}"
            )
        typer.echo(f"{model}: {'is in use now' if promotion.is_done else 'not promoted'}")
    if not promotion.is_done:
        raise typer.Exit(1)


@commands.command("rollback")
def rollback_command(
    db: Address = None, config: ConfigFile = None, as_json: AsJson = False
) -> None:
    """Go back to the model that was in use before."""
    from app.promotion import roll_back

    with _opened(db, config) as (registry, engine):
        before = roll_back(registry, engine, at_the_terminal())
    _say({"in_use": before}, f"{before}: is in use again", as_json)


def _registry(db: str | None, config: Path | None) -> ModelRegistry:
    settings = load_settings(config)
    if db is not None:
        settings = settings.model_copy(update={"database": db})
    return ModelRegistry.under(settings.data_path)


@contextmanager
def _opened(db: str | None, config: Path | None) -> Iterator[tuple[ModelRegistry, Engine]]:
    engine = open_database(db or load_settings(config).database)
    try:
        yield _registry(db, config), engine
    finally:
        engine.dispose()


def _row(known: KnownModel) -> dict[str, Any]:
    manifest = None if known.manifest is None else known.manifest.model_dump(mode="json")
    return {
        "id": known.id,
        "in_use": known.in_use,
        "folder": str(known.folder),
        "fault": known.fault,
        "manifest": manifest,
    }


def _say(values: dict[str, Any], line: str, as_json: bool) -> None:
    typer.echo(json.dumps(values) if as_json else line)
