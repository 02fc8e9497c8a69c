from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from app.supervise import Backoff, Supervisor
from pipeline.rundir import RunDirectory
from tests.support.running import until


@pytest.fixture
def directory(tmp_path: Path):
    made = RunDirectory.of(str(tmp_path / "cotside.db"))
    yield made
    for leftover in made.path.iterdir():
        leftover.unlink()
    made.path.rmdir()


def supervisor(directory: RunDirectory, tmp_path: Path, code: str) -> Supervisor:
    return Supervisor([sys.executable, "-c", code], directory, tmp_path / "monitor.log")


def test_waiting_times_double_and_fall_back_after_a_minute_of_health():
    backoff = Backoff()
    assert [backoff.after(1.0) for _ in range(8)] == [0.5, 1, 2, 4, 8, 16, 30, 30]
    assert backoff.after(61.0) == 0.5


def test_a_child_that_ends_is_started_again_and_its_last_line_is_told(
    directory: RunDirectory, tmp_path: Path
):
    made = supervisor(directory, tmp_path, "print('no model folder')")
    made.start()
    try:
        until(lambda: "no model folder" in made.line, 20, "the last line")
        log = tmp_path / "monitor.log"
        until(lambda: log.read_text().count("no model folder") >= 2, 30, "a second start")
    finally:
        made.stop()


def test_stopping_ends_the_child_even_one_that_ignores_sigterm(
    directory: RunDirectory, tmp_path: Path
):
    code = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
        "print('up', flush=True); time.sleep(60)"
    )
    made = supervisor(directory, tmp_path, code)
    made.start()
    log = tmp_path / "monitor.log"
    until(lambda: log.exists() and "up" in log.read_text(), 20, "the child is up")
    began_s = time.monotonic()
    made.stop()
    assert made.child_pid is None
    assert time.monotonic() - began_s < 6


def test_a_monitor_started_elsewhere_is_watched_and_left_alone(
    directory: RunDirectory, tmp_path: Path
):
    with directory.lock_monitor():
        made = supervisor(directory, tmp_path, "print('second')")
        made.start()
        until(lambda: "started elsewhere" in made.line, 20, "it is watched")
        assert made.child_pid is None
        made.stop()
    assert not (tmp_path / "monitor.log").exists()
