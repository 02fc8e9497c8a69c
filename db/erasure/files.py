"""The files that are an infant's: named, deleted, and those that cannot be reached from here."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, Select, func, select
from sqlalchemy.orm import Session

from db import audit
from db.annotation_schema import AnnotationFrame
from db.engine import local_file
from db.erasure import scope as of
from db.erasure.scope import Scope
from db.folders import (
    DATASETS,
    EXPORTED_FILE,
    INDEX_FILE,
    JOB_LOG,
    PARTS_FOLDER,
    PICTURES,
    REVIEW_RESULTS,
    RUN_FILE,
    UPLOADS,
    VIDEOS,
)
from db.job_schema import ExportJob, ReviewJob, TrainingJob
from db.people_schema import AuditEntry
from db.schema import ReviewedFile, Video

_UPLOAD_ID = re.compile(r"[0-9a-f]{32}")
_OF_JOBS = (*REVIEW_RESULTS, INDEX_FILE, JOB_LOG)


@dataclass(frozen=True, slots=True)
class File:
    """A file that goes: its place under the data folder, or absolute for a review's, and size."""

    path: str
    bytes: int


def files_of(session: Session, scope: Scope) -> Iterator[File]:
    """Yield kept video, pictures, what was sent by a browser, results of reviews, exports."""
    videos = select(Video).where(of.videos(scope)).order_by(Video.path)
    for video in session.scalars(videos):
        yield File(f"{VIDEOS}/{video.path}", video.bytes)
    frames = select(AnnotationFrame).where(of.labelled_frames(scope)).order_by(AnnotationFrame.file)
    for frame in session.scalars(frames):
        yield File(f"{PICTURES}/{frame.file}", frame.bytes)
        for folder in _datasets(session):
            yield File(f"{DATASETS}/{folder}/images/{frame.exported_as}", frame.bytes)
    reviews = session.scalars(_reviews(scope)).all()
    yield from _there(path for review in reviews for path in _of_review(review))
    jobs = session.scalars(select(ReviewJob).where(of.jobs(scope)).order_by(ReviewJob.id)).all()
    yield from _there(Path(job.out).parent / JOB_LOG for job in jobs)
    exports = select(ExportJob).where(of.exports(scope)).order_by(ExportJob.id)
    yield from _there(path for job in session.scalars(exports) for path in _of_export(job))


def _datasets(session: Session) -> list[str]:
    """Return the folders of the datasets that retrainings made, oldest first."""
    jobs = session.scalars(select(TrainingJob).order_by(TrainingJob.id))
    return list(dict.fromkeys(str(job.request["dataset"]) for job in jobs))


def _reviews(scope: Scope) -> Select[ReviewedFile]:
    return select(ReviewedFile).where(of.reviewed(scope)).order_by(ReviewedFile.recording_id)


def _of_review(review: ReviewedFile) -> Iterator[Path]:
    """Yield what may be there of a review: a file that was sent, with its note; its results.

    The index of the whole review shows a picture of each video; ``--resume`` makes it anew.
    """
    original = Path(review.path)
    if _was_sent(original):
        yield from (original, original.with_name(f"{original.name}.json"))
    out = Path(review.out)
    if out.is_absolute():
        yield from (out / name for name in REVIEW_RESULTS)
        yield from sorted((out / PARTS_FOLDER).glob("[0-9]*"))
        yield out.parent.parent / INDEX_FILE


def _of_export(job: ExportJob) -> Iterator[Path]:
    """Yield the film, what a killed process left of it, and the log."""
    out = Path(job.out)
    yield from sorted(out.glob(f"{EXPORTED_FILE}*"))
    yield out.parent / JOB_LOG


def _was_sent(path: Path) -> bool:
    return path.parent.name == UPLOADS and _UPLOAD_ID.fullmatch(path.name) is not None


def _there(paths: Iterable[Path]) -> Iterator[File]:
    for path in dict.fromkeys(paths):
        with suppress(OSError):
            yield File(str(path), path.stat().st_size)


def beyond(engine: Engine, session: Session, scope: Scope) -> Iterator[str]:
    """Name what an erasure cannot reach, as far as it is known here."""
    path = local_file(engine)
    if path is None:
        yield "backups of the database server"
    else:
        for file in sorted(path.parent.glob(f"{path.stem}*.backup")):
            yield f"backup {file.name}, beside the database"
    backups = select(AuditEntry).where(AuditEntry.action == "backed up")
    for entry in session.scalars(backups.order_by(AuditEntry.number)):
        yield f"backup {audit.detail_of(entry).get('file', '')}, made by {entry.who}"
    for review in session.scalars(_reviews(scope)):
        yield from _beyond_review(review)
    labelled = select(func.count()).select_from(AnnotationFrame).where(of.labelled_frames(scope))
    for folder in _datasets(session) if session.scalar(labelled) else ():
        yield f"labels without pictures in {DATASETS}/{folder}, and what models learned from it"
    if exports := session.scalar(select(func.count()).where(AuditEntry.action == "exported")):
        yield f"{exports} exports that the audit trail tells of"


def _beyond_review(review: ReviewedFile) -> Iterator[str]:
    original, out = Path(review.path), Path(review.out)
    if not _was_sent(original):
        yield f"the video {original.name}, where it was reviewed from"
    if not out.is_dir():
        yield f"the results of {original.name}: {out} is not there now"


def unlink(data_folder: Path, files: Sequence[File]) -> Iterator[str]:
    """Delete files; yield those that could not be."""
    root = data_folder.resolve()
    for file in files:
        try:
            _place(root, file).unlink(missing_ok=True)
        except OSError:
            yield file.path


def _place(root: Path, file: File) -> Path:
    """Return where a file lies; raise ``OSError`` for what is not where such files are kept."""
    path = (root / file.path).resolve()
    if not Path(file.path).is_absolute():
        allowed = path.is_relative_to(root / Path(file.path).parts[0])
    elif path.parent.name == UPLOADS:
        allowed = path.parent == root / UPLOADS
    else:
        allowed = path.name in _OF_JOBS or path.parent.name == PARTS_FOLDER
        allowed = allowed or path.name.startswith(EXPORTED_FILE)
    if not allowed:
        raise PermissionError(file.path)
    return path


def forget_in_reviews(folders: Sequence[Path]) -> Iterator[str]:
    """Take videos, by the folders of their results, out of what their reviews tell of all.

    Yields the accounts that could not be rewritten.
    """
    for folder in folders:
        account = folder.parent.parent / RUN_FILE
        try:
            told = json.loads(account.read_text(encoding="utf-8"))
            others = [file for file in told.get("files", []) if file["folder"] != folder.name]
            account.write_text(json.dumps(told | {"files": others}), encoding="utf-8")
        except FileNotFoundError:
            continue
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            yield str(account)
        for empty in (folder / PARTS_FOLDER, folder):
            with suppress(OSError):
                empty.rmdir()


def result_folders(session: Session, scope: Scope) -> list[Path]:
    """Return the folders of the results of its reviews."""
    outs = [Path(review.out) for review in session.scalars(_reviews(scope))]
    return [out for out in outs if out.is_absolute()]
