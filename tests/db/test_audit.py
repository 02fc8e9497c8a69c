"""The audit trail: append-only, one chain whoever writes, and whatever is altered shows."""

from __future__ import annotations

import multiprocessing
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine

from db import audit
from db.audit import Head
from db.engine import open_engine, writing
from db.errors import AuditBroken, RowRejected
from db.schema import Cot

_TAMPERINGS = {
    "a changed actor": ("UPDATE audit SET who = 'eve' WHERE number = 3", 3),
    "a changed detail": ("UPDATE audit SET detail = '{}' WHERE number = 3", 3),
    "a changed time": ("UPDATE audit SET time_us = time_us + 1 WHERE number = 2", 2),
    "a deleted entry": ("DELETE FROM audit WHERE number = 3", 3),
    "the first entry deleted": ("DELETE FROM audit WHERE number = 1", 1),
    "the last entry deleted": ("DELETE FROM audit WHERE number = 5", 5),
    "everything deleted": ("DELETE FROM audit", 1),
    "two entries exchanged": (
        "UPDATE audit SET number = 99 WHERE number = 2;"
        "UPDATE audit SET number = 2 WHERE number = 3;"
        "UPDATE audit SET number = 3 WHERE number = 99",
        2,
    ),
    "an entry added by hand": (
        "INSERT INTO audit SELECT 6, time_us, who, role, action, subject, detail, hash, hash"
        " FROM audit WHERE number = 5",
        6,
    ),
    "a shortened trail with a mended head's number": (
        "DELETE FROM audit WHERE number = 5; UPDATE audit_head SET number = 4",
        4,
    ),
}


@pytest.fixture
def trail(engine: Engine) -> Engine:
    for number in range(5):
        audit.note(engine, "viewed", f"infant/{number}", who="ada", role="viewer", detail={"n": 1})
    return engine


def tamper(database: Path, statements: str) -> None:
    """Do as somebody with the file and SQLite in his hands does: triggers first."""
    with closing(sqlite3.connect(database)) as connection:
        connection.executescript(
            f"DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete; {statements}"
        )


def test_an_untouched_trail_is_whole_and_ends_where_it_says(trail: Engine):
    verdict = audit.verify(trail)
    assert verdict.whole
    assert verdict.head.number == 5
    assert [entry.number for entry in audit.entries(trail)] == [5, 4, 3, 2, 1]


def test_an_empty_trail_is_whole(engine: Engine):
    assert audit.verify(engine) == audit.Verdict(Head(0, audit.BEGINNING))


@pytest.mark.parametrize(("statements", "first_broken"), _TAMPERINGS.values(), ids=_TAMPERINGS)
def test_tampering_shows_and_the_first_broken_entry_is_named(
    trail: Engine, database: Path, statements: str, first_broken: int
):
    tamper(database, statements)
    verdict = audit.verify(trail)
    assert not verdict.whole
    assert verdict.broken_at == first_broken
    assert f"entry {first_broken}" in verdict.line


def test_a_trail_written_anew_does_not_contain_the_head_that_was_noted(
    trail: Engine, database: Path
):
    noted = audit.head_of(trail)
    tamper(
        database,
        f"DELETE FROM audit; UPDATE audit_head SET number = 0, hash = '{audit.BEGINNING}'",
    )
    assert audit.verify(trail, noted).broken_at == 1
    for _ in range(6):
        audit.note(trail, "viewed", "infant/1", who="eve")
    assert audit.verify(trail).whole
    assert audit.verify(trail, noted).broken_at == 5


def test_the_head_noted_earlier_is_found_in_a_longer_trail(trail: Engine):
    noted = audit.head_of(trail)
    audit.note(trail, "viewed", "infant/1", who="ada")
    assert audit.verify(trail, noted).whole


@pytest.mark.parametrize("statement", ["UPDATE audit SET who = 'eve'", "DELETE FROM audit"])
def test_the_database_itself_refuses_to_change_the_trail(trail: Engine, statement: str):
    with pytest.raises(RowRejected, match="append-only"), writing(trail) as session:
        session.connection().exec_driver_sql(statement)


def test_an_entry_stands_or_falls_with_the_change_it_tells_of(engine: Engine):
    def change() -> None:
        with writing(engine) as session:
            audit.append(session, "added", "cot/1", who="ada")
            session.add(Cot(name="A"))
            session.add(Cot(name="A"))

    with pytest.raises(RowRejected):
        change()
    assert audit.entries(engine) == []
    assert audit.verify(engine).whole


def test_a_trail_without_its_head_takes_no_entry(trail: Engine, database: Path):
    tamper(database, "DELETE FROM audit_head")
    with pytest.raises(AuditBroken, match="lost its head"):
        audit.note(trail, "viewed", "infant/1", who="ada")


def test_entries_are_found_by_who_what_whom_and_when(engine: Engine):
    for who, action, subject, at_us in [
        ("ada", "viewed", "infant/1", 100),
        ("ben", "viewed", "infant/2", 200),
        ("ada", "exported", "recording/1", 300),
    ]:
        audit.note(engine, action, subject, who=who, time_us=at_us)

    def found(**wanted: object) -> list[int]:
        return [entry.number for entry in audit.entries(engine, **wanted)]  # type: ignore[arg-type]

    assert found(who="ada") == [3, 1]
    assert found(action="viewed") == [2, 1]
    assert found(subject="infant") == [2, 1]
    assert found(from_us=200, to_us=300) == [2]
    assert found(subject="%") == []
    assert found(limit=1) == [3]


def test_details_keep_what_they_hold(engine: Engine):
    detail = {"ünï": "'; DROP TABLE audit; --", "a": [1, None, 0.5]}
    audit.note(engine, "changed", "threshold/1", who="ada", detail=detail)
    assert audit.detail_of(audit.entries(engine)[0]) == detail
    assert audit.verify(engine).whole


def _write(database: str, who: str, count: int) -> None:
    engine = open_engine(database)
    for _ in range(count):
        audit.note(engine, "viewed", "infant/1", who=who)
    engine.dispose()


def test_two_processes_that_write_at_once_keep_one_chain(engine: Engine, database: Path):
    spawn = multiprocessing.get_context("spawn")
    writers = [
        spawn.Process(target=_write, args=(str(database), who, 25)) for who in ("ada", "ben")
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
        assert writer.exitcode == 0
    verdict = audit.verify(engine)
    assert verdict.whole
    assert verdict.head.number == 50
    assert {entry.who for entry in audit.entries(engine)} == {"ada", "ben"}
