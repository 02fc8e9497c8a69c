"""The process that a crew hires: takes tasks from its socket until that closes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

import cv2

from db.errors import DatabaseError
from pipeline.errors import CotsideError
from pipeline.memory import keep_picture_memory
from pipeline.review.crew import Task
from pipeline.review.tools import Tools


def serve(line: Connection) -> None:
    """Answer tasks until the other side is gone."""
    cv2.setNumThreads(1)
    keep_picture_memory()
    try:
        tools = Tools(line.recv())
        while True:
            line.send(answer(line.recv(), tools, lambda count: line.send(("progress", count))))
    except (EOFError, OSError):
        return


def answer(task: Task, tools: Tools, tell: Callable[[int], None]) -> tuple[Any, ...]:
    """Do a task; return ``("done", result)``, or ``("failed", the error's name, its line)``."""
    try:
        return "done", task.run(tools, tell)
    except (CotsideError, DatabaseError) as error:
        return "failed", type(error).__name__, str(error)
    except OSError as error:
        if isinstance(error, BrokenPipeError | ConnectionError):
            raise
        return "failed", "OSError", f"{error.filename or 'a file'}: {error.strerror}"
    except Exception as error:  # one bad video must not take the worker's other videos with it
        return "failed", type(error).__name__, f"met a fault of Cotside's own: {error!r}"[:500]


if __name__ == "__main__":
    serve(Connection(int(sys.argv[1])))
