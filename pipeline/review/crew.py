"""What a review asks of those who work for it, wherever they are: tasks in, reports out.

How to add an engine: a class that fulfils ``Crew`` in a file of its own, one line in
``engines.py``, and its mirror in tests/pipeline/review.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol

from pipeline.review.tools import Tools


class TaskKey(NamedTuple):
    """Which task a report is about: of which file, and of which of its parts."""

    kind: Literal["look", "part", "blur", "finish"]
    film: int
    part: int = 0


class Task(Protocol):
    """A piece of work, sent to a worker by pickle."""

    def run(self, tools: Tools, tell: Callable[[int], None]) -> Any:
        """Do it; tell how many pictures are done; raise ``CotsideError`` or ``DatabaseError``."""


@dataclass(frozen=True, slots=True)
class Progress:
    """A task has come so far: ``count`` pictures of its own."""

    key: TaskKey
    count: int


@dataclass(frozen=True, slots=True)
class Done:
    """A task's result."""

    key: TaskKey
    result: Any


@dataclass(frozen=True, slots=True)
class Failed:
    """A task that gave an error meant for a person; ``kind`` is the error's name."""

    key: TaskKey
    kind: str
    line: str


Report = Progress | Done | Failed


class Crew(Protocol):
    """Some workers and the tasks that wait for them. Not for several threads."""

    def give(self, key: TaskKey, task: Task, *, first: bool = False) -> None:
        """Queue a task under a key of its own; ``first``: before all that wait."""

    @property
    def n_waiting(self) -> int:
        """Return how many tasks no worker has taken up yet."""

    @property
    def is_busy(self) -> bool:
        """Tell whether any task is not finished."""

    def reports(self, timeout_s: float) -> list[Report]:
        """Hand out what waits, then wait for news, no longer than ``timeout_s``."""

    def close(self) -> None:
        """End all workers; what they were at is lost."""


@dataclass(slots=True)
class Order:
    """A task on its way; ``attempts``: how often a worker has taken it up."""

    key: TaskKey
    task: Task
    attempts: int = 0


class Orders:
    """The tasks that wait, in the order in which they are to be taken up."""

    def __init__(self) -> None:
        self._waiting: deque[Order] = deque()

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, order: Order, *, first: bool = False) -> None:
        """Let an order wait; ``first``: before all others."""
        if first:
            self._waiting.appendleft(order)
        else:
            self._waiting.append(order)

    def take(self) -> Order:
        """Take up the next one."""
        order = self._waiting.popleft()
        order.attempts += 1
        return order

    def clear(self) -> None:
        """Forget all."""
        self._waiting.clear()

    def retry(self, order: Order, why: str, attempts: int) -> list[Report]:
        """Let an order wait again whose worker was lost; report it failed after ``attempts``."""
        if order.attempts < attempts:
            self.put(order, first=True)
            return []
        line = f"the process that worked on it had to be given up {order.attempts} times: {why}"
        return [Failed(order.key, "WorkerLost", line)]


def reported(key: TaskKey, kind: str, content: tuple[Any, ...]) -> Report:
    """Return the report of what a worker sent (see ``worker.answer``)."""
    if kind == "progress":
        return Progress(key, content[0])
    return Done(key, content[0]) if kind == "done" else Failed(key, content[0], content[1])
