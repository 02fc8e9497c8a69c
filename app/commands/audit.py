"""``cotside audit``: is the trail whole, and a copy of it."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Annotated

import typer

from app.commands.opening import Address, AsJson, ConfigFile, at_the_terminal, opened
from db import audit
from db.audit import Head, Verdict
from db.errors import Unavailable

commands = typer.Typer(no_args_is_help=True, help="Look after the audit trail.")


@commands.command("verify")
def verify(
    db: Address = None,
    config: ConfigFile = None,
    head: Annotated[
        str | None,
        typer.Option(help="A head noted earlier (NUMBER:HASH) that the trail must still contain."),
    ] = None,
    file: Annotated[
        Path | None, typer.Option(help="An exported trail in place of a database.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Walk the whole trail; name the first broken entry and exit with 1 if there is one."""
    noted = _read_head(head)
    if file is not None:
        verdict = audit.verify_lines(_lines(file), noted)
    else:
        with opened(db, config) as engine:
            verdict = audit.verify(engine, noted)
    if as_json:
        typer.echo(json.dumps({**dataclasses.asdict(verdict), "whole": verdict.whole}))
    elif verdict.whole:
        typer.echo(f"whole: {verdict.head.number} entries, head {verdict.head}")
        typer.echo("Note the head elsewhere; --head proves later that nothing before it changed.")
    else:
        typer.echo(f"BROKEN: {verdict.line}", err=True)
    if not verdict.whole:
        raise typer.Exit(1)


@commands.command("export")
def export(
    out: Annotated[Path, typer.Option("--out", help="The file to write; must not exist.")],
    db: Address = None,
    config: ConfigFile = None,
) -> None:
    """Write the whole trail as JSON lines, which `audit verify --file` checks anywhere."""
    if out.exists():
        raise Unavailable(f"{out}: is there already; name another file")
    part = out.with_name(f".{out.name}.part")
    with opened(db, config) as engine:
        audit.note(engine, "exported", "audit", who=at_the_terminal().name)
        verdict = _checked(audit.verify(engine))
        try:
            with part.open("w", encoding="utf-8") as file:
                file.writelines(audit.lines_of(engine))
            part.rename(out)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise Unavailable(f"{out}: cannot be written: {error.strerror}") from None
    typer.echo(f"{out}: {verdict.head.number} entries, head {verdict.head}")


def _checked(verdict: Verdict) -> Verdict:
    """Warn of a broken trail; it is exported all the same, as evidence."""
    if not verdict.whole:
        typer.echo(f"BROKEN: {verdict.line}", err=True)
    return verdict


def _read_head(text: str | None) -> Head | None:
    if text is None:
        return None
    try:
        return Head.read(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise Unavailable(f"{file}: cannot be read: {error}") from None
