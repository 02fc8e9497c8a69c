"""``cotside people``: who may sign in, for a machine without a screen."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from app.commands.opening import Address, AsJson, ConfigFile, at_the_terminal, opened
from app.permissions import Role
from app.signing_in.door import code_for_a_day
from app.views.people import state_words
from db.errors import NotFound
from db.people_schema import Person
from db.store import Store
from db.times import from_us

commands = typer.Typer(no_args_is_help=True, help="Say who may sign in, and as what.")
_Name = Annotated[str, typer.Argument(help="The name as it is typed when signing in.")]
_Role = Annotated[Role, typer.Option("--role", help="What the person may do.")]


@commands.command("add")
def add(
    name: _Name, role: _Role = Role.VIEWER, db: Address = None, config: ConfigFile = None
) -> None:
    """Add somebody; print the one-time code that is good for a day."""
    with opened(db, config) as engine:
        code, kept = code_for_a_day()
        Store(engine).add_person(name, role.value, by=at_the_terminal(), code=kept)
    _say_code(name, code)


@commands.command("list")
def list_people(db: Address = None, config: ConfigFile = None, as_json: AsJson = False) -> None:
    """List everybody."""
    with opened(db, config) as engine:
        rows = [_row(person) for person in Store(engine).people()]
    if as_json:
        typer.echo(json.dumps(rows))
        return
    for row in rows:
        typer.echo(f"{row['name']:<30} {row['role']:<15} {row['state']}")


@commands.command("role")
def set_role(
    name: _Name,
    role: Annotated[Role, typer.Argument(help="The new role.")],
    db: Address = None,
    config: ConfigFile = None,
) -> None:
    """Give somebody another role; it holds within seconds."""
    with opened(db, config) as engine:
        store = Store(engine)
        store.set_role(_named(store, name).id, role.value, by=at_the_terminal())
    typer.echo(f"{name}: {role.value}")


@commands.command("disable")
def disable(name: _Name, db: Address = None, config: ConfigFile = None) -> None:
    """Shut somebody out; who is signed in is signed out within seconds."""
    with opened(db, config) as engine:
        store = Store(engine)
        store.disable(_named(store, name).id, by=at_the_terminal())
    typer.echo(f"{name}: disabled")


@commands.command("enable")
def enable(name: _Name, db: Address = None, config: ConfigFile = None) -> None:
    """Let somebody who was disabled in again."""
    with opened(db, config) as engine:
        store = Store(engine)
        store.enable(_named(store, name).id, by=at_the_terminal())
    typer.echo(f"{name}: enabled")


@commands.command("reset")
def reset(name: _Name, db: Address = None, config: ConfigFile = None) -> None:
    """Take somebody's password away and print a one-time code; unlocks the name as well."""
    with opened(db, config) as engine:
        store = Store(engine)
        code, kept = code_for_a_day()
        store.reset(_named(store, name).id, kept, by=at_the_terminal())
    _say_code(name, code)


def _named(store: Store, name: str) -> Person:
    person = store.person_named(name)
    if person is None:
        raise NotFound(f"there is nobody called {name!r}; `cotside people list` says who there is")
    return person


def _say_code(name: str, code: str) -> None:
    typer.echo(f"{name} signs in with the one-time code {code}, good for a day.")


def _row(person: Person) -> dict[str, str | None]:
    last_us = person.last_sign_in_us
    return {
        "name": person.name,
        "role": person.role,
        "state": state_words(person),
        "last_sign_in": None if last_us is None else from_us(last_us).isoformat(),
    }
