"""Labels through the command's functions: in, out, and out again as what annotators agree on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from sqlalchemy import Engine

from app.labels import Import, export_labels, import_labels
from db import audit
from db.audit import Actor
from db.infants import InfantAges
from db.lifecycle import open_database
from db.store import Store
from pipeline.annotation.consensus import consensus
from pipeline.annotation.formats import FormatError, LabelledPicture, read_labels, write_labels
from pipeline.annotation.points import to_named

BY = Actor("Ada", "engineer")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(tmp_path / "cotside.db")
    yield engine
    engine.dispose()


def body(shift: float = 0.0) -> np.ndarray:
    points = np.column_stack([np.arange(13) * 3.0, np.arange(13) * 2.0 + shift, np.full(13, 2.0)])
    points[4, 2] = 1
    points[5] = 0
    return points


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    """A COCO folder of two pictures, one of them without an infant."""
    folder = tmp_path / "theirs"
    (folder / "images").mkdir(parents=True)
    for number, name in enumerate(("a.png", "b.png")):
        cv2.imwrite(str(folder / "images" / name), np.full((48, 64, 3), 40 * number, np.uint8))
    about = {"source": "clip 7", "posture": "supine"}
    made = [
        LabelledPicture("a.png", (64, 48), body(), "P-1", about),
        LabelledPicture("b.png", (64, 48), np.zeros((13, 3))),
    ]
    write_labels("coco", made, folder / "annotations.json")
    return folder


def take_in(engine: Engine, tmp_path: Path, theirs: Path) -> int:
    wanted = Import(theirs / "annotations.json", "coco", theirs / "images", "Eva")
    return import_labels(engine, tmp_path, wanted, BY)


def test_what_is_imported_is_exported_with_pictures_pseudonym_and_strata(
    engine: Engine, tmp_path: Path, theirs: Path
):
    infant_id = Store(engine).admit_infant("P-1", InfantAges(), cot_id=None, by=BY)
    assert take_in(engine, tmp_path, theirs) == 2
    (first, _) = Store(engine).labelled()
    assert (first.frame.infant_id, first.frame.source) == (infant_id, "clip 7")
    out = tmp_path / "out"
    assert export_labels(engine, tmp_path, "coco", out, None, BY) == 2
    found = read_labels("coco", out / "annotations.json", out / "images")
    np.testing.assert_allclose(found[0].points_k3, body())
    assert found[0].subject == "P-1"
    assert found[0].about == {"posture": "supine", "source": "clip 7"}
    assert found[1].is_empty
    assert all((out / "images" / one.file).is_file() for one in found)
    assert {entry.action for entry in audit.entries(engine)} >= {"labels imported", "exported"}


def test_a_faulty_file_leaves_nothing_behind(engine: Engine, tmp_path: Path, theirs: Path):
    (theirs / "images" / "b.png").unlink()
    with pytest.raises(FormatError, match=r"b\.png: the picture is not in"):
        take_in(engine, tmp_path, theirs)
    assert Store(engine).labelled() == []
    assert not (tmp_path / "pictures").exists()


def test_an_export_is_what_annotators_agree_on_or_one_of_them(
    engine: Engine, tmp_path: Path, theirs: Path
):
    take_in(engine, tmp_path, theirs)
    store = Store(engine)
    frame_id = store.labelled()[0].frame.id
    store.save_annotation(frame_id, "Ben", to_named(body(4.0)))
    for annotator, wanted in ((None, body(2.0)), ("Ben", body(4.0)), ("Eva", body())):
        out = tmp_path / f"out {annotator}"
        export_labels(engine, tmp_path, "coco", out, annotator, BY)
        found = read_labels("coco", out / "annotations.json", out / "images")
        np.testing.assert_allclose(found[0].points_k3, wanted)


def test_nothing_labelled_and_a_folder_that_is_there_are_said(engine: Engine, tmp_path: Path):
    with pytest.raises(FormatError, match="no picture has finished labels"):
        export_labels(engine, tmp_path, "coco", tmp_path / "out", None, BY)
    with pytest.raises(FormatError, match="is there already"):
        export_labels(engine, tmp_path, "coco", tmp_path, None, BY)


def test_most_annotators_decide_whether_a_point_is_there_and_the_more_hidden_state_counts():
    a, b, c = body(), body(), body()
    a[3], b[3] = 0, 0
    a[7, 2] = 1
    agreed = consensus([a, b, c])
    assert agreed[3].tolist() == [0, 0, 0]
    assert agreed[7, 2] == 2
    assert consensus([a, c])[7, 2] == 1
    np.testing.assert_array_equal(consensus([c]), c)
