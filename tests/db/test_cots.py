"""Cots and cameras changed by people, each change with its entry in the trail."""

from __future__ import annotations

import pytest

from db import audit
from db.audit import Actor
from db.errors import NotFound, RowRejected
from db.store import Store

ADA = Actor("Ada", "engineer")
CAMERA = {"name": "above", "url": "rtsp://camera.local/1", "expected_fps": 25.0}


@pytest.fixture
def cot_id(store: Store) -> int:
    return store.watch_cot("A", CAMERA, keep_video=False, by=ADA)


def trail(store: Store) -> list[tuple[str, str, str, dict[str, object]]]:
    entries = audit.entries(store._engine, subject="cot")
    return [(one.who, one.action, one.subject, audit.detail_of(one)) for one in entries]


def test_a_new_cot_comes_with_its_camera_and_its_entry(store: Store, cot_id: int):
    assert store.cameras(cot_id)[0].url == CAMERA["url"]
    assert trail(store) == [("Ada", "cot added", f"cot/{cot_id}", {"keep_video": False})]


def test_a_change_says_which_columns_and_never_an_address(store: Store, cot_id: int):
    changes = {"name": "B", "keep_video": True}
    assert store.change_cot(cot_id, changes, CAMERA | {"url": "rtsp://camera.local/2"}, by=ADA)
    assert store.cameras(cot_id)[0].revision == 2
    detail = {"changed": ["keep_video", "name", "camera url"], "keep_video": True}
    assert trail(store)[0] == ("Ada", "cot changed", f"cot/{cot_id}", detail)
    assert "camera.local" not in str(trail(store))


def test_saving_what_is_stored_already_leaves_no_entry(store: Store, cot_id: int):
    assert not store.change_cot(cot_id, {"name": "A"}, CAMERA, by=ADA)
    assert len(trail(store)) == 1
    assert store.cameras(cot_id)[0].revision == 1


def test_a_name_that_is_taken_changes_nothing_and_notes_nothing(store: Store, cot_id: int):
    other = store.watch_cot("B", CAMERA, keep_video=False, by=ADA)
    with pytest.raises(RowRejected):
        store.watch_cot("A", CAMERA, keep_video=False, by=ADA)
    with pytest.raises(RowRejected):
        store.change_cot(other, {"name": "A"}, CAMERA | {"url": "rtsp://x/9"}, by=ADA)
    assert store.cameras(other)[0].url == CAMERA["url"]
    assert [action for _, action, _, _ in trail(store)] == ["cot added", "cot added"]


def test_a_drawn_rectangle_and_a_removal_are_noted(store: Store, cot_id: int):
    rectangle = {"x": 0.1, "y": 0.2, "width": 0.5, "height": 0.6}
    store.draw_cot(cot_id, rectangle, by=ADA)
    store.stop_watching(cot_id, by=ADA)
    assert store.cot(cot_id).rectangle == rectangle
    assert store.cameras() == []
    assert [action for _, action, _, _ in trail(store)] == [
        "cot removed",
        "cot changed",
        "cot added",
    ]


def test_what_is_not_there_is_refused(store: Store):
    with pytest.raises(NotFound):
        store.stop_watching(7, by=ADA)
    assert trail(store) == []
