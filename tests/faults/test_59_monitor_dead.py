"""FAULTS 59: a dead monitor shows as "not monitoring" within 10 s, and is started again."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from tests.support.running import dashboard_arguments, running, until


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_hung_monitor_shows_within_10_s_and_no_old_picture_is_live(tmp_path: Path):
    with running(tmp_path, *dashboard_arguments(tmp_path)) as made:
        until(made.is_watched, 90, "the cot is watched")
        pid = made.monitor_pid()
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)
        began_s = time.monotonic()
        try:
            until(lambda: not made.health().get("monitoring", True), 10, "not monitoring")
        finally:
            os.kill(pid, signal.SIGCONT)
        assert time.monotonic() - began_s < 10


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_killed_monitor_is_started_again(tmp_path: Path):
    with running(tmp_path, *dashboard_arguments(tmp_path)) as made:
        until(made.is_watched, 90, "the cot is watched")
        first = made.monitor_pid()
        assert first is not None
        os.kill(first, signal.SIGKILL)
        second = until(
            lambda: made.monitor_pid() not in (None, first) and made.monitor_pid(), 30, "a new one"
        )
        assert second != first
        until(made.is_watched, 90, "the cot is watched again")
