"""The process that works on jobs: ``python -m app.jobs.consumer --db URL --data FOLDER``.

It holds a lock of the database's run directory, so that there is one at a time, and that anybody
can see whether there is one. It gives way to live inference (nice), and ends after a while without
work. SIGTERM ends it in order: what it was at is marked, and goes on when it is asked to.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import time
from pathlib import Path

from huey import SqliteHuey
from huey.consumer import Consumer

from app.jobs import LOCK_NAME
from app.jobs.queue import Queue
from app.jobs.running import Stopping
from db.lifecycle import open_database
from db.store import Store
from pipeline.rundir import HeldLock, RunDirectory

_NICE = 10
_IDLE_S = 30.0
_LOOK_EVERY_S = 0.5
_LOCK_WITHIN_S = 3.0


def work(database: str, data_path: Path, at_once: int, idle_s: float = _IDLE_S) -> int:
    """Work until nothing has waited for ``idle_s``; return the exit code."""
    lock = _lock(database)
    if lock is None:
        return 0  # another one is at work
    engine = open_database(database, create=False)
    store = Store(engine)
    queue = Queue(data_path)
    # One retraining or export at a time: two would only take from each other.
    consumers = [_consumer(queue.reviews, at_once)]
    consumers += [_consumer(huey, 1) for huey in (queue.trainings, queue.exports)]
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: Stopping.event.set())
    try:
        for book in store.job_books:
            book.interrupt()
        queue.make_anew(database, store)
        for consumer in consumers:
            consumer.start()
        _wait(queue, store, idle_s)
        Stopping.event.set()
        for consumer in consumers:
            consumer.stop(graceful=True)
    finally:
        queue.close()
        engine.dispose()
        lock.release()
    return 0


def _consumer(huey: SqliteHuey, workers: int) -> Consumer:
    consumer = huey.create_consumer(workers=workers, max_delay=1.0, periodic=False)
    # Its own dealing with signals ends the process before a job has put its things away.
    consumer._set_signal_handlers = lambda: None
    return consumer


def _wait(queue: Queue, store: Store, idle_s: float) -> None:
    """Return when it is to end, or when nothing has waited or run for a while."""
    busy_s = time.monotonic()
    while not Stopping.event.wait(_LOOK_EVERY_S):
        jobs = (job for book in store.job_books for job in book.all())
        if any(job.state in ("running", "waiting") for job in jobs) or not queue.is_empty():
            busy_s = time.monotonic()
        elif time.monotonic() - busy_s > idle_s:
            return


def _lock(database: str) -> HeldLock | None:
    """Take the lock; who only looks whether it is held lets go of it at once."""
    until_s = time.monotonic() + _LOCK_WITHIN_S
    while time.monotonic() < until_s:
        lock = RunDirectory.of(database).try_lock(LOCK_NAME)
        if lock is not None:
            return lock
        time.sleep(0.1)
    return None


def main() -> int:
    """Read the arguments and work."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--db", required=True)
    parser.add_argument("--data", required=True, type=Path)
    parser.add_argument("--at-once", type=int, default=1)
    given = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s: %(message)s")
    os.nice(_NICE)
    return work(given.db, given.data, given.at_once)


if __name__ == "__main__":
    sys.exit(main())
