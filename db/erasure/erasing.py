"""The erasure itself: what there is, counted; then gone, a little at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, delete, func, select

from db import audit
from db.audit import Actor
from db.engine import checkpoint, reading, writing
from db.erasure.cutting import cut_chunks
from db.erasure.files import (
    File,
    beyond,
    files_of,
    forget_in_reviews,
    result_folders,
    unlink,
)
from db.erasure.parts import LAST, PARTS, Part, counts_of
from db.erasure.scope import Scope, chunks, exports, jobs, scope_of
from db.errors import RowRejected
from db.job_schema import ExportJob, ReviewJob
from db.schema import Chunk, Infant, Stay
from db.times import MINUTE_US, now_us
from db.topic import required

SETTLES_AFTER_US = 2 * MINUTE_US
_AT_ONCE = 2000
_UNDER_WAY = ("waiting", "running")


@dataclass(frozen=True, slots=True)
class Holdings:
    """What there is of an infant. ``counts``: rows by kind; ``frames``: frames with keypoints."""

    infant_id: int
    pseudonym: str
    counts: dict[str, int]
    frames: int
    files: tuple[File, ...]
    beyond: tuple[str, ...]

    @property
    def nothing(self) -> bool:
        """Tell whether there is nothing."""
        return not any(self.counts.values()) and not self.files


@dataclass(frozen=True, slots=True)
class ErasureReport:
    """What was there, what is there now (all zero), and files that could not be deleted."""

    before: Holdings
    after: dict[str, int]
    files_left: tuple[str, ...]
    done_us: int

    @property
    def complete(self) -> bool:
        """Tell whether nothing is left."""
        return not any(self.after.values()) and not self.files_left


def holdings(engine: Engine, infant_id: int) -> Holdings:
    """Count everything that is an infant's; raise ``NotFound``."""
    with reading(engine) as session:
        infant = required(session, Infant, infant_id)
        scope = scope_of(session, infant_id)
        frames = select(func.sum(Chunk.n_frames)).where(chunks(scope))
        return Holdings(
            infant_id=infant_id,
            pseudonym=infant.pseudonym,
            counts=counts_of(session, scope),
            frames=session.scalar(frames) or 0,
            files=tuple(files_of(session, scope)),
            beyond=tuple(beyond(engine, session, scope)),
        )


def fault_of_erasing(engine: Engine, infant_id: int) -> str | None:
    """Return why an infant cannot be erased now, in one line, or None when it can."""
    with reading(engine) as session:
        stays = session.scalars(select(Stay).where(Stay.infant_id == infant_id)).all()
        scope = scope_of(session, infant_id)
        wanted = jobs(scope) & ReviewJob.state.in_(_UNDER_WAY)
        is_reviewed = session.scalar(select(ReviewJob.id).where(wanted).limit(1)) is not None
        leaving = exports(scope) & ExportJob.state.in_(_UNDER_WAY)
        is_exported = session.scalar(select(ExportJob.id).where(leaving).limit(1)) is not None
    if any(stay.to_us is None for stay in stays):
        return "This infant still lies in a cot. End the stay first: more is being recorded."
    if is_reviewed:
        return "A video of this infant is being reviewed. Cancel that review first, or wait."
    if is_exported:
        return "A film of this infant is being exported. Cancel that export first, or wait."
    last_us = max((stay.to_us or 0 for stay in stays), default=0)
    if now_us() - last_us < SETTLES_AFTER_US:
        return "The stay has just ended, and the monitor still stores its last minutes. Wait 2 min."
    return None


def erase(
    engine: Engine,
    infant_id: int,
    *,
    typed: str,
    data_folder: Path,
    by: Actor,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> ErasureReport:
    """Erase an infant; ``typed`` must be its pseudonym. ``progress``: parts done, parts in all.

    Raises ``RowRejected`` where the pseudonym differs or the infant cannot be erased now.
    """
    before = holdings(engine, infant_id)
    if typed != before.pseudonym:
        raise RowRejected("the pseudonym typed is another; nothing was erased")
    fault = fault_of_erasing(engine, infant_id)
    if fault is not None:
        raise RowRejected(fault)
    audit.note(engine, "erasure began", f"infant/{infant_id}", who=by.name, role=by.role)
    with reading(engine) as session:
        scope = scope_of(session, infant_id)
        folders = result_folders(session, scope)
    files_left = (*unlink(data_folder, before.files), *forget_in_reviews(folders))
    cut_chunks(engine, scope)
    for done, part in enumerate(PARTS):
        progress(done, len(PARTS) + 1)
        _delete_in_turns(engine, part, scope)
    after = _finish(engine, scope, before, files_left, by)
    checkpoint(engine)
    progress(len(PARTS) + 1, len(PARTS) + 1)
    return ErasureReport(before, after, files_left, now_us())


def _delete_in_turns(engine: Engine, part: Part, scope: Scope) -> None:
    """Delete a part's rows, some at a time, so that the monitor's writer is never kept waiting."""
    keys = part.table.__mapper__.primary_key
    while True:
        with writing(engine) as session:
            found = session.execute(select(*keys).where(part.wanted(scope)).limit(_AT_ONCE)).all()
            for row in found:
                same = [key == value for key, value in zip(keys, row, strict=True)]
                session.execute(delete(part.table).where(*same))
        if len(found) < _AT_ONCE:
            return


def _finish(
    engine: Engine, scope: Scope, before: Holdings, files_left: Sequence[str], by: Actor
) -> dict[str, int]:
    """Delete the infant itself, count what is left, and say so in the audit trail, at once."""
    with writing(engine) as session:
        for part in LAST:
            session.execute(delete(part.table).where(part.wanted(scope)))
        left = counts_of(session, scope)
        detail = {
            "rows": sum(before.counts.values()),
            "frames": before.frames,
            "files": len(before.files),
            "rows left": sum(left.values()),
            "files left": len(files_left),
        }
        subject = f"infant/{scope.infant_id}"
        audit.append(session, "infant erased", subject, who=by.name, role=by.role, detail=detail)
        return left
