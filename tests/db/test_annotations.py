from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from db.annotation_schema import AnnotationFrame
from db.engine import reading, writing
from db.errors import DatabaseError, NotFound
from db.schema import Recording
from db.store import Store

NOSE = {"nose": (10.5, 20.0, 2)}
MOVED = {"nose": (11.0, 20.0, 1)}


def frame(number: int = 0, **changes: object) -> AnnotationFrame:
    columns: dict[str, object] = {
        "sha256": f"{number:064d}", "file": f"00/{number}.jpg", "width": 640, "height": 480,
        "bytes": 1000, "source": "clip", "time_us": 1_000_000 * number, "queued_by": "Ada",
    }  # fmt: skip
    return AnnotationFrame(**(columns | changes))


def statuses(store: Store, annotator: str) -> list[int]:
    return list(store.annotation_counts(annotator).values())


def test_the_same_picture_is_queued_once_with_all_reasons(store: Store):
    first, is_new = store.add_frame(frame(priority=1.0, reasons={"jump": "a wrist jumps"}))
    assert is_new
    again, is_new = store.add_frame(frame(priority=3.0, reasons={"unsure": "the model is unsure"}))
    assert (again, is_new) == (first, False)
    kept = store.annotation_frame(first)
    assert kept.priority == 3.0
    assert set(kept.reasons) == {"jump", "unsure"}


def test_the_queue_gives_the_highest_priority_first_and_the_oldest_of_equals(store: Store):
    ids = [store.add_frame(frame(n, priority=p))[0] for n, p in enumerate([1.0, 5.0, 1.0])]
    queued = [one.id for one in store.annotation_frames("Ada", "queued")]
    assert queued == [ids[1], ids[0], ids[2]]


def test_a_draft_is_kept_until_it_is_saved_and_counts_as_the_annotator_s_only(store: Store):
    frame_id, _ = store.add_frame(frame())
    store.keep_draft(frame_id, "Ada", NOSE)
    assert statuses(store, "Ada") == [0, 1, 0, 0, 0]
    assert statuses(store, "Ben") == [1, 0, 0, 0, 0]
    (work,) = store.work_on(frame_id)
    assert (work.points, work.draft, work.revision) == (None, {"nose": [10.5, 20.0, 2]}, 0)
    assert store.save_annotation(frame_id, "Ada", NOSE) == 1
    (work,) = store.work_on(frame_id)
    assert (work.status, work.draft, work.points) == ("done", None, {"nose": [10.5, 20.0, 2]})
    assert statuses(store, "Ben") == [0, 0, 0, 0, 1]


def test_a_change_after_saving_is_a_draft_beside_what_was_saved(store: Store):
    frame_id, _ = store.add_frame(frame())
    store.save_annotation(frame_id, "Ada", NOSE)
    store.keep_draft(frame_id, "Ada", MOVED)
    (labelled,) = store.labelled()
    assert labelled.work.points == {"nose": [10.5, 20.0, 2]}
    assert labelled.work.latest == {"nose": [11.0, 20.0, 1]}
    store.drop_draft(frame_id, "Ada")
    assert statuses(store, "Ada") == [0, 0, 1, 0, 0]


def test_dropping_the_draft_of_what_was_never_saved_leaves_nothing(store: Store):
    frame_id, _ = store.add_frame(frame())
    store.keep_draft(frame_id, "Ada", NOSE)
    store.drop_draft(frame_id, "Ada")
    assert store.work_on(frame_id) == []


def test_every_version_is_kept_with_who_when_and_how(store: Store):
    frame_id, _ = store.add_frame(frame())
    store.save_annotation(frame_id, "Ada", NOSE, made={"steps": ["model dots 1"]})
    store.save_annotation(frame_id, "Ada", MOVED)
    store.save_annotation(frame_id, "Ben", NOSE, status="skipped", by="an import")
    history = store.annotation_history(frame_id)
    assert [(who, one.number, one.status, one.by) for who, one in history] == [
        ("Ada", 1, "done", "Ada"),
        ("Ada", 2, "done", "Ada"),
        ("Ben", 1, "skipped", "an import"),
    ]
    assert history[0][1].made == {"steps": ["model dots 1"]}
    assert [one.work.annotator for one in store.labelled()] == ["Ada"]


def test_the_database_refuses_to_change_a_version(store: Store, engine: Engine):
    frame_id, _ = store.add_frame(frame())
    store.save_annotation(frame_id, "Ada", NOSE)
    with pytest.raises(DatabaseError, match="append-only"), writing(engine) as session:
        session.execute(text("UPDATE annotation_revisions SET status = 'skipped'"))


def test_neighbours_are_the_finished_frames_of_the_same_video_on_both_sides(store: Store):
    ids = [store.add_frame(frame(n))[0] for n in range(5)]
    store.add_frame(frame(9, source="another", time_us=2_500_000))
    for n in (0, 1, 4):
        store.save_annotation(ids[n], "Ada", NOSE)
    store.keep_draft(ids[3], "Ada", NOSE)
    before, after = store.neighbours(ids[2])
    assert before is not None
    assert after is not None
    assert (before.frame.id, after.frame.id) == (ids[1], ids[4])
    assert store.neighbours(ids[0])[0] is None


def test_the_infant_of_a_live_recording_is_who_lay_in_the_cot_then(store: Store, engine: Engine):
    from db.audit import Actor
    from db.infants import InfantAges

    cot_id = store.add_cot("A")
    infant_id = store.admit_infant("P-1", InfantAges(), cot_id=cot_id, by=Actor("eva"))
    with writing(engine) as session:
        recording = Recording(cot_id=cot_id, source="live", name="", started_us=0)
        session.add(recording)
        session.flush()
        recording_id = recording.id
    assert store.infant_at(recording_id, 2**52) == infant_id
    assert store.infant_at(recording_id, 1) is None


def test_a_picture_that_is_not_there_is_said(store: Store, tmp_path: Path, engine: Engine):
    with pytest.raises(NotFound, match="annotationframe with id 7"):
        store.keep_draft(7, "Ada", NOSE)
    with reading(engine) as session:
        assert session.execute(text("SELECT count(*) FROM annotations")).scalar() == 0
