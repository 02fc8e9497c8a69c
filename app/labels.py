"""Labels in and out, for the command: files of other tools to annotations, annotations to files."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from db import audit
from db.annotation_schema import AnnotationFrame
from db.annotations import Labelled
from db.audit import Actor
from db.schema import Infant
from db.store import Store
from pipeline.annotation.consensus import consensus
from pipeline.annotation.formats import FormatError, LabelledPicture, read_labels, write_labels
from pipeline.annotation.formats.base import format_named
from pipeline.annotation.pictures import PictureFolder
from pipeline.annotation.points import to_named, to_points


@dataclass(frozen=True, slots=True)
class Import:
    """What is to be imported: a file of labels, its format, its pictures, and whose labels."""

    path: Path
    format_name: str
    images: Path
    annotator: str


def import_labels(engine: Engine, data_path: Path, wanted: Import, by: Actor) -> int:
    """Keep every picture of a file with its labels, saved as ``annotator``'s; return how many.

    The whole file is read and every picture found before anything is kept. Raises ``FormatError``,
    ``PictureError`` and ``DatabaseError``.
    """
    labelled = read_labels(wanted.format_name, wanted.path, wanted.images)
    for one in labelled:
        if not (wanted.images / one.file).is_file():
            raise FormatError(f"{wanted.path}: {one.file}: the picture is not in {wanted.images}")
    store, pictures = Store(engine), PictureFolder.under(data_path)
    infants = {infant.pseudonym: infant for infant in store.infants()}
    audit.note(
        engine,
        "labels imported",
        "pictures",
        who=by.name,
        role=by.role,
        detail={"format": wanted.format_name, "pictures": len(labelled)},
    )
    for one in labelled:
        frame_id = _frame(store, pictures, wanted, one, infants.get(one.subject), by)
        made = {"steps": [f"imported from {wanted.format_name}"]}
        points = to_named(one.points_k3)
        store.save_annotation(frame_id, wanted.annotator, points, made=made, by=by.name)
    return len(labelled)


def _frame(
    store: Store,
    pictures: PictureFolder,
    wanted: Import,
    one: LabelledPicture,
    infant: Infant | None,
    by: Actor,
) -> int:
    kept = pictures.keep_file(wanted.images / one.file)
    if (kept.width, kept.height) != one.size_wh:
        raise FormatError(
            f"{wanted.path}: {one.file}: is {kept.width}×{kept.height}, the labels say "
            f"{one.size_wh[0]}×{one.size_wh[1]}"
        )
    frame = AnnotationFrame(
        sha256=kept.sha256,
        file=kept.file,
        width=kept.width,
        height=kept.height,
        bytes=kept.bytes,
        source=str(one.about.get("source") or f"import {wanted.path.name}")[:300],
        infant_id=None if infant is None else infant.id,
        subject=one.subject[:80] or None,
        strata={key: str(value) for key, value in one.about.items() if key != "source"},
        queued_by=by.name[:120],
    )
    return store.add_frame(frame)[0]


def export_labels(
    engine: Engine, data_path: Path, format_name: str, out: Path, annotator: str | None, by: Actor
) -> int:
    """Write a folder as ``write_labelled`` does, noted in the audit trail; return how many."""
    store = Store(engine)
    _refuse_taken(out)
    count = len(_labelled(store, annotator))
    audit.note(
        engine,
        "exported",
        "labels",
        who=by.name,
        role=by.role,
        detail={"format": format_name, "pictures": count},
    )
    return write_labelled(store, data_path, format_name, out, annotator)


def write_labelled(
    store: Store, data_path: Path, format_name: str, out: Path, annotator: str | None = None
) -> int:
    """Write a folder of finished pictures with their labels, whole or not at all; return how many.

    ``annotator``: whose labels; None: what all agree on (``pipeline.annotation.consensus``).
    Infants stand there by pseudonym. Raises ``FormatError`` and ``PictureError``.
    """
    _refuse_taken(out)
    pictures, labelled = PictureFolder.under(data_path), _labelled(store, annotator)
    kind = format_named(format_name)
    pseudonyms = {infant.id: infant.pseudonym for infant in store.infants()}
    part = out.with_name(f".{out.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        (part / "images").mkdir(parents=True)
        written = [_picture(part, pictures, works, pseudonyms) for works in labelled]
        write_labels(format_name, written, part / kind.target)
        part.rename(out)
    except OSError as error:
        raise FormatError(f"{out}: cannot be written: {error.strerror or error}") from None
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return len(labelled)


def _refuse_taken(out: Path) -> None:
    if out.exists():
        raise FormatError(f"{out}: is there already; give another --out")


def _labelled(store: Store, annotator: str | None) -> list[list[Labelled]]:
    labelled = _by_picture(store.labelled(annotator))
    if not labelled:
        raise FormatError("no picture has finished labels yet")
    return labelled


def _by_picture(labelled: Sequence[Labelled]) -> list[list[Labelled]]:
    found: dict[int, list[Labelled]] = {}
    for one in labelled:
        found.setdefault(one.frame.id, []).append(one)
    return list(found.values())


def _picture(
    folder: Path, pictures: PictureFolder, works: list[Labelled], pseudonyms: dict[int, str]
) -> LabelledPicture:
    frame = works[0].frame
    name = frame.exported_as
    shutil.copyfile(pictures.path(frame.file), folder / "images" / name)
    points = consensus([to_points(one.work.points or {}) for one in works])
    subject = pseudonyms.get(frame.infant_id or 0, frame.subject or "")
    about = {**frame.strata, "source": frame.source}
    return LabelledPicture(name, (frame.width, frame.height), points, subject, about)
