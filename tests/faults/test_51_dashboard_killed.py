"""FAULTS 51: tab closed, rerun, dashboard killed: recording unaffected."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.running import dashboard_arguments, running, until


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_killed_dashboard_leaves_the_recording_alone_and_a_new_one_finds_it(tmp_path: Path):
    with running(tmp_path, *dashboard_arguments(tmp_path)) as made:
        until(made.is_watched, 90, "the cot is watched")
        until(lambda: made.frames_stored() > 0, 30, "frames are stored")
        pid = made.monitor_pid()
        made.process.kill()
        made.process.wait()
        before = made.frames_stored()
        until(lambda: made.frames_stored() > before + 20, 30, "recording goes on")
        assert made.monitor_pid() == pid
        assert made.ask("SELECT ended_us FROM recordings") == [(None,)]
