"""``cotside models``: the gate holds, a reason opens it, and both ways leave a trace."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import cli
from db.engine import reading
from db.lifecycle import open_database
from db.people_schema import AuditEntry
from tests.support.tiny_models import dot_graph, write_model


@pytest.fixture
def run(tmp_path: Path):
    """Run a command of the group on a database of the test; return (exit code, what it said)."""

    def command(*words: str):
        arguments = ["models", *words, "--db", str(tmp_path / "cotside.db"), "--json"]
        result = CliRunner().invoke(cli, arguments)
        return result.exit_code, json.loads(result.output) if result.output else result.exception

    return command


def trail(tmp_path: Path) -> list[tuple[str, str]]:
    engine = open_database(tmp_path / "cotside.db")
    with reading(engine) as session:
        entries = [(entry.action, entry.detail) for entry in session.query(AuditEntry)]
    engine.dispose()
    return entries


def test_a_model_goes_through_the_gate_or_past_it_with_a_reason(run, tmp_path: Path):
    code, added = run("add", str(write_model(tmp_path / "candidate", dot_graph())))
    model_id = added["added"]
    assert code == 0

    code, held = run("promote", model_id)
    assert (code, held["promoted"]) == (1, False)
    assert {f["check"] for f in held["findings"] if not f["passed"]} >= {"parity", "strata"}
    assert trail(tmp_path) == []

    code, _ = run("promote", model_id, "--despite", "a test of the change")
    assert code == 0
    _, models = run("list")
    assert [one["id"] for one in models if one["in_use"]] == [model_id]

    code, back = run("rollback")
    assert (code, back["in_use"]) == (0, "bundled")
    assert [action for action, _ in trail(tmp_path)] == ["promoted", "rolled back"]
    assert "a test of the change" in trail(tmp_path)[0][1]


def test_show_gives_the_manifest(run):
    code, shown = run("show", "bundled")
    assert code == 0
    assert shown["manifest"]["skeleton"]["name"] == "infant13"
