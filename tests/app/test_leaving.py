import subprocess
import sys

SLOW_TO_CLEAR_UP = """
import atexit, sys, time
from app.leaving import leave
atexit.register(time.sleep, 120)
sys.stdout.write("all that was said is kept")
leave()
"""


def test_a_process_that_has_closed_all_leaves_at_once_with_all_that_it_said():
    ended = subprocess.run(
        [sys.executable, "-c", SLOW_TO_CLEAR_UP], capture_output=True, text=True, timeout=60
    )
    assert (ended.returncode, ended.stdout) == (0, "all that was said is kept")
