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


def supervisor(
    directory: RunDirectory, tmp_path: Path, code: str, hung_after_s: float = 30.0
) -> Supervisor:
    command = [sys.executable, "-c", code]
    return Supervisor(command, directory, tmp_path / "monitor.log", hung_after_s=hung_after_s)


def child_that_beats(directory: RunDirectory, then: str) -> str:
    """Return a child that says that it lives, once, and then does something."""
    return (
        "import os, time; from pathlib import Path; from pipeline.rundir import RunDirectory; "
        f"RunDirectory(Path({str(directory.path)!r})).write_status("
        "{'pid': os.getpid(), 'beat_ns': time.monotonic_ns()}); "
        f"print('up', flush=True); {then}"
    )


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


def test_a_child_that_has_stopped_beating_is_killed_and_begun_anew(
    directory: RunDirectory, tmp_path: Path
):
    hangs = child_that_beats(directory, "os.kill(os.getpid(), 19)")
    made = supervisor(directory, tmp_path, hangs, hung_after_s=1.0)
    made.start()
    try:
        until(lambda: "no sign of life for 1 s" in made.line, 20, "it says that the child hung")
        log = tmp_path / "monitor.log"
        until(lambda: log.read_text().count("up") >= 2, 30, "a second start")
    finally:
        made.stop()


def test_a_child_that_has_not_beaten_yet_may_take_its_time(directory: RunDirectory, tmp_path: Path):
    directory.write_status({"pid": -1, "beat_ns": 0})
    made = supervisor(directory, tmp_path, "import time; time.sleep(60)", hung_after_s=0.1)
    made.start()
    try:
        first = until(lambda: made.child_pid, 20, "the child")
        time.sleep(2)
        assert made.child_pid == first
    finally:
        made.stop()


def test_a_first_page_is_given_the_time_that_was_asked_for(directory: RunDirectory, tmp_path: Path):
    keeper = supervisor(directory, tmp_path, "import time; time.sleep(60)")
    began = time.monotonic()
    keeper.start(after_s=1.0)
    try:
        until(lambda: keeper.child_pid is not None, 20, "a child")
        assert time.monotonic() - began >= 1.0
    finally:
        keeper.stop()


def test_one_that_is_stopped_before_its_time_starts_nothing(
    directory: RunDirectory, tmp_path: Path
):
    keeper = supervisor(directory, tmp_path, f"open({str(tmp_path / 'begun')!r}, 'w')")
    keeper.start(after_s=0.3)
    keeper.stop()
    time.sleep(0.6)
    assert keeper.child_pid is None
    assert not (tmp_path / "begun").exists()


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
