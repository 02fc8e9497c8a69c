import subprocess
import sys

import pytest

from pipeline.errors import MonitorError
from pipeline.rundir import RunDirectory


@pytest.fixture
def directory(tmp_path):
    made = RunDirectory.of(str(tmp_path / "cotside.db"))
    yield made
    for leftover in made.path.iterdir():
        leftover.unlink()
    made.path.rmdir()


def test_a_path_and_its_url_name_the_same_directory(tmp_path, directory):
    assert RunDirectory.of(f"sqlite:///{tmp_path}/cotside.db") == directory
    assert RunDirectory.of(str(tmp_path / "x" / ".." / "cotside.db")) == directory


def test_only_its_user_may_look_inside(directory):
    assert directory.path.stat().st_mode & 0o077 == 0


def test_a_second_monitor_is_refused_with_the_holder_named(directory):
    with directory.lock_monitor(), pytest.raises(MonitorError, match=r"already runs .*process \d+"):
        directory.lock_monitor()


def test_the_lock_names_its_holder_and_is_free_after_release(directory):
    assert directory.monitor_pid() is None
    with directory.lock_monitor():
        assert directory.monitor_pid() is not None
    assert directory.monitor_pid() is None


def test_a_killed_holder_leaves_the_lock_free(tmp_path, directory):
    code = (
        "import os, signal\nfrom pipeline.rundir import RunDirectory\n"
        f"lock = RunDirectory.of({str(tmp_path / 'cotside.db')!r}).lock_monitor()\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=False)
    directory.lock_monitor().release()


def test_taking_the_lock_removes_what_a_dead_monitor_left(directory):
    directory.write_status({"beat_ns": 1})
    directory.live_slot(3).write_bytes(b"old")
    with directory.lock_monitor():
        assert directory.read_status() is None
        assert not directory.live_slot(3).exists()


def test_a_status_that_is_not_json_reads_as_none(directory):
    (directory.path / "status.json").write_text("{half")
    assert directory.read_status() is None
