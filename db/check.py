"""Looking into a database: how much is there, and is it whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from db.codec import verify
from db.engine import local_file, reading
from db.errors import CodecError
from db.lifecycle import open_read_only
from db.migrations import newest_revision
from db.schema import Chunk, Cot, Recording

_CHUNKS_AT_ONCE = 200
_FAULTS_NAMED = 20


@dataclass(frozen=True, slots=True)
class Info:
    """How much a database holds.

    ``bytes``: the pages of the database, indices and free pages included; ``log_bytes``: the
    write-ahead log beside it, None for both on a server. ``bytes_per_frame`` is ``bytes`` over
    ``frames``, None without frames. ``integrity``: "ok" as far as the look at opening could tell.
    """

    database: str
    schema: str
    frames: int
    bytes: int | None
    log_bytes: int | None
    bytes_per_frame: float | None
    recordings: int
    open_recordings: int
    cots: int
    first_us: int | None
    last_us: int | None
    integrity: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a full check found; ``faults`` is empty for a whole database."""

    database: str
    chunks: int
    faults: tuple[str, ...]

    @property
    def whole(self) -> bool:
        """Tell whether no fault was found."""
        return not self.faults


def info(url_or_path: str | Path) -> Info:
    """Say how much a database holds; raise as :func:`db.lifecycle.open_read_only` does."""
    engine = open_read_only(url_or_path)
    try:
        with reading(engine) as session:
            return _info(engine, session)
    finally:
        engine.dispose()


def check(url_or_path: str | Path, progress: Callable[[int, int], None] | None = None) -> Report:
    """Read a whole database and name its faults: pages, indices, orphans, keypoint chunks.

    ``progress`` is called with chunks done and in all. Nothing is changed. Raises as
    :func:`db.lifecycle.open_read_only` does for a file too damaged to be read at all.
    """
    engine = open_read_only(url_or_path)
    try:
        with reading(engine) as session:
            total = session.scalar(select(func.count()).select_from(Chunk)) or 0
            faults = [*_file_faults(session), *_chunk_faults(session, total, progress)]
        return Report(_name(engine), total, tuple(faults))
    finally:
        engine.dispose()


def _info(engine: Engine, session: Session) -> Info:
    frames = session.scalar(select(func.sum(Chunk.n_frames))) or 0
    size, log = _sizes(engine, session)
    first_us, last_us = session.execute(
        select(func.min(Recording.started_us), func.max(Recording.ended_us))
    ).one()
    still_open = Recording.ended_us.is_(None)
    return Info(
        database=_name(engine),
        schema=newest_revision(),
        frames=frames,
        bytes=size,
        log_bytes=log,
        bytes_per_frame=round(size / frames, 2) if size is not None and frames else None,
        recordings=session.scalar(select(func.count()).select_from(Recording)) or 0,
        open_recordings=session.scalar(
            select(func.count()).select_from(Recording).where(still_open)
        )
        or 0,
        cots=session.scalar(select(func.count()).where(Cot.removed_us.is_(None))) or 0,
        first_us=first_us,
        last_us=last_us,
        integrity="ok",  # a fault would have been raised at opening
    )


def _sizes(engine: Engine, session: Session) -> tuple[int | None, int | None]:
    path = local_file(engine)
    if path is None:
        return None, None
    pages = session.scalar(text("PRAGMA page_count"))
    page_bytes = session.scalar(text("PRAGMA page_size"))
    log = path.with_name(f"{path.name}-wal")
    return int(pages) * int(page_bytes), log.stat().st_size if log.exists() else 0


def _file_faults(session: Session) -> list[str]:
    if session.get_bind().dialect.name != "sqlite":
        return []
    verdicts = session.scalars(text(f"PRAGMA integrity_check({_FAULTS_NAMED})")).all()
    faults = [str(verdict) for verdict in verdicts if verdict != "ok"]
    orphans = session.execute(text("PRAGMA foreign_key_check")).fetchmany(_FAULTS_NAMED)
    return faults + [f"{row[0]}: row {row[1]} refers to no {row[2]}" for row in orphans]


def _chunk_faults(
    session: Session, total: int, progress: Callable[[int, int], None] | None
) -> Iterator[str]:
    query = select(Chunk.id, Chunk.segment_id, Chunk.n_frames, Chunk.payload).order_by(Chunk.id)
    rows = session.execute(query.execution_options(yield_per=_CHUNKS_AT_ONCE))
    for done, chunk in enumerate(rows, 1):
        try:
            n_frames = verify(chunk.payload)
        except CodecError as error:
            yield f"chunk {chunk.id} of segment {chunk.segment_id}: {error}"
        else:
            if n_frames != chunk.n_frames:
                yield f"chunk {chunk.id}: holds {n_frames} frames, not {chunk.n_frames}"
        if progress is not None and (done % _CHUNKS_AT_ONCE == 0 or done == total):
            progress(done, total)


def _name(engine: Engine) -> str:
    return str(local_file(engine) or engine.url.render_as_string(hide_password=True))
