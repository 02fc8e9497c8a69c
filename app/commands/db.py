"""``cotside db``: how much the database holds, is it whole, back it up, bring it up to date."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from app.commands.opening import Address, AsJson, ConfigFile, address, at_the_terminal
from db import audit
from db.backup import backup as back_up
from db.check import Info, check, info
from db.engine import database_url, local_file, open_engine, sqlite_path
from db.errors import DatabaseError, Unavailable
from db.lifecycle import look_over
from db.migrations import migrate as bring_up_to_date
from db.migrations import newest_revision
from db.times import from_us

commands = typer.Typer(no_args_is_help=True, help="Look after the database.")


@commands.command("info")
def info_command(db: Address = None, config: ConfigFile = None, as_json: AsJson = False) -> None:
    """Say how much is stored: frames, bytes, bytes a frame, recordings."""
    found = info(address(db, config))
    if as_json:
        typer.echo(json.dumps(dataclasses.asdict(found)))
        return
    for line in _described(found):
        typer.echo(line)


@commands.command("check")
def check_command(db: Address = None, config: ConfigFile = None, as_json: AsJson = False) -> None:
    """Read all of the database and name its faults; exit with 1 when there are any."""
    place = address(db, config)
    with _progress("checking", hidden=as_json) as advance:
        report = check(place, advance)
    if as_json:
        typer.echo(json.dumps({**dataclasses.asdict(report), "whole": report.whole}))
    elif report.whole:
        typer.echo(f"{report.database}: whole ({report.chunks} keypoint chunks read)")
    else:
        for fault in report.faults:
            typer.echo(f"{report.database}: {fault}", err=True)
        typer.echo("Keep the file, and restore a backup (cotside db backup makes them).", err=True)
    if not report.whole:
        raise typer.Exit(1)


@commands.command("backup")
def backup_command(
    out: Annotated[Path, typer.Argument(help="The file to write; must not exist.")],
    db: Address = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Copy the database to a file, whole, also while the monitor is writing."""
    place = address(db, config)
    written = back_up(place, out)
    _note_backup(place, out)
    if as_json:
        typer.echo(json.dumps({"backup": str(out), "bytes": written}))
    else:
        typer.echo(f"{out}: {written / 1e6:.1f} MB")


@commands.command("migrate")
def migrate_command(db: Address = None, config: ConfigFile = None, as_json: AsJson = False) -> None:
    """Bring the database to this version's schema, after a backup beside it."""
    place = address(db, config)
    path = sqlite_path(database_url(place))
    if path is not None:
        if not path.exists():
            raise Unavailable(f"{path}: no such database")
        look_over(path)
    engine = open_engine(place)
    try:
        saved = bring_up_to_date(engine)
        name = str(local_file(engine) or "the database")
    finally:
        engine.dispose()
    if as_json:
        typer.echo(json.dumps({"schema": newest_revision(), "backup": saved and str(saved)}))
    elif saved is None:
        typer.echo(f"{name}: has schema {newest_revision()}, nothing to do")
    else:
        typer.echo(f"{name}: now has schema {newest_revision()}; as it was: {saved.name}")


def _note_backup(place: str, out: Path) -> None:
    """Write down that there is a copy: whoever erases an infant has to know of it."""
    engine = open_engine(place)
    try:
        detail = {"file": str(out.absolute())}
        audit.note(engine, "backed up", "database", who=at_the_terminal().name, detail=detail)
    except DatabaseError as error:
        typer.echo(f"The backup could not be noted in the audit trail: {error}", err=True)
    finally:
        engine.dispose()


def _described(found: Info) -> Iterator[str]:
    yield f"database    {found.database}"
    yield f"schema      {found.schema}"
    yield f"integrity   {found.integrity} (all of it: cotside db check)"
    yield f"cots        {found.cots}"
    yield f"recordings  {found.recordings}, {found.open_recordings} of them open"
    if found.first_us is not None:
        yield f"since       {from_us(found.first_us):%Y-%m-%d %H:%M} UTC"
    yield f"frames      {found.frames:,}"
    if found.bytes is not None and found.log_bytes is not None:
        each = "" if found.bytes_per_frame is None else f", {found.bytes_per_frame} a frame"
        yield f"bytes       {found.bytes:,}{each}; log {found.log_bytes:,}"


@contextmanager
def _progress(what: str, *, hidden: bool) -> Iterator[Callable[[int, int], None]]:
    with Progress(console=Console(stderr=True), transient=True, disable=hidden) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
