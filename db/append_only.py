"""Tables that the database itself keeps people from changing: triggers, made with the table."""

from __future__ import annotations

from sqlalchemy import DDL, Table, event


def append_only(table: Table, verbs: tuple[str, ...] = ("UPDATE", "DELETE")) -> None:
    """Let the database refuse to change or delete rows of a table (or only one of the two)."""
    name = table.name
    for sql in on_sqlite(name, verbs):
        made = DDL(sql)  # type: ignore[no-untyped-call]
        event.listen(table, "after_create", made.execute_if(dialect="sqlite"))
    for sql in on_postgresql(name, verbs):
        made = DDL(sql)  # type: ignore[no-untyped-call]
        event.listen(table, "after_create", made.execute_if(dialect="postgresql"))


def on_sqlite(name: str, verbs: tuple[str, ...]) -> list[str]:
    """Return SQLite's statements for a table."""
    return [
        f"CREATE TRIGGER {name}_no_{verb.lower()} BEFORE {verb} ON {name} "
        f"BEGIN SELECT RAISE(ABORT, {_words(name)}); END"
        for verb in verbs
    ]


def on_postgresql(name: str, verbs: tuple[str, ...]) -> list[str]:
    """Return PostgreSQL's statements for a table."""
    return [
        f"CREATE FUNCTION {name}_refuse() RETURNS trigger LANGUAGE plpgsql "
        f"AS $$ BEGIN RAISE EXCEPTION {_words(name)}; END $$",
        f"CREATE TRIGGER {name}_no_change BEFORE {' OR '.join(verbs)} ON {name} "
        f"FOR EACH ROW EXECUTE FUNCTION {name}_refuse()",
    ]


def _words(name: str) -> str:
    return f"'the {name} trail is append-only'"
