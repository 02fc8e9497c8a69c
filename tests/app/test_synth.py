"""``cotside synth`` says what is missing, and hands its arguments on."""

import subprocess

import pytest
from typer.testing import CliRunner

from app.cli import cli
from app.commands import synth
from pipeline.errors import CotsideError


def test_without_the_training_group_one_line_says_what_to_do(monkeypatch):
    monkeypatch.setattr(synth, "find_spec", lambda name: None)
    result = CliRunner().invoke(cli, ["synth", "images", "--out", "x"])
    assert isinstance(result.exception, CotsideError)
    assert "uv sync --group training" in str(result.exception)


@pytest.mark.parametrize("code", [0, 1])
def test_arguments_reach_the_renderer_and_its_exit_code_comes_back(monkeypatch, code):
    calls = []

    def fake_run(command, check):
        calls.append(command)
        return subprocess.CompletedProcess(command, code)

    monkeypatch.setattr(synth, "find_spec", lambda name: object())
    monkeypatch.setattr(synth.subprocess, "run", fake_run)
    result = CliRunner().invoke(cli, ["synth", "images", "--out", "d", "--count", "5", "--help"])
    assert result.exit_code == code
    assert calls[0][1:] == [
        "-m",
        "training.synthetic",
        "images",
        "--out",
        "d",
        "--count",
        "5",
        "--help",
    ]
