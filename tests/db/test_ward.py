from __future__ import annotations

import pytest

from db.errors import NotFound, RowRejected
from db.store import Store

CAMERA = {"name": "above", "url": "rtsp://camera.local/1", "expected_fps": 25.0}


def test_a_new_ward_is_empty(store: Store):
    assert store.cots() == []
    assert store.cameras() == []
    assert store.heartbeat() is None


def test_cots_come_in_the_order_they_were_added(store: Store):
    for name in ("B", "A", "C"):
        store.add_cot(name)
    assert [cot.name for cot in store.cots()] == ["B", "A", "C"]


def test_a_cot_name_can_be_taken_once_and_again_after_removal(store: Store):
    first = store.add_cot("A")
    with pytest.raises(RowRejected):
        store.add_cot("A")
    store.remove_cot(first)
    assert store.add_cot("A") != first
    assert [cot.id for cot in store.cots(include_removed=True)] == [first, first + 1]


def test_removing_a_cot_removes_its_cameras(store: Store):
    cot = store.add_cot("A")
    store.add_camera(cot, **CAMERA)
    store.remove_cot(cot)
    assert store.cameras() == []


def test_editing_a_camera_raises_its_revision_only_when_something_changed(store: Store):
    camera = store.add_camera(store.add_cot("A"), **CAMERA)
    assert store.edit_camera(camera, url=CAMERA["url"]) == 1
    assert store.edit_camera(camera, url="rtsp://camera.local/2") == 2
    assert store.camera(camera).url == "rtsp://camera.local/2"


def test_a_column_that_pages_must_not_touch_is_refused(store: Store):
    camera = store.add_camera(store.add_cot("A"), **CAMERA)
    with pytest.raises(TypeError, match="revision"):
        store.edit_camera(camera, revision=7)


def test_editing_what_is_not_there_says_so(store: Store):
    with pytest.raises(NotFound, match="no cot with id 7"):
        store.edit_cot(7, name="A")


def test_a_settings_file_read_twice_changes_nothing(store: Store):
    rectangle = {"x": 0.1, "y": 0.2, "width": 0.5, "height": 0.5}
    first = store.upsert_cot("A", camera=CAMERA, rectangle=rectangle)
    assert store.upsert_cot("A", camera=CAMERA, rectangle=rectangle) == first
    assert [camera.revision for camera in store.cameras(first)] == [1]
    assert store.cot(first).rectangle == rectangle


def test_a_settings_file_that_names_another_camera_replaces_it(store: Store):
    cot = store.upsert_cot("A", camera=CAMERA)
    store.upsert_cot("A", camera={**CAMERA, "name": "side"})
    assert [camera.name for camera in store.cameras(cot)] == ["side"]


def test_moving_an_infant_ends_both_stays(store: Store):
    a, b = store.add_cot("A"), store.add_cot("B")
    ada, ben = store.add_infant("ada"), store.add_infant("ben", gestational_age_days=200)
    store.place_infant(ada, a, from_us=100)
    store.place_infant(ben, b, from_us=100)
    store.place_infant(ada, b, from_us=200)
    assert store.infant_in(a, 200) is None
    assert store.infant_in(a, 199).pseudonym == "ada"
    assert store.infant_in(b, 199).pseudonym == "ben"
    assert store.infant_in(b, 200).pseudonym == "ada"
    assert [(stay.cot_id, stay.to_us) for stay in store.stays(infant_id=ada)] == [
        (a, 200),
        (b, None),
    ]
