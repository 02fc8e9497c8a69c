"""FAULTS 58: after SIGTERM everything has ended within 5 s, flushed (the dashboard's side)."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import psutil
import pytest

from tests.support.running import dashboard_arguments, running, until


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_sigterm_ends_dashboard_monitor_and_cameras_within_5_s(tmp_path: Path):
    with running(tmp_path, *dashboard_arguments(tmp_path)) as made:
        until(made.is_watched, 90, "the cot is watched")
        until(lambda: made.frames_stored() > 0, 30, "frames are stored")
        everything = [psutil.Process(made.process.pid), *made.descendants()]
        assert len(everything) >= 3
        began_s = time.monotonic()
        made.process.send_signal(signal.SIGTERM)
        assert made.process.wait(timeout=5) == 0
        until(lambda: not any(one.is_running() for one in everything[1:]), 5, "children end")
        assert time.monotonic() - began_s < 5
        assert made.ask("SELECT clean_end FROM recordings") == [(1,)]
