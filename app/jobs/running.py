"""What all kinds of jobs have in common: begun once, told of in a log, ended in a known state."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Engine

from db.errors import DatabaseError
from db.folders import JOB_LOG
from db.job_schema import JobRow
from db.jobs import JobBook
from db.lifecycle import open_database
from db.store import Store
from pipeline.errors import CotsideError

Job = TypeVar("Job", bound=JobRow)
_log = logging.getLogger(__name__)


class Stopping:
    """Set when the process that works on jobs is to end."""

    event = threading.Event()


@dataclass(frozen=True, slots=True)
class Bench:
    """What a job is worked on with."""

    engine: Engine
    store: Store
    database: str


def run_job(
    database: str,
    job_id: int,
    book_of: Callable[[Store], JobBook[Job]],
    work: Callable[[Bench, Job], str],
) -> None:
    """Work on a job until it is done, cancelled, or the process is to end.

    ``work`` returns what there is to say of a job that came to its end, in one line or none, and
    raises ``KeyboardInterrupt`` when it stopped because it was to.
    """
    engine = open_database(database, create=False)
    try:
        bench = Bench(engine, Store(engine), database)
        book = book_of(bench.store)
        job = book.begin(job_id)
        if job is not None:
            say(job, "begun")
            state, line = _outcome(bench, job, work)
            say(job, state if state != "failed" else f"failed: {line}")
            book.end(job_id, state, line)
    finally:
        engine.dispose()


def _outcome(bench: Bench, job: Job, work: Callable[[Bench, Job], str]) -> tuple[str, str]:
    """Return the state that a job comes to, and what there is to say of it."""
    kept = "What is done is kept."
    try:
        return "finished", work(bench, job)
    except KeyboardInterrupt:
        if not Stopping.event.is_set():
            return "cancelled", kept
        return "interrupted", f"The process that works on jobs was ended. {kept}"
    except (CotsideError, DatabaseError, OSError) as error:
        return "failed", str(error)
    except Exception as error:  # one job must not take the others with it
        _log.exception("%s %d", type(job).__name__, job.id)
        return "failed", f"met a fault of Cotside's own: {error!r}"


def log_path(job: JobRow) -> Path:
    """Return where a job's log lies."""
    return Path(job.out).parent / JOB_LOG


def say(job: JobRow, line: str) -> None:
    """Add a line to a job's log."""
    path = log_path(job)
    path.parent.mkdir(parents=True, exist_ok=True)
    shown = line.replace("\n", " ")
    with path.open("a", encoding="utf-8") as log:
        log.write(f"{time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime())} UTC  {shown}\n")


def log_of(job: JobRow, most_lines: int = 200) -> str:
    """Return the end of a job's log."""
    try:
        text = log_path(job).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "Nothing has been written yet."
    return "\n".join(text.splitlines()[-most_lines:])
