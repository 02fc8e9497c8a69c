"""What commands that look into the database have in common: its address, opened and closed."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Engine

from db.audit import Actor
from db.lifecycle import open_database
from pipeline.settings import load_settings

Address = Annotated[
    str | None, typer.Option("--db", help="A file or a URL. Default: the one of the settings.")
]
ConfigFile = Annotated[Path | None, typer.Option("--config", help="The settings file (TOML).")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")]


def address(db: str | None, config: Path | None) -> str:
    """Return the address that was given, else that of the settings."""
    return db if db is not None else load_settings(config).database


@contextmanager
def opened(db: str | None, config: Path | None) -> Iterator[Engine]:
    """Open a database that is there for the length of the block."""
    engine = open_database(address(db, config), create=False)
    try:
        yield engine
    finally:
        engine.dispose()


def at_the_terminal() -> Actor:
    """Return who types, as the audit trail names them."""
    try:
        return Actor(f"{getpass.getuser()} at the terminal")
    except (KeyError, OSError):  # a container without a name for its user
        return Actor("somebody at the terminal")
