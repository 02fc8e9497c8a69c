"""Two processes on one slot: pictures are never torn, whenever the writer dies."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from pipeline.slot import FrameSlot, SlotError
from tests.support.cameras import wait_until

# Every byte of picture n is n mod 251, so a torn one shows.
WRITER = """
import sys
from pathlib import Path
import numpy as np
from pipeline.slot import Field, FrameSlot
slot = FrameSlot.attach(Path(sys.argv[1]))
pictures = [np.full((480, 640, 3), value, np.uint8) for value in range(251)]
while True:
    n = slot.get(Field.LATEST) + 1
    slot.publish(pictures[n % 251], n, n, n, 0)
"""


def start_writer(slot) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "-c", WRITER, str(slot.path)])


def read_whole(slot, after: int) -> int:
    """Read the newest picture, check it against its number, return the number."""
    frame = wait_until(lambda: slot.newest(after), 10)
    assert frame.stream_us == frame.sequence
    value = frame.sequence % 251
    assert np.all(frame.image_hwc == value), f"picture {frame.sequence} is torn"
    return frame.sequence


def test_a_reader_beside_a_writer_at_full_speed_sees_whole_pictures_only(tmp_path):
    slot = FrameSlot.create(tmp_path / "1.slot", 640 * 480 * 3)
    with start_writer(slot) as writer:
        last, n_read = read_whole(slot, -1), 0
        until = time.monotonic() + 1.5
        while time.monotonic() < until:
            last, n_read = read_whole(slot, last), n_read + 1
        writer.kill()
    assert n_read > 5
    slot.close()


@pytest.mark.slow
def test_writers_killed_at_any_instant_leave_whole_pictures_and_a_rising_sequence(tmp_path):
    slot = FrameSlot.create(tmp_path / "1.slot", 640 * 480 * 3)
    last = -1
    for kill_after_s in np.random.default_rng(0).uniform(0.0, 0.02, 6):
        with start_writer(slot) as writer:
            last = read_whole(slot, last)
            time.sleep(kill_after_s)
            writer.kill()
        assert read_whole(slot, last - 1) >= last
    slot.close()


def test_a_full_file_system_is_an_error_and_not_a_crash(tmp_path, monkeypatch):
    slot = FrameSlot.create(tmp_path / "1.slot")

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(SlotError, match="free some space"):
        slot.publish(np.zeros((480, 640, 3), np.uint8), 0, 0, 0, 0)
    assert slot.newest() is None
    with pytest.raises(SlotError, match="no room"):
        FrameSlot.create(tmp_path / "2.slot")
    assert sorted(path.name for path in Path(tmp_path).iterdir()) == ["1.slot"]
    slot.close()
