"""The command line: it starts at once, and every name in it leads somewhere."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import cli
from app.commands.lazily import LazyCommands

ROOT = Path(__file__).parents[2]
HEAVY = {"cv2", "numpy", "onnxruntime", "pandas", "scipy", "sqlalchemy", "streamlit"}


@pytest.mark.parametrize("module", ["app.cli", "app.commands.demo", "app.commands.dashboard"])
def test_a_command_waits_for_the_libraries_of_no_other(module: str):
    code = f"import sys, {module}; print(*sorted({HEAVY!r} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []


def test_every_command_is_found_by_its_name_and_says_what_it_is_for():
    commands = LazyCommands()
    for name, command in commands.items():
        assert command.name == name
        assert command.get_short_help_str()


def test_the_help_lists_every_command_and_a_slip_of_the_pen_is_understood():
    shown = CliRunner().invoke(cli, ["--help"]).output
    for name in LazyCommands():
        assert f" {name} " in shown
    slip = CliRunner().invoke(cli, ["dashbord"])
    assert slip.exit_code == 2
    assert "'dashboard'" in slip.output


def test_the_dashboard_begins_without_the_libraries_of_tables_and_filters():
    starts = "app.launch, app.server, app.jobs.keeper, app.lookout, app.tidying"
    code = f"import sys, {starts}; print(*sorted({{'pandas', 'scipy'}} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []
