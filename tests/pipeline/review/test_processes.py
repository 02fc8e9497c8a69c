"""Workers that die, hang or meet a fault: told, and no other work suffers."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.errors import Unreadable
from pipeline.review import processes
from pipeline.review.crew import Done, Failed, Progress, TaskKey
from pipeline.review.processes import Processes
from pipeline.review.tools import Setup

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def tasks_of_these_tests(monkeypatch):
    """Let the workers, which do not look into the current folder, find the tasks below."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


@dataclass(frozen=True)
class Add:
    """A task that answers."""

    a: int

    def run(self, tools, tell):
        tell(self.a)
        return self.a + 1


@dataclass(frozen=True)
class Die:
    """A task that its process does not survive."""

    def run(self, tools, tell):
        os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True)
class Hang:
    """A task that never ends and says nothing."""

    def run(self, tools, tell):
        signal.pause()


@dataclass(frozen=True)
class Refuse:
    """A task that meets an error."""

    is_ours: bool

    def run(self, tools, tell):
        raise Unreadable("is empty") if self.is_ours else ZeroDivisionError("oh")


def worked(tasks, size=1):
    """Run tasks on a crew; return the reports by number, progress apart."""
    crew = Processes(size, Setup(None, "cpu"))
    found, progress = {}, []
    try:
        for number, task in enumerate(tasks):
            crew.give(TaskKey("part", number), task)
        while crew.is_busy:
            for report in crew.reports(0.1):
                if isinstance(report, Progress):
                    progress.append(report.count)
                else:
                    found[report.key.film] = report
    finally:
        crew.close()
    return found, progress


@pytest.mark.slow
def test_tasks_are_answered_in_their_order_with_their_progress():
    found, progress = worked([Add(1), Add(5)])
    assert [report.result for report in found.values() if isinstance(report, Done)] == [2, 6]
    assert progress == [1, 5]


@pytest.mark.slow
def test_a_task_that_kills_its_worker_is_tried_twice_and_the_others_go_on():
    found, _ = worked([Die(), Add(1)])
    assert isinstance(found[0], Failed)
    assert (found[0].kind, "SIGKILL" in found[0].line) == ("WorkerLost", True)
    assert found[1] == Done(TaskKey("part", 1), 2)


@pytest.mark.slow
def test_a_worker_that_gives_no_sign_of_life_is_killed(monkeypatch):
    monkeypatch.setattr(processes, "_SILENT_S", 1.5)
    monkeypatch.setattr(processes, "_ATTEMPTS", 1)
    found, _ = worked([Hang()])
    assert isinstance(found[0], Failed)
    assert "no sign of life" in found[0].line


@pytest.mark.slow
def test_errors_come_back_as_one_line_with_their_name():
    found, _ = worked([Refuse(True), Refuse(False)])
    assert found[0] == Failed(TaskKey("part", 0), "Unreadable", "is empty")
    assert (found[1].kind, "\n" in found[1].line) == ("ZeroDivisionError", False)
