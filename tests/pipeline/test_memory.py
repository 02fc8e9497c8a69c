import resource
import subprocess
import sys

from pipeline import memory

# In a process of its own: the choice lasts as long as the process.
FAULTS_A_PICTURE = """
import resource, sys
import numpy as np
from pipeline.memory import keep_picture_memory
if sys.argv[1] == "kept":
    assert keep_picture_memory() and keep_picture_memory()
picture = np.ones((540, 960, 3), np.uint8)
for round in range(60):
    if round == 10:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    copy = picture.copy()
    another = picture.copy()
    del copy, another
print((resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) / 50)
"""


def faults_a_picture(how: str) -> float:
    made = subprocess.run(
        [sys.executable, "-c", FAULTS_A_PICTURE, how], capture_output=True, text=True, check=True
    )
    return float(made.stdout)


def test_pictures_reuse_the_memory_of_the_ones_before():
    page_bytes = resource.getpagesize()
    assert faults_a_picture("kept") < 0.05 * 540 * 960 * 3 / page_bytes


def test_a_c_library_that_cannot_be_asked_is_left_alone(monkeypatch):
    def without_mallopt(_):
        return object()

    monkeypatch.setattr(memory.ctypes, "CDLL", without_mallopt)
    assert not memory.keep_picture_memory()
