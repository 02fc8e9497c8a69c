"""FAULTS 56: a view, an export, a deletion leave an audit row that cannot be altered unnoticed.

What may be altered, and how it shows, is tested in tests/db/test_audit.py.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from app.cli import cli
from app.state import AppState
from db import audit
from db.engine import local_file
from db.infants import InfantAges
from db.times import MINUTE_US, now_us
from tests.support.recorded import record
from tests.support.signing_in import SETUP

MAIN = Path(__file__).parents[2] / "app" / "main.py"


def noted(state: AppState) -> list[tuple[str, str, str]]:
    entries = audit.entries(state.engine)
    return [(entry.who, entry.action, entry.subject) for entry in entries]


def test_a_look_at_a_cot_names_the_infant_that_lies_there(state: AppState):
    cot_id = state.store.add_cot("Cot 1")
    infant = state.store.admit_infant("P-1", InfantAges(), cot_id=cot_id, by=SETUP)
    at = AppTest.from_file(str(MAIN), default_timeout=60).run()
    at.switch_page("pages/cot.py").run()
    assert not at.exception
    assert noted(state)[0] == ("Ada", "viewed", f"infant/{infant}")
    assert "P-1" not in "".join(entry.detail for entry in audit.entries(state.engine))


def test_a_look_at_what_was_recorded_names_who_lay_there_then(state: AppState):
    """Ada's infant has left; its recording is looked at while another lies in the cot."""
    store, end_us = state.store, now_us()
    cot_id = store.add_cot("Cot 1")
    gone, here = (store.add_infant(name) for name in ("P-1", "P-2"))
    store.place_infant(gone, cot_id, from_us=end_us - 60 * MINUTE_US)
    store.place_infant(here, cot_id, from_us=end_us - MINUTE_US)
    record(state, cot_id, end_us - 30 * MINUTE_US)
    at = AppTest.from_file(str(MAIN), default_timeout=60).run()
    at.switch_page("pages/recordings.py").run()
    assert not at.exception
    assert noted(state) == [("Ada", "viewed", f"infant/{gone}")]


@pytest.fixture
def database(state: AppState) -> str:
    return str(local_file(state.engine))


def test_an_export_and_a_backup_at_the_terminal_are_noted(
    state: AppState, database: str, tmp_path: Path
):
    run = CliRunner().invoke
    out = tmp_path / "trail.jsonl"
    assert run(cli, ["audit", "export", "--out", str(out), "--db", database]).exit_code == 0
    backup = tmp_path / "copy.db"
    assert run(cli, ["db", "backup", str(backup), "--db", database]).exit_code == 0
    actions = [(action, subject) for _, action, subject in noted(state)]
    assert actions == [("backed up", "database"), ("exported", "audit")]
    assert "at the terminal" in noted(state)[0][0]


def test_the_terminal_names_the_first_broken_entry_of_a_database_and_of_an_export(
    state: AppState, database: str, tmp_path: Path
):
    run = CliRunner().invoke
    for number in range(3):
        audit.note(state.engine, "viewed", f"infant/{number}", who="ada")
    whole = run(cli, ["audit", "verify", "--db", database, "--json"])
    assert whole.exit_code == 0
    head = str(audit.head_of(state.engine))
    out = tmp_path / "trail.jsonl"
    run(cli, ["audit", "export", "--out", str(out), "--db", database])
    assert run(cli, ["audit", "verify", "--file", str(out), "--head", head]).exit_code == 0
    lines = out.read_text().splitlines()
    out.write_text("\n".join([lines[0], lines[1].replace("ada", "eve"), *lines[2:]]))
    broken = run(cli, ["audit", "verify", "--file", str(out)])
    assert broken.exit_code == 1
    assert "BROKEN: entry 2 was changed" in broken.output
    with state.engine.connect() as connection:
        connection.exec_driver_sql("DROP TRIGGER audit_no_delete")
        connection.exec_driver_sql("DELETE FROM audit WHERE number = 1")
        connection.commit()
    broken = run(cli, ["audit", "verify", "--db", database])
    assert broken.exit_code == 1
    assert "BROKEN: entry 1" in broken.output


def test_an_export_is_never_written_over_a_file(state: AppState, database: str, tmp_path: Path):
    out = tmp_path / "trail.jsonl"
    out.write_text("precious")
    answer = CliRunner().invoke(cli, ["audit", "export", "--out", str(out), "--db", database])
    assert answer.exit_code == 1
    assert out.read_text() == "precious"
